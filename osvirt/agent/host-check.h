/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"

G_BEGIN_DECLS

GPtrArray *host_capabilities (const char *helper_socket);
void       host_check_async (AgentWorkspace *workspace, const char *helper_socket, GAsyncReadyCallback callback, gpointer user_data);
JsonNode  *host_check_finish (AgentWorkspace *workspace, GAsyncResult *result);

G_END_DECLS
