/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/desktop.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/session-scripts.h"
#include "apps/app-environ.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "suspend/sockets.h"

#define DISPLAY_NAME     AGENT_SESSION_DISPLAY
#define SOCKET_INSIDE    DESKTOP_SOCKET
#define SESSION_SCRIPT   "desktop-session.sh"
#define SETTINGS_SCRIPT  "desktop-settings.sh"
#define LOG_NAME         "desktop.log"
#define READY_FD         3
#define READY_SECONDS    60

struct _AgentDesktop {
  GObject parent_instance;

  DmcView *view;
  char *name;
  char *address;
  GSocketService *service; /* the host's side */
  GPtrArray *viewers;      /* of GIOStream: both ends of every connection */
  int server_pid, session_pid;
  gboolean ended;
  WorkspaceClipboard server_clipboard; /* what the X server lets through, from its start on */
  WorkspaceClipboard clipboard;        /* what of it is to cross */
  guint dpi;                           /* it is drawn for; 0 where nobody knows */
  char *keyboard;                      /* that it was set to; NULL where nobody knows */

  /* While it starts: */
  AgentMediator *mediator;
  AgentSession *session;
  guint confinement; /* of the session */
  int ready; /* the X server writes its number there */
  guint ready_source, timeout_source;
};

G_DEFINE_FINAL_TYPE (AgentDesktop, agent_desktop, G_TYPE_OBJECT)

enum { ENDED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
clear_waiting (AgentDesktop *self)
{
  if (self->ready_source != 0)
    g_source_remove (self->ready_source);
  if (self->timeout_source != 0)
    g_source_remove (self->timeout_source);
  self->ready_source = self->timeout_source = 0;
  if (self->ready >= 0)
    close (self->ready);
  self->ready = -1;
}

static void
agent_desktop_finalize (GObject *object)
{
  AgentDesktop *self = AGENT_DESKTOP (object);

  agent_desktop_stop (self);
  clear_waiting (self);
  g_clear_object (&self->mediator);
  g_clear_object (&self->session);
  g_ptr_array_unref (self->viewers);
  g_object_unref (self->view);
  g_free (self->name);
  g_free (self->address);
  g_free (self->keyboard);
  G_OBJECT_CLASS (agent_desktop_parent_class)->finalize (object);
}

static void
agent_desktop_class_init (AgentDesktopClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = agent_desktop_finalize;
  signals[ENDED]
      = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
}

static void
agent_desktop_init (AgentDesktop *self)
{
  self->ready = -1;
  self->viewers = g_ptr_array_new_with_free_func (g_object_unref);
}

/* --- viewers ----------------------------------------------------------------------------------------------- */

static void
on_viewer_left (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AgentDesktop) self = data;

  g_io_stream_splice_finish (result, NULL); /* how a viewer leaves is its own affair */
  g_ptr_array_remove (self->viewers, source);
}

static gboolean
on_viewer (GSocketService *service, GSocketConnection *viewer, GObject *source, gpointer data)
{
  AgentDesktop *self = data;
  g_autoptr (GError) error = NULL;
  int fd = dmc_view_connect (self->view, SOCKET_INSIDE, &error);
  g_autoptr (GSocket) socket = fd >= 0 ? g_socket_new_from_fd (fd, &error) : NULL;
  g_autoptr (GSocketConnection) server = NULL;

  if (socket == NULL) {
    g_warning ("A viewer of the desktop of “%s” is let go: %s", self->name, error->message);
    return TRUE;
  }
  server = g_socket_connection_factory_create_connection (socket);
  g_ptr_array_add (self->viewers, g_object_ref (viewer));
  g_io_stream_splice_async (G_IO_STREAM (viewer), G_IO_STREAM (server),
                            G_IO_STREAM_SPLICE_CLOSE_STREAM1 | G_IO_STREAM_SPLICE_CLOSE_STREAM2, G_PRIORITY_DEFAULT, NULL,
                            on_viewer_left, g_object_ref (self));
  return TRUE;
}

/* Its folder is the agent's own, mode 0700; so is the socket's mode. */
static gboolean
listen_for_viewers (AgentDesktop *self, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (self->address);
  g_autoptr (GError) local = NULL;

  g_unlink (self->address);
  self->service = g_socket_service_new ();
  if (g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address, G_SOCKET_TYPE_STREAM,
                                     G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, &local)
      && g_chmod (self->address, 0600) == 0) {
    g_signal_connect (self->service, "incoming", G_CALLBACK (on_viewer), self);
    return TRUE;
  }
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The desktop cannot be shown at “%s”: %s.", self->address,
                                           local != NULL ? local->message : g_strerror (errno)));
  return FALSE;
}

