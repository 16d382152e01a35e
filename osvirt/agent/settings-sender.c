/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/settings-sender.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "agent/session-scripts.h"
#include "registry/host-values.h"
#include "rpc/error.h"

enum { SENDING_SECONDS = 60 };

struct _AgentSettingsSender {
  GObject parent_instance;

  DmcView *view;
  guint switches; /* WorkspaceSwitch */
  AgentSettingsEnviron get_environ;
  gpointer data;
  HostValuesWatch *watch; /* NULL: the host's settings are not below its own, or not yet */
  guint holders;          /* who want nothing to be sent */
  gboolean stale;         /* they have changed, and are to be sent when that can be */

  /* While those that have changed are being sent: */
  gboolean sending;
  int pid; /* 0 until it is known */
  gulong exited_handler, gone_handler;
  guint timeout_source;
};

G_DEFINE_FINAL_TYPE (AgentSettingsSender, agent_settings_sender, G_TYPE_OBJECT)

enum { IDLE, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
clear_sending (AgentSettingsSender *self)
{
  g_clear_signal_handler (&self->exited_handler, self->view);
  g_clear_signal_handler (&self->gone_handler, self->view);
  g_clear_handle_id (&self->timeout_source, g_source_remove);
  self->sending = FALSE;
  self->pid = 0;
}

static void
agent_settings_sender_finalize (GObject *object)
{
  AgentSettingsSender *self = AGENT_SETTINGS_SENDER (object);

  agent_settings_sender_stop (self);
  g_object_unref (self->view);
  G_OBJECT_CLASS (agent_settings_sender_parent_class)->finalize (object);
}

static void
agent_settings_sender_class_init (AgentSettingsSenderClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = agent_settings_sender_finalize;
  signals[IDLE] = g_signal_new ("idle", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
agent_settings_sender_init (AgentSettingsSender *self)
{
}

/**
 * agent_settings_sender_new:
 * @view: an open view
 * @switches: the settings of its workspace, WorkspaceSwitch
 * @get_environ: called with @data each time that something has changed, until agent_settings_sender_stop()
 * @data: for @get_environ
 *
 * Returns: (transfer full): one that sends nothing yet
 */
AgentSettingsSender *
agent_settings_sender_new (DmcView *view, guint switches, AgentSettingsEnviron get_environ, gpointer data)
{
  AgentSettingsSender *self = g_object_new (AGENT_TYPE_SETTINGS_SENDER, NULL);

  self->view = g_object_ref (view);
  self->switches = switches;
  self->get_environ = get_environ;
  self->data = data;
  return self;
}

static int
open_nothing (void)
{
  return open ("/dev/null", O_RDONLY | O_CLOEXEC);
}

/**
 * agent_settings_sender_launch:
 * @self: the sender
 * @env: the environment of what unpacks them
 * @fonts: whether the host's fonts, too
 * @callback: called when that was launched; for dmc_view_launch_finish()
 * @user_data: for @callback
 *
 * Begins to send the settings as they are now. They are there when the process has exited.
 *
 * Returns: whether @callback will be called
 */
gboolean
agent_settings_sender_launch (AgentSettingsSender *self, const char *const *env, gboolean fonts, GAsyncReadyCallback callback, gpointer user_data)
{
  const gboolean registry = (self->switches & WORKSPACE_REGISTRY) != 0;
  g_autoptr (GError) error = NULL;
  int fds[2] = { registry ? host_values_stream_config (&error) : open_nothing (), -1 };
  const char *const argv[] = { "/bin/sh", "-c", session_script ("unpack.sh"), "unpack", registry ? "registry" : "-", NULL };

  if (fds[0] >= 0)
    fds[1] = fonts ? host_values_stream_fonts (&error) : open_nothing ();
  if (fds[1] >= 0)
    dmc_view_launch_logged_async (self->view, argv, env, NULL, SESSION_LOG, fds, 2, NULL, callback, user_data);
  else
    g_warning ("The host's settings cannot be read: %s", error != NULL ? error->message : g_strerror (errno));
  for (gsize i = 0; i < 2; i++)
    if (fds[i] >= 0)
      close (fds[i]);
  return fds[1] >= 0;
}

static void send_again (AgentSettingsSender *self);

/* The view may have gone, and its session with it. */
static void
end_sending (AgentSettingsSender *self)
{
  g_autoptr (AgentSettingsSender) alive = g_object_ref (self);

  clear_sending (self);
  if (self->stale)
    send_again (self);
  if (!self->sending)
    g_signal_emit (self, signals[IDLE], 0);
}

static void
on_exited (AgentSettingsSender *self, int pid, int wait_status, gpointer data)
{
  if (pid == self->pid)
    end_sending (self);
}

static gboolean
on_timeout (gpointer data)
{
  AgentSettingsSender *self = data;

  self->timeout_source = 0;
  g_warning ("The host's settings, which have changed, do not reach a workspace in time.");
  dmc_view_signal (self->view, self->pid, SIGKILL, NULL);
  end_sending (self);
  return G_SOURCE_REMOVE;
}

static void
on_launched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AgentSettingsSender) self = data;
  g_autoptr (GError) error = NULL;
  int pid;
  const gboolean launched = dmc_view_launch_finish (DMC_VIEW (source), result, &pid, NULL, &error);

  if (!launched && !g_error_matches (error, DMC_ERROR, DMC_ERROR_STATE))
    g_warning ("The host's settings, which have changed, do not reach a workspace: %s", error->message);
  if (!self->sending)
    return; /* the view has gone, or it was stopped */
  if (!launched) {
    end_sending (self);
    return;
  }
  self->pid = pid;
  self->timeout_source = g_timeout_add_seconds (SENDING_SECONDS, on_timeout, self);
}

/* Now, or later: neither beside others that are on their way, nor into what is being saved. */
static void
send_again (AgentSettingsSender *self)
{
  g_auto (GStrv) env = NULL;

  self->stale = self->sending || self->holders > 0;
  if (self->stale)
    return;
  env = self->get_environ (self->data);
  if (!agent_settings_sender_launch (self, (const char *const *) env, FALSE, on_launched, g_object_ref (self))) {
    g_object_unref (self);
    return;
  }
  self->sending = TRUE;
  self->exited_handler = g_signal_connect_swapped (self->view, "exited", G_CALLBACK (on_exited), self);
  self->gone_handler = g_signal_connect_swapped (self->view, "gone", G_CALLBACK (end_sending), self);
}

static gboolean
on_host_changed (gpointer data)
{
  send_again (data);
  return G_SOURCE_REMOVE;
}

/**
 * agent_settings_sender_watch:
 * @self: the sender
 *
 * From now on they are sent again where they have changed, if the workspace has the host's settings below its own.
 */
void
agent_settings_sender_watch (AgentSettingsSender *self)
{
  if (self->watch == NULL && (self->switches & WORKSPACE_REGISTRY) != 0)
    self->watch = host_values_watch_new (on_host_changed, self);
}

/* Nothing is sent any more, and nobody is told. */
void
agent_settings_sender_stop (AgentSettingsSender *self)
{
  clear_sending (self);
  self->stale = FALSE;
  g_clear_pointer (&self->watch, host_values_watch_free);
}

/* From now on what has changed waits for agent_settings_sender_release(), once for each call of this; what is on its way goes on. */
void
agent_settings_sender_hold (AgentSettingsSender *self)
{
  self->holders++;
}

/* See agent_settings_sender_hold(). */
void
agent_settings_sender_release (AgentSettingsSender *self)
{
  g_return_if_fail (self->holders > 0);
  self->holders--;
  if (self->stale)
    send_again (self);
}

/* Whether anybody holds it. */
gboolean
agent_settings_sender_is_held (AgentSettingsSender *self)
{
  return self->holders > 0;
}

/* Whether something that has changed is on its way; "idle" tells when that has ended. */
gboolean
agent_settings_sender_is_sending (AgentSettingsSender *self)
{
  return self->sending;
}
