/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "apps/desktop-entry.h"
#include "policy-doc/service.h"

G_BEGIN_DECLS

void   app_launch_async (DmcPolicyService   *policy,
                         AgentWorkspace     *workspace,
                         const DesktopEntry *entry,
                         GPtrArray          *commands,
                         const char         *label,
                         GCancellable       *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer            user_data);
/* As app_launch_async(), where it is not the user who wants it: without asking the policy for that, and without the app's actions. */
void   app_launch_plain_async (AgentWorkspace     *workspace,
                               const char         *app,
                               const char         *record,
                               GPtrArray          *commands,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            user_data);
GArray *app_launch_finish (GAsyncResult *result, GError **error);

G_END_DECLS
