/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "rpc/server.h"

G_BEGIN_DECLS

/**
 * workspace_failed_close:
 * @workspace: an open workspace that cannot go on
 * @server: whose clients are told, by a job of kind workspace.close that fails with @why and data "host_clean"
 * @why: (transfer full): what has happened, with a hint; both are its problem from now on
 * @grace_ms: how long its programs may take to end, milliseconds
 * @lost: whether it is not there any more then
 *
 * Closes a workspace that nobody has asked to close. Without effect on one that is not open: it is on its way in or out, and finds out.
 */
void workspace_failed_close (AgentWorkspace *workspace, DmcServer *server, GError *why, guint grace_ms, gboolean lost);

G_END_DECLS
