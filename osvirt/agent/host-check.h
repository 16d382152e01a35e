/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"

G_BEGIN_DECLS

GPtrArray *host_capabilities (const char *helper_socket);
JsonNode  *host_check (AgentWorkspace *workspace, const char *helper_socket);

G_END_DECLS
