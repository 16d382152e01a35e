/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "policy-doc/service.h"

G_BEGIN_DECLS

void autostart_run (DmcPolicyService *policy, AgentWorkspace *workspace, gboolean display);

G_END_DECLS
