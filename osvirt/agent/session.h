/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/mediator.h"
#include "agent/workspace-settings.h"
#include "launcher/view.h"
#include "secret/passphrase.h"

G_BEGIN_DECLS

/* The display of a desktop of its own, inside. X programs first try the abstract socket of that number, which on the host's network
 * would be that of a display of the host: no host has so many. */
#define AGENT_SESSION_DISPLAY_NUMBER "4747"
#define AGENT_SESSION_DISPLAY        ":" AGENT_SESSION_DISPLAY_NUMBER
/* What a desktop is drawn for where nobody says, in dots per inch: 100 %. */
#define AGENT_SESSION_DPI 96

/**
 * AgentSession:
 *
 * What every program of a workspace finds there, with a desktop or without: the host's settings below its own, a session
 * bus, a sound server, what it may ask of the desktop around it, and a keyring, as its settings allow. All of it runs inside and ends with the view.
 *
 * Signals: "ended" (): something of it has ended by itself; agent_session_mend() starts it again. It does with the view, too.
 *          "mended" (const char *sentence): that is done, or given up; what a person has to know of it, %NULL: nothing.
 */
#define AGENT_TYPE_SESSION (agent_session_get_type ())
G_DECLARE_FINAL_TYPE (AgentSession, agent_session, AGENT, SESSION, GObject)

AgentSession *agent_session_new (DmcView *view, const WorkspaceSettings *settings, guint desktop_dpi, gboolean display);
void          agent_session_start (AgentSession *self, AgentMediator *mediator, const char *name, DmcPassphrase *passphrase);
void          agent_session_renew (AgentSession *self);
gboolean      agent_session_mend (AgentSession *self, AgentMediator *mediator, const char *name);
void          agent_session_wait_async (AgentSession *self, GAsyncReadyCallback callback, gpointer user_data);
void          agent_session_hold_async (AgentSession *self, GAsyncReadyCallback callback, gpointer user_data);
void          agent_session_release (AgentSession *self);
guint         agent_session_get_dpi (AgentSession *self);
gboolean      agent_session_is_ready (AgentSession *self);
gboolean      agent_session_wants_sound (AgentSession *self);
void          agent_session_connect_sound (AgentSession *self, const char *name);
void          agent_session_disconnect_sound (AgentSession *self);
GStrv         agent_session_environ (AgentSession *self);

G_END_DECLS
