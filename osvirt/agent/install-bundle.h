/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/bundle-fetch.h"
#include "agent/service.h"

G_BEGIN_DECLS

/* The part of app.install, app.remove and app.pin that is about bundles. Each answers @request with a job, and releases
 * package_work_claim() of @workspace in the end. */
void install_bundle_file (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, int file, const BundleOrder *order);
void install_bundle_url (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, const BundleOrder *order);
void install_bundle_pin (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, const char *key);
void install_bundle_remove (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, const char *key);

G_END_DECLS
