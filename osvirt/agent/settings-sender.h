/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace-settings.h"
#include "launcher/view.h"

G_BEGIN_DECLS

/* The environment (transfer full) in which what unpacks the settings runs. */
typedef GStrv (*AgentSettingsEnviron) (gpointer data);

/**
 * AgentSettingsSender:
 *
 * Brings the settings of this host's user into a view, below its own: once where it starts, and again where they have changed.
 *
 * Signal: "idle" (): nothing is on its way any more.
 */
#define AGENT_TYPE_SETTINGS_SENDER (agent_settings_sender_get_type ())
G_DECLARE_FINAL_TYPE (AgentSettingsSender, agent_settings_sender, AGENT, SETTINGS_SENDER, GObject)

AgentSettingsSender *agent_settings_sender_new (DmcView *view, guint switches, AgentSettingsEnviron get_environ, gpointer data);
gboolean             agent_settings_sender_launch (AgentSettingsSender *self, const char *const *env, gboolean fonts, GAsyncReadyCallback callback,
                                                   gpointer user_data);
void                 agent_settings_sender_watch (AgentSettingsSender *self);
void                 agent_settings_sender_stop (AgentSettingsSender *self);
void                 agent_settings_sender_hold (AgentSettingsSender *self);
void                 agent_settings_sender_release (AgentSettingsSender *self);
gboolean             agent_settings_sender_is_held (AgentSettingsSender *self);
gboolean             agent_settings_sender_is_sending (AgentSettingsSender *self);

G_END_DECLS
