/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "rpc/job.h"

G_BEGIN_DECLS

gboolean package_work_claim (AgentWorkspace *workspace, GError **error);
gboolean package_work_is_claimed (AgentWorkspace *workspace);
void     package_work_release (AgentWorkspace *workspace);

void  package_work_async (DmcView            *view,
                          const char *const  *arguments,
                          int                 file,
                          int                 layer,
                          DmcJob             *job,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data);
char *package_work_finish (GAsyncResult *result, char **record, GError **error);

G_END_DECLS
