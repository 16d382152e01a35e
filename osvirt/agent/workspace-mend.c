/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workspace-mend.h"

/* So long after something has ended: by then the workspace closes, if that is why; and what belongs to it has ended, too. */
#define AGAIN_SECONDS 1
/* What ends again so soon would do so for ever. */
#define SOON_US (10 * G_USEC_PER_SEC)

typedef enum {
  NETWORK,
  SESSION,
  DESKTOP,
  N_THINGS,
} Thing;

typedef struct {
  AgentWorkspace *workspace; /* whose data this is */
  char *address;             /* of its desktop; NULL: it has none */
  struct Mending {
    guint source;
    gint64 last_us; /* 0: never */
  } mendings[N_THINGS];
} Mender;

static void schedule (Mender *self, Thing thing);

static void
mender_free (gpointer data)
{
  Mender *self = data;

  for (gsize i = 0; i < N_THINGS; i++)
    g_clear_handle_id (&self->mendings[i].source, g_source_remove);
  g_free (self->address);
  g_free (self);
}

static Mender *
find_mender (AgentWorkspace *workspace)
{
  return g_object_get_data (G_OBJECT (workspace), "agent-mender");
}

static gboolean
is_open (AgentWorkspace *workspace)
{
  return agent_workspace_get_state (workspace) == WORKSPACE_OPEN;
}

/* --- the network ------------------------------------------------------------------------------------------- */

static void
on_network_ended (AgentWorkspace *workspace)
{
  schedule (find_mender (workspace), NETWORK);
}

static void
watch_network (AgentWorkspace *workspace)
{
  AgentTranslator *translator = agent_workspace_get_translator (workspace);

  if (translator != NULL)
    g_signal_connect_object (translator, "ended", G_CALLBACK (on_network_ended), workspace, G_CONNECT_SWAPPED);
}

static void
on_network (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AgentWorkspace) workspace = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (AgentTranslator) translator = agent_translator_start_finish (result, &error);

  if (!is_open (workspace))
    return;
  if (translator == NULL) {
    agent_workspace_add_note (workspace, "The network ended by itself and does not start again: %s Close the workspace and open it again.", error->message);
    return;
  }
  agent_workspace_set_translator (workspace, translator);
  watch_network (workspace);
  agent_workspace_add_note (workspace, "The network ended by itself and was started again. What apps were loading may have to be loaded anew.");
}

static void
mend_network (Mender *self)
{
  const int *network = dmc_view_get_network (agent_workspace_get_view (self->workspace));

  agent_translator_start_async (network, NULL, on_network, g_object_ref (self->workspace));
}

/* --- the session -------------------------------------------------------------------------------------------- */

static void
on_session_ended (AgentWorkspace *workspace)
{
  schedule (find_mender (workspace), SESSION);
}

static void
on_session_mended (AgentWorkspace *workspace, const char *sentence)
{
  if (sentence != NULL && is_open (workspace))
    agent_workspace_add_note (workspace, "%s", sentence);
}

static void
mend_session (Mender *self)
{
  if (agent_session_mend (agent_workspace_get_session (self->workspace), agent_workspace_get_mediator (self->workspace),
                          agent_workspace_get_name (self->workspace)))
    return;
  self->mendings[SESSION].last_us = 0; /* not yet */
  schedule (self, SESSION);
}

/* --- the desktop -------------------------------------------------------------------------------------------- */

static void
on_desktop_failed (AgentWorkspace *workspace)
{
  schedule (find_mender (workspace), DESKTOP);
}

static void
on_desktop (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AgentWorkspace) workspace = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (AgentDesktop) desktop = agent_desktop_start_finish (result, &error);

  if (!is_open (workspace))
    return;
  agent_workspace_set_desktop (workspace, desktop);
  if (desktop == NULL)
    agent_workspace_add_note (workspace, "The desktop ended by itself and does not start again: %s Close the workspace and open it again.", error->message);
  else
    agent_workspace_add_note (workspace, "The desktop ended by itself, and with it the apps that had windows on it. It was started again: start the apps anew.");
}

static void
mend_desktop (Mender *self)
{
  AgentWorkspace *workspace = self->workspace;

  agent_desktop_start_async (agent_workspace_get_view (workspace), agent_workspace_get_mediator (workspace),
                             agent_workspace_get_session (workspace), agent_workspace_get_bound (workspace)->clipboard,
                             agent_workspace_get_name (workspace), self->address, NULL, on_desktop, g_object_ref (workspace));
}

/* --- all of them ------------------------------------------------------------------------------------------- */

static void
mend (Mender *self, Thing thing)
{
  static const struct {
    void (*mend) (Mender *self);
    const char *name;
  } things[N_THINGS] = {
    [NETWORK] = { mend_network, "network" },
    [SESSION] = { mend_session, "session" },
    [DESKTOP] = { mend_desktop, "desktop" },
  };
  struct Mending *mending = &self->mendings[thing];
  const gint64 now = g_get_monotonic_time ();

  mending->source = 0;
  if (!is_open (self->workspace))
    return;
  if (mending->last_us != 0 && now - mending->last_us < SOON_US) {
    agent_workspace_add_note (self->workspace, "The workspace's %s ends again and again, and is not started any more. Close the workspace and open it again.",
                              things[thing].name);
    return;
  }
  mending->last_us = now;
  things[thing].mend (self);
}

static gboolean
on_network_due (gpointer mender)
{
  mend (mender, NETWORK);
  return G_SOURCE_REMOVE;
}

static gboolean
on_session_due (gpointer mender)
{
  mend (mender, SESSION);
  return G_SOURCE_REMOVE;
}

static gboolean
on_desktop_due (gpointer mender)
{
  mend (mender, DESKTOP);
  return G_SOURCE_REMOVE;
}

static void
schedule (Mender *self, Thing thing)
{
  static const GSourceFunc due[N_THINGS] = { on_network_due, on_session_due, on_desktop_due };

  if (self->mendings[thing].source == 0)
    self->mendings[thing].source = g_timeout_add_seconds (AGAIN_SECONDS, due[thing], self);
}

void
workspace_mend_watch (AgentWorkspace *workspace)
{
  AgentDesktop *desktop = agent_workspace_get_desktop (workspace);
  AgentSession *session = agent_workspace_get_session (workspace);
  Mender *self = g_new0 (Mender, 1);

  self->workspace = workspace;
  self->address = desktop != NULL ? g_strdup (agent_desktop_get_address (desktop)) : NULL;
  if (find_mender (workspace) == NULL)
    g_signal_connect (workspace, "desktop-failed", G_CALLBACK (on_desktop_failed), NULL);
  g_object_set_data_full (G_OBJECT (workspace), "agent-mender", self, mender_free);
  watch_network (workspace);
  g_signal_connect_object (session, "ended", G_CALLBACK (on_session_ended), workspace, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "mended", G_CALLBACK (on_session_mended), workspace, G_CONNECT_SWAPPED);
}
