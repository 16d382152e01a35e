/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "apps/app-record.h"
#include "policy-doc/document.h"

G_BEGIN_DECLS

void      bundle_export_async (AgentWorkspace     *workspace,
                               int                 file,
                               const char         *key,
                               const AppRecord    *record,
                               const char         *label,
                               JsonObject         *actions,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            user_data);
JsonNode *bundle_export_finish (GAsyncResult *result, GError **error);

void      bundle_add_async (AgentWorkspace     *workspace,
                            int                 file,
                            const char         *trust,
                            DmcPolicyDocument  *policy,
                            const char         *label,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            user_data);
JsonNode *bundle_add_finish (GAsyncResult *result, GError **error);

void     bundle_drop_async (AgentWorkspace *workspace, const char *key, GAsyncReadyCallback callback, gpointer user_data);
gboolean bundle_drop_finish (GAsyncResult *result, GError **error);

G_END_DECLS
