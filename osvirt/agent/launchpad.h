/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "apps/launch-list.h"

G_BEGIN_DECLS

/* The favourites and recent apps of an open workspace, and their file in its vault. */
typedef struct _AgentLaunchpad AgentLaunchpad;

AgentLaunchpad *agent_launchpad_load (int vault);
void            agent_launchpad_free (AgentLaunchpad *self);

const LaunchList *agent_launchpad_get_list (AgentLaunchpad *self);
gboolean          agent_launchpad_set_favourite (AgentLaunchpad *self, const char *app, gboolean favourite);
void              agent_launchpad_note (AgentLaunchpad *self, const char *app);

void     agent_launchpad_save_async (AgentLaunchpad *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean agent_launchpad_save_finish (GAsyncResult *result, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AgentLaunchpad, agent_launchpad_free)

G_END_DECLS
