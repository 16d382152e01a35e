/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "rpc/job.h"

G_BEGIN_DECLS

void     workspace_close_async (AgentWorkspace     *workspace,
                                guint               grace_ms,
                                DmcJob             *job,
                                GAsyncReadyCallback callback,
                                gpointer            user_data);
JsonNode *workspace_close_finish (GAsyncResult *result, GError **error);

G_END_DECLS
