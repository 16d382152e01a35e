/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"

G_BEGIN_DECLS

/* Every workspace that this host knows: those in its state folder and those found on its volumes.
 * Signals: "added" (AgentWorkspace), "changed" (AgentWorkspace), "removed" (AgentWorkspace),
 *          "volumes-changed" () */
#define AGENT_TYPE_STORE (agent_store_get_type ())
G_DECLARE_FINAL_TYPE (AgentStore, agent_store, AGENT, STORE, GObject)

AgentStore *agent_store_new (const char *state_dir, GError **error);

GPtrArray      *agent_store_list (AgentStore *self);
AgentWorkspace *agent_store_lookup (AgentStore *self, const char *id, GError **error);
AgentWorkspace *agent_store_adopt (AgentStore *self, const char *path, const WorkspaceFile *file);
void            agent_store_forget (AgentStore *self, AgentWorkspace *workspace);
GPtrArray      *agent_store_get_volumes (AgentStore *self);

void agent_store_begin_create (AgentStore *self, const char *path);
void agent_store_end_create (AgentStore *self, const char *path);

void     agent_store_refresh_async (AgentStore         *self,
                                    const char         *scan_below,
                                    gboolean            deep,
                                    GAsyncReadyCallback callback,
                                    gpointer            user_data);
gboolean agent_store_refresh_finish (AgentStore *self, GAsyncResult *result, guint *n_found, GError **error);

G_END_DECLS
