/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "policy-doc/document.h"
#include "rpc/job.h"

G_BEGIN_DECLS

/**
 * BundleOrder:
 * @url: (nullable): where the bundle is
 * @stream: whether the rest may stay there
 * @trust: (nullable): a signer to trust from now on
 * @policy: what says which labels there are
 * @label: (nullable): the label that the app gets; %NULL for the one that its manifest asks for
 * @catalogue: (nullable): in place of @url: one of the workspace's catalogues, which vouches for what it names
 * @app: (nullable): what it is called there
 */
typedef struct {
  const char *url;
  gboolean stream;
  const char *trust;
  DmcPolicyDocument *policy;
  const char *label;
  const char *catalogue;
  const char *app;
} BundleOrder;

void      bundle_fetch_async (AgentWorkspace *workspace, const BundleOrder *order, DmcJob *job, GAsyncReadyCallback callback, gpointer user_data);
JsonNode *bundle_fetch_finish (GAsyncResult *result, GError **error);

void      bundle_pin_async (AgentWorkspace *workspace, const char *key, DmcJob *job, GAsyncReadyCallback callback, gpointer user_data);
JsonNode *bundle_pin_finish (GAsyncResult *result, GError **error);

G_END_DECLS
