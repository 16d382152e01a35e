/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "rpc/job.h"
#include "rpc/server.h"

G_BEGIN_DECLS

gboolean workspace_suspend_require (AgentWorkspace *workspace, GError **error);
void     workspace_suspend_check (AgentWorkspace *workspace, DmcRequest *request);
void     workspace_suspend (AgentWorkspace *workspace, gboolean anywhere, DmcJob *job);

G_END_DECLS