/* --- the end ----------------------------------------------------------------------------------------------- */

/* The desktop goes as a whole: a session without a picture, or a picture without a session, is of no use. */
static void
on_exited (AgentDesktop *self, int pid, int wait_status, gpointer data)
{
  g_autoptr (AgentDesktop) alive = g_object_ref (self);

  if (self->ended || (pid != self->server_pid && pid != self->session_pid))
    return;
  agent_desktop_stop (self);
  g_signal_emit (self, signals[ENDED], 0, pid == self->session_pid && wait_status == 0);
}

/* Lets its viewers go, and no new ones in. */
void
agent_desktop_pause (AgentDesktop *self)
{
  if (self->service != NULL) {
    g_socket_service_stop (self->service);
    g_socket_listener_close (G_SOCKET_LISTENER (self->service));
    g_unlink (self->address);
  }
  g_clear_object (&self->service);
  for (guint i = 0; i < self->viewers->len; i++)
    g_io_stream_close (g_ptr_array_index (self->viewers, i), NULL, NULL);
}

/* Lets viewers in again after agent_desktop_pause(). */
gboolean
agent_desktop_go_on (AgentDesktop *self, GError **error)
{
  return self->service != NULL || listen_for_viewers (self, error);
}

/**
 * agent_desktop_stop:
 * @self: the desktop
 *
 * Lets its viewers go and ends its X server and its session. Programs with windows end with the X server. Without effect when
 * it has ended.
 */
void
agent_desktop_stop (AgentDesktop *self)
{
  if (self->ended)
    return;
  self->ended = TRUE;
  g_signal_handlers_disconnect_by_data (self->view, self);
  agent_desktop_pause (self);
  if (self->session_pid > 0)
    dmc_view_signal (self->view, self->session_pid, SIGTERM, NULL);
  if (self->server_pid > 0)
    dmc_view_signal (self->view, self->server_pid, SIGTERM, NULL);
}

/* --- what it takes from the host --------------------------------------------------------------------------- */

static GStrv
session_environ (AgentSession *session)
{
  g_autofree char *dpi = g_strdup_printf ("%u", agent_session_get_dpi (session));

  return g_environ_setenv (agent_session_environ (session), "DOMICILE_DPI", dpi, TRUE);
}

static char *
keyboard_of (GStrv env)
{
  static const char *const variables[] = { "XKB_DEFAULT_MODEL", "XKB_DEFAULT_LAYOUT", "XKB_DEFAULT_VARIANT", "XKB_DEFAULT_OPTIONS" };
  GString *all = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (variables); i++) {
    const char *value = g_environ_getenv (env, variables[i]);

    g_string_append_printf (all, "%s\n", value != NULL ? value : "");
  }
  return g_string_free (all, FALSE);
}

static WorkspaceClipboard
allowed_clipboard (AgentMediator *mediator, WorkspaceClipboard wanted)
{
  return (agent_mediator_may_cross (mediator, FALSE) ? wanted & WORKSPACE_CLIPBOARD_IN : 0)
         | (agent_mediator_may_cross (mediator, TRUE) ? wanted & WORKSPACE_CLIPBOARD_OUT : 0);
}

/* What of the host it has now. */
static void
note_taken (AgentDesktop *self, AgentSession *session, GStrv env)
{
  self->dpi = agent_session_get_dpi (session);
  g_free (self->keyboard);
  self->keyboard = keyboard_of (env);
}

typedef struct {
  AgentMediator *mediator;
  guint confinement;
} Adapting;

static void
on_adapting (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Adapting *adapting = data;
  g_autoptr (AgentMediator) mediator = adapting->mediator;
  g_autoptr (GError) error = NULL;
  int pid;

  if (dmc_view_launch_finish (DMC_VIEW (source), result, &pid, NULL, &error)) {
    agent_mediator_started (mediator, adapting->confinement, pid);
    return;
  }
  agent_mediator_failed (mediator, adapting->confinement);
  g_warning ("A desktop that was resumed goes on with the settings of its last host: %s", error->message);
}

