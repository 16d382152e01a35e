/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "rpc/job.h"

G_BEGIN_DECLS

void  package_work_async (DmcView            *view,
                          const char *const  *arguments,
                          int                 input,
                          DmcJob             *job,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data);
char *package_work_finish (GAsyncResult *result, GError **error);

G_END_DECLS
