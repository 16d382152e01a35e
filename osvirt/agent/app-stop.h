/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"

G_BEGIN_DECLS

void    app_stop_async (AgentWorkspace     *workspace,
                        const char         *app,
                        int                 pid,
                        GAsyncReadyCallback callback,
                        gpointer            user_data);
GArray *app_stop_finish (GAsyncResult *result, GError **error);

G_END_DECLS
