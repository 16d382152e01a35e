/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "apps/root-dir.h"
#include "policy-doc/service.h"

G_BEGIN_DECLS

void autostart_units_start (DmcPolicyService *policy, AgentWorkspace *workspace, const RootDir *root, gboolean display, GPtrArray *notes);

G_END_DECLS