/**
 * agent_desktop_adapt:
 * @self: a desktop that was resumed
 * @mediator: of the resumed workspace
 * @session: what its programs find where they are now
 * @clipboard: what its settings let cross now
 *
 * Gives it what this host has otherwise than the last: how large things are drawn, and the keyboard. What it had set by itself stays where
 * the hosts do not differ.
 *
 * Returns: whether as much crosses as the settings want; the X server lets no more through than at its start
 */
gboolean
agent_desktop_adapt (AgentDesktop *self, AgentMediator *mediator, AgentSession *session, WorkspaceClipboard clipboard)
{
  const char *const argv[] = { "/bin/sh", "-c", session_script (SETTINGS_SCRIPT), NULL };
  g_auto (GStrv) env = session_environ (session);
  g_autofree char *keyboard = keyboard_of (env);
  g_auto (AgentConfinement) confinement = { 0 };
  const WorkspaceClipboard allowed = allowed_clipboard (mediator, clipboard);
  g_autoptr (GError) error = NULL;
  DmcViewLabel label;
  Adapting *adapting;

  self->clipboard = self->server_clipboard & allowed;
  if (self->dpi == agent_session_get_dpi (session) && g_strcmp0 (self->keyboard, keyboard) == 0)
    return self->clipboard == allowed;
  if (!agent_mediator_confine (mediator, AGENT_MEDIATOR_SESSION, NULL, NULL, &confinement, &error)) {
    g_warning ("A desktop that was resumed goes on with the settings of its last host: %s", error->message);
    return self->clipboard == allowed;
  }
  adapting = g_new (Adapting, 1);
  *adapting = (Adapting){ g_object_ref (mediator), confinement.id };
  label = (DmcViewLabel){ (const char *const *) confinement.rules, confinement.joins, confinement.n_joins };
  dmc_view_launch_labelled_async (self->view, argv, (const char *const *) env, NULL, LOG_NAME, &label, NULL, on_adapting, adapting);
  note_taken (self, session, env);
  return self->clipboard == allowed;
}

/* --- starting ---------------------------------------------------------------------------------------------- */

/* Takes the error and the task over. */
static void
give_up (GTask *task, GError *error)
{
  AgentDesktop *self = g_task_get_task_data (task);

  clear_waiting (self);
  agent_desktop_stop (self);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
on_session_started (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  AgentDesktop *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!dmc_view_launch_finish (self->view, result, &self->session_pid, NULL, &error)) {
    agent_mediator_failed (self->mediator, self->confinement);
    give_up (task, error);
    return;
  }
  agent_mediator_started (self->mediator, self->confinement, self->session_pid);
  g_clear_object (&self->mediator);
  g_clear_object (&self->session);
  g_task_return_pointer (task, g_object_ref (self), g_object_unref);
  g_object_unref (task);
}

static void
start_session (GTask *task)
{
  AgentDesktop *self = g_task_get_task_data (task);
  const char *const argv[] = { "/bin/sh", "-c", session_script (SESSION_SCRIPT), "desktop-session", session_script (SETTINGS_SCRIPT), NULL };
  g_auto (GStrv) env = session_environ (self->session);
  g_auto (AgentConfinement) confinement = { 0 };
  DmcViewLabel label;
  GError *error = NULL;

  if (!agent_mediator_confine (self->mediator, AGENT_MEDIATOR_SESSION, NULL, NULL, &confinement, &error)) {
    give_up (task, error);
    return;
  }
  self->confinement = confinement.id;
  note_taken (self, self->session, env);
  label = (DmcViewLabel){ (const char *const *) confinement.rules, confinement.joins, confinement.n_joins };
  dmc_view_launch_labelled_async (self->view, argv, (const char *const *) env, NULL, LOG_NAME, &label,
                                  g_task_get_cancellable (task), on_session_started, task);
}

static gboolean
on_ready (int fd, GIOCondition condition, gpointer data)
{
  GTask *task = data;
  AgentDesktop *self = g_task_get_task_data (task);
  GError *error = NULL;
  char number[16];
  ssize_t length = read (fd, number, sizeof number);

  if (length > 0 && memchr (number, '\n', (size_t) length) == NULL)
    return G_SOURCE_CONTINUE; /* the server dies when it cannot write all of it */
  clear_waiting (self);
  if (length <= 0)
    error = dmc_error_new (DMC_ERROR_IO, NULL, "The X server of the desktop ended at once.");
  else if (listen_for_viewers (self, &error))
    start_session (task);
  if (error != NULL)
    give_up (task, error);
  return G_SOURCE_REMOVE;
}

