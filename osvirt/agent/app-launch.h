/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/service.h"

G_BEGIN_DECLS

void   app_launch_async (AgentService       *service,
                         AgentWorkspace     *workspace,
                         const char         *app,
                         GPtrArray          *commands,
                         const char         *working_dir,
                         const char         *label,
                         GCancellable       *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer            user_data);
GArray *app_launch_finish (GAsyncResult *result, GError **error);

G_END_DECLS
