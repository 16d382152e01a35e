/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace-settings.h"
#include "launcher/view.h"

G_BEGIN_DECLS

/* What a view must have for a sound server of its own. */
#define AGENT_SOUND_PROGRAM "pulseaudio"

/**
 * AgentSound:
 *
 * What carries the samples of a workspace's own sound server to the host: a domicile-sound, which ends with this. Signal
 * "server-ended" (): that server has ended; of no use any more.
 */
#define AGENT_TYPE_SOUND (agent_sound_get_type ())
G_DECLARE_FINAL_TYPE (AgentSound, agent_sound, AGENT, SOUND, GObject)

AgentSound *agent_sound_new (DmcView *view, const char *name, guint switches);

G_END_DECLS
