/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/service.h"
#include "apps/app-catalog.h"

G_BEGIN_DECLS

void       workspace_apps_async (AgentService       *service,
                                 AgentWorkspace     *workspace,
                                 GCancellable       *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer            user_data);
GPtrArray *workspace_apps_finish (AgentWorkspace *workspace, GAsyncResult *result, GError **error);

void workspace_apps_root_open (AgentWorkspace *workspace, RootDir *root);
void workspace_apps_root_close (RootDir *root);

G_END_DECLS
