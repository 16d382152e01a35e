/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "agent/mediator.h"
#include "agent/session.h"
#include "launcher/view.h"

G_BEGIN_DECLS

/**
 * AgentDesktop:
 *
 * A desktop of a workspace's own: an X server that draws into memory, a window manager and a session bus, all of them inside
 * the view, and a socket on the host where a VNC viewer sees and steers it. Signal "ended" (gboolean wanted): the X server or the
 * session has ended, @wanted: as when its user logs out; sent once, in stop() never.
 */
#define AGENT_TYPE_DESKTOP (agent_desktop_get_type ())
G_DECLARE_FINAL_TYPE (AgentDesktop, agent_desktop, AGENT, DESKTOP, GObject)

void          agent_desktop_start_async (DmcView            *view,
                                         AgentMediator      *mediator,
                                         AgentSession       *session,
                                         WorkspaceClipboard  clipboard,
                                         const char         *name,
                                         const char         *address,
                                         GCancellable       *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer            user_data);
AgentDesktop *agent_desktop_start_finish (GAsyncResult *result, GError **error);
AgentDesktop *agent_desktop_new_running (DmcView *view, const char *name, const char *address, JsonObject *record, GError **error);
JsonObject   *agent_desktop_to_record (AgentDesktop *self);
gboolean      agent_desktop_keep_others_out (GError **error);
gboolean      agent_desktop_is_found (AgentDesktop *self);
void          agent_desktop_pause (AgentDesktop *self);
gboolean      agent_desktop_go_on (AgentDesktop *self, GError **error);
void          agent_desktop_stop (AgentDesktop *self);

gboolean      agent_desktop_adapt (AgentDesktop *self, AgentMediator *mediator, AgentSession *session, WorkspaceClipboard clipboard);

const char        *agent_desktop_get_address (AgentDesktop *self);
WorkspaceClipboard agent_desktop_get_clipboard (AgentDesktop *self);

G_END_DECLS
