/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/connection.h"
#include "rpc/job.h"
#include "rpc/openrpc.h"
#include "rpc/server.h"
#include "rpc/subscription.h"

G_BEGIN_DECLS

DmcOpenrpc *dmc_server_get_openrpc (DmcServer *self);
gboolean    dmc_server_get_checks_results (DmcServer *self);
GHashTable *dmc_server_get_methods (DmcServer *self);
GHashTable *dmc_server_get_topics (DmcServer *self);
GQueue     *dmc_server_get_jobs (DmcServer *self);
guint64     dmc_server_next_number (DmcServer *self);

void dmc_server_dispatch (DmcServer *self, DmcRequest *request);
void dmc_server_forget (DmcServer *self, DmcConnection *connection);

/* The methods that every endpoint has, but server.info. */
void dmc_server_add_common_methods (DmcServer *self);
void dmc_server_add_job_methods (DmcServer *self);

G_END_DECLS
