/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * AgentTranslator:
 *
 * A slirp4netns that lets a workspace's own network out through the host's sockets. It ends with the last reference, or with
 * this process. Signal "ended" (): it has ended by itself.
 */
#define AGENT_TYPE_TRANSLATOR (agent_translator_get_type ())
G_DECLARE_FINAL_TYPE (AgentTranslator, agent_translator, AGENT, TRANSLATOR, GObject)

gboolean         agent_translator_probe (GError **error);
void             agent_translator_start_async (const int *network, GCancellable *cancellable, GAsyncReadyCallback callback,
                                               gpointer user_data);
AgentTranslator *agent_translator_start_finish (GAsyncResult *result, GError **error);

G_END_DECLS