static gboolean
on_timeout (gpointer data)
{
  give_up (data, dmc_error_new (DMC_ERROR_IO, NULL, "The X server of the desktop does not get ready."));
  return G_SOURCE_REMOVE;
}

static void
on_server_started (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  AgentDesktop *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!dmc_view_launch_finish (self->view, result, &self->server_pid, NULL, &error)) {
    if (g_error_matches (error, DMC_ERROR, DMC_ERROR_NOT_FOUND)) {
      g_clear_error (&error);
      error = dmc_error_new (DMC_ERROR_UNSUPPORTED,
                             "Install the package tigervnc-standalone-server: on the host for a shared workspace, in the "
                             "workspace for an isolated one.",
                             "A desktop needs the X server Xvnc, which the workspace does not see.");
      dmc_error_set_data (error, "needs", json_node_init_string (json_node_alloc (), "Xvnc"));
    }
    give_up (task, error);
    return;
  }
  g_signal_connect_swapped (self->view, "exited", G_CALLBACK (on_exited), self);
  self->ready_source = g_unix_fd_add (self->ready, G_IO_IN | G_IO_HUP, on_ready, task);
  self->timeout_source = g_timeout_add_seconds (READY_SECONDS, on_timeout, task);
}

/**
 * agent_desktop_keep_others_out:
 * @error: where to leave %DMC_ERROR_DENIED
 *
 * X programs try the abstract socket of their display first, which on the host's network anybody may have: the agent takes its name for as
 * long as it runs, and does not listen, so that they go on to the socket in the view. From any thread.
 */
gboolean
agent_desktop_keep_others_out (GError **error)
{
  static const char name[] = "/tmp/.X11-unix/X" AGENT_SESSION_DISPLAY_NUMBER;
  static GMutex mutex;
  static int kept = -1;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&mutex);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const socklen_t size = offsetof (struct sockaddr_un, sun_path) + sizeof name;
  int trial;
  gboolean taken;

  if (kept >= 0)
    return TRUE;
  memcpy (address.sun_path + 1, name, sizeof name - 1);
  kept = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (kept >= 0 && bind (kept, (struct sockaddr *) &address, size) == 0)
    return TRUE;
  if (kept >= 0)
    close (kept);
  kept = -1;
  /* Another agent, which does not listen either, is as good. */
  trial = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  taken = trial < 0 || connect (trial, (struct sockaddr *) &address, size) == 0 || errno != ECONNREFUSED;
  if (trial >= 0)
    close (trial);
  if (taken)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_DENIED, "Find out who listens at “@/tmp/.X11-unix/X" AGENT_SESSION_DISPLAY_NUMBER "” (ss -xlp), and end it.",
                                             "A program of this computer pretends to be the workspace's display."));
  return !taken;
}

/* No network, no abstract socket: those would be the host's. What is left lies in the view. */
static void
start_server (GTask *task, int ready)
{
  AgentDesktop *self = g_task_get_task_data (task);
  g_autofree char *dpi = g_strdup_printf ("%u", agent_session_get_dpi (self->session));
  const char *const argv[] = {
    "Xvnc", DISPLAY_NAME, "-dpi", dpi, "-nolisten", "tcp", "-nolisten", "local", "-rfbport", "-1", "-rfbunixpath", SOCKET_INSIDE,
    "-rfbunixmode", "0666", "-SecurityTypes", "None", "-AlwaysShared", "-geometry", "1280x800", "-depth", "24", "-desktop",
    self->name,
    (self->clipboard & WORKSPACE_CLIPBOARD_IN) != 0 ? "-AcceptCutText=1" : "-AcceptCutText=0",
    (self->clipboard & WORKSPACE_CLIPBOARD_OUT) != 0 ? "-SendCutText=1" : "-SendCutText=0",
    "-AllowOverride=desktop", /* a program inside could set the two before by the server's own protocol */
    "-displayfd", G_STRINGIFY (READY_FD), NULL,
  };
  g_auto (GStrv) env = app_environ (dmc_view_get_environ (self->view));

  dmc_view_launch_logged_async (self->view, argv, (const char *const *) env, NULL, LOG_NAME, &ready, 1,
                                g_task_get_cancellable (task), on_server_started, task);
}

