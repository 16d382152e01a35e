/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "policy-doc/document.h"
#include "rpc/job.h"

G_BEGIN_DECLS

/**
 * BundleOrder:
 * @url: where the bundle is
 * @stream: whether the rest may stay there
 * @trust: (nullable): a signer to trust from now on
 * @policy: what says which labels there are
 * @label: (nullable): the label that the app gets; %NULL for the one that its manifest asks for
 * @expect_id: (nullable): the app that it must be
 * @expect_signer: (nullable): who must have signed it; then nobody else is asked about
 */
typedef struct {
  const char *url;
  gboolean stream;
  const char *trust;
  DmcPolicyDocument *policy;
  const char *label;
  const char *expect_id;
  const char *expect_signer;
} BundleOrder;

void      bundle_fetch_async (AgentWorkspace *workspace, const BundleOrder *order, DmcJob *job, GAsyncReadyCallback callback, gpointer user_data);
JsonNode *bundle_fetch_finish (GAsyncResult *result, GError **error);

void      bundle_pin_async (AgentWorkspace *workspace, const char *key, DmcJob *job, GAsyncReadyCallback callback, gpointer user_data);
JsonNode *bundle_pin_finish (GAsyncResult *result, GError **error);

G_END_DECLS
