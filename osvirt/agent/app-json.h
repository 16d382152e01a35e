/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/service.h"
#include "apps/app-catalog.h"

G_BEGIN_DECLS

JsonNode *app_to_json (AgentService *service, AgentWorkspace *workspace, const DesktopEntry *entry, GArray *infos);

G_END_DECLS
