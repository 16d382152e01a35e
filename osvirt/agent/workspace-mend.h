/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"

G_BEGIN_DECLS

/**
 * workspace_mend_watch:
 * @workspace: a workspace that has just been opened
 *
 * From now on, as long as it is open, what it is served by is started again where it ends by itself: the translator of its network, its
 * session bus and what stands between that and the host's, its desktop. Its notes say what its user notices of that, or has to do.
 */
void workspace_mend_watch (AgentWorkspace *workspace);

G_END_DECLS