/**
 * agent_desktop_start_async:
 * @view: an open view
 * @mediator: gives the session, and all that is started from its menus, their label
 * @session: what its programs find
 * @clipboard: what may cross to its viewers and from them
 * @name: the workspace's name, for the viewer's title
 * @address: path of the socket to make on the host
 * @cancellable: (nullable): to stop
 * @callback: called when the desktop can be seen
 * @user_data: for @callback
 *
 * Errors: DMC_ERROR_UNSUPPORTED (data "needs": "Xvnc"), DMC_ERROR_DENIED, DMC_ERROR_IO.
 */
void
agent_desktop_start_async (DmcView *view, AgentMediator *mediator, AgentSession *session, WorkspaceClipboard clipboard, const char *name,
                           const char *address, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  AgentDesktop *self = g_object_new (AGENT_TYPE_DESKTOP, NULL);
  GError *error = NULL;
  int ready[2];

  g_task_set_source_tag (task, agent_desktop_start_async);
  g_task_set_task_data (task, self, g_object_unref);
  self->view = g_object_ref (view);
  self->mediator = g_object_ref (mediator);
  self->session = g_object_ref (session);
  self->clipboard = self->server_clipboard = allowed_clipboard (mediator, clipboard);
  self->name = g_strdup (name);
  self->address = g_strdup (address);
  if (pipe2 (ready, O_CLOEXEC) != 0) {
    give_up (task, dmc_error_new (DMC_ERROR_RESOURCE, NULL, "The agent has too many open files."));
    return;
  }
  self->ready = ready[0];
  if (agent_desktop_keep_others_out (&error))
    start_server (task, ready[1]);
  else
    give_up (task, error);
  close (ready[1]);
}

/* Returns: (transfer full): what agent_desktop_new_running() needs to know */
JsonObject *
agent_desktop_to_record (AgentDesktop *self)
{
  return dmc_json_object ("server:i", (gint64) self->server_pid, "session:i", (gint64) self->session_pid, "clipboard:i",
                          (gint64) self->server_clipboard, "dpi:i", (gint64) self->dpi, "keyboard:s", self->keyboard, NULL);
}

/**
 * agent_desktop_new_running:
 * @view: a view that has been resumed, and a desktop with it
 * @name: the workspace's name
 * @address: path of the socket to make on the host
 * @record: from agent_desktop_to_record()
 * @error: where to leave %DMC_ERROR_IO
 *
 * Returns: (transfer full): the desktop as it was, for viewers to connect to
 */
AgentDesktop *
agent_desktop_new_running (DmcView *view, const char *name, const char *address, JsonObject *record, GError **error)
{
  g_autoptr (AgentDesktop) self = g_object_new (AGENT_TYPE_DESKTOP, NULL);

  self->view = g_object_ref (view);
  self->name = g_strdup (name);
  self->address = g_strdup (address);
  self->server_pid = (int) dmc_json_get_int (record, "server", 0);
  self->session_pid = (int) dmc_json_get_int (record, "session", 0);
  self->server_clipboard = (WorkspaceClipboard) dmc_json_get_int (record, "clipboard", WORKSPACE_CLIPBOARD_BOTH);
  self->clipboard = self->server_clipboard;
  self->dpi = (guint) dmc_json_get_int (record, "dpi", 0);
  self->keyboard = g_strdup (dmc_json_get_string (record, "keyboard", NULL));
  if (!listen_for_viewers (self, error))
    return NULL;
  g_signal_connect_swapped (view, "exited", G_CALLBACK (on_exited), self);
  return g_steal_pointer (&self);
}

AgentDesktop *
agent_desktop_start_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Whether programs that are started now find it: not where a workspace was suspended when desktops had another display. */
gboolean
agent_desktop_is_found (AgentDesktop *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/cmdline", self->server_pid);
  int fd = dmc_view_open_file (self->view, path, NULL);
  char text[64] = "";

  if (fd >= 0 && read (fd, text, sizeof text - 1) < 0)
    text[0] = '\0';
  if (fd >= 0)
    close (fd);
  return fd < 0 || g_str_equal (text + MIN (strlen (text) + 1, sizeof text - 1), DISPLAY_NAME);
}

/* Where a VNC viewer connects to: the path of a unix socket. */
const char *
agent_desktop_get_address (AgentDesktop *self)
{
  return self->address;
}

/* What crosses between it and its viewers. A viewer has to keep to it, too: the X server of one that was resumed may let through more. */
WorkspaceClipboard
agent_desktop_get_clipboard (AgentDesktop *self)
{
  return self->clipboard;
}
