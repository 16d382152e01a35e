/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"

G_BEGIN_DECLS

/* What keeps a workspace from being suspended, as the protocol's Obstacle objects. */

JsonArray *suspend_obstacles_parse (AgentWorkspace *workspace, GBytes *text, gboolean *blocked, gboolean *viewers);
GError    *suspend_obstacles_error (AgentWorkspace *workspace, JsonArray *obstacles);
GError    *suspend_obstacles_explain (AgentWorkspace *workspace, GError *error);

G_END_DECLS
