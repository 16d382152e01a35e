/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/session.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "agent/bus-watch.h"
#include "agent/host-services.h"
#include "agent/session-scripts.h"
#include "agent/settings-sender.h"
#include "agent/sound.h"
#include "apps/app-environ.h"
#include "registry/host-values.h"
#include "rpc/error.h"

#define BUS_ADDRESS    "unix:path=/run/user/0/bus"
#define SOUND_ADDRESS  "unix:/run/user/0/pulse/native"
#define KEYBOARD_FILE  "/etc/default/keyboard"
#define PART_SECONDS   60

#define BIT(part) (1u << (part))

/* What is started, one after the other. None of it keeps a workspace from opening. */
typedef enum {
  PART_VALUES,
  PART_BUS,
  PART_SOUND,
  PART_HOST,
  PART_KEYRING,
  N_PARTS,
} Part;

static const char *const part_names[N_PARTS] = { "the host's settings", "the session bus", "the sound server", "what the host's desktop does for it", "the keyring" };

struct _AgentSession {
  GObject parent_instance;

  DmcView *view;
  WorkspaceSettings *settings;
  guint desktop_dpi; /* 0: no desktop of its own */
  gboolean services; /* whether it has a bus */
  AgentHostServices *host; /* NULL: without */
  AgentSound *sound;       /* NULL: without, or not now */
  BusWatch *bus;           /* NULL: without */
  AgentSettingsSender *sender; /* of the host's settings; what of it starts holds it, too */

  /* While it starts: */
  AgentMediator *mediator;
  char *name;
  DmcPassphrase *passphrase;
  gboolean starting;
  guint parts; /* those that are wanted, a bit for each */
  GPtrArray *waiting; /* of GTask, each of agent_session_wait_async() */
  Part part;
  guint confinement;
  int pid; /* of the part that is starting */
  gulong exited_handler, gone_handler;
  guint timeout_source;

  /* What has ended by itself, to be started again; and what then did not start: a bit for each. */
  guint ended, failed;
  gboolean mending;
};

G_DEFINE_FINAL_TYPE (AgentSession, agent_session, G_TYPE_OBJECT)

enum { ENDED, MENDED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void start_part (AgentSession *self);
static void tell_waiting (AgentSession *self);
static const char *tell_mended (AgentSession *self);

static void
clear_starting (AgentSession *self)
{
  g_clear_handle_id (&self->timeout_source, g_source_remove);
  g_clear_signal_handler (&self->exited_handler, self->view);
  g_clear_signal_handler (&self->gone_handler, self->view);
  g_clear_object (&self->mediator);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->passphrase, dmc_passphrase_unref);
}

static void
drop_sound (AgentSession *self)
{
  if (self->sound != NULL)
    g_signal_handlers_disconnect_by_data (self->sound, self);
  g_clear_object (&self->sound);
}

static void
drop_host (AgentSession *self)
{
  if (self->host != NULL)
    g_signal_handlers_disconnect_by_data (self->host, self);
  g_clear_object (&self->host);
}

static void
agent_session_finalize (GObject *object)
{
  AgentSession *self = AGENT_SESSION (object);

  clear_starting (self);
  g_signal_handlers_disconnect_by_data (self->sender, self);
  agent_settings_sender_stop (self->sender);
  g_object_unref (self->sender);
  g_clear_pointer (&self->bus, bus_watch_free);
  drop_host (self);
  drop_sound (self);
  g_ptr_array_unref (self->waiting);
  workspace_settings_free (self->settings);
  g_object_unref (self->view);
  G_OBJECT_CLASS (agent_session_parent_class)->finalize (object);
}

static void
agent_session_class_init (AgentSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = agent_session_finalize;
  signals[ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[MENDED] = g_signal_new ("mended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
agent_session_init (AgentSession *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
}

static GStrv
get_environ (gpointer data)
{
  return agent_session_environ (data);
}

/* Whoever holds the session may have waited for it. */
static void
on_sent (AgentSession *self)
{
  if (!self->starting)
    tell_waiting (self);
}

/**
 * agent_session_new:
 * @view: an open view
 * @settings: what it was opened with; copied
 * @desktop_dpi: what a desktop of its own is drawn for, in dots per inch; 0 where it has none
 * @display: whether its programs have another display
 *
 * Returns: (transfer full): the session; of a new view it is still to be started, of one that was resumed it runs
 */
AgentSession *
agent_session_new (DmcView *view, const WorkspaceSettings *settings, guint desktop_dpi, gboolean display)
{
  AgentSession *self = g_object_new (AGENT_TYPE_SESSION, NULL);

  self->view = g_object_ref (view);
  self->settings = workspace_settings_copy (settings);
  self->desktop_dpi = desktop_dpi;
  self->services = desktop_dpi > 0 || display || settings->session == WORKSPACE_SESSION_ALWAYS;
  self->sender = agent_settings_sender_new (view, settings->switches, get_environ, self);
  g_signal_connect_swapped (self->sender, "idle", G_CALLBACK (on_sent), self);
  return self;
}

/* --- the environment -------------------------------------------------------------------------------------- */

static gboolean
has (AgentSession *self, WorkspaceSwitch which)
{
  return (self->settings->switches & which) != 0;
}

static GStrv
set_locale (AgentSession *self, GStrv env)
{
  if (!has (self, WORKSPACE_TIME_ZONE))
    env = g_environ_setenv (env, "TZ", "UTC", TRUE);
  if (has (self, WORKSPACE_LOCALE))
    return env;
  for (gsize i = 0; env[i] != NULL;) {
    g_autofree char *name = g_strndup (env[i], strcspn (env[i], "="));

    if (g_str_has_prefix (name, "LC_") || g_str_equal (name, "LANGUAGE"))
      env = g_environ_unsetenv (env, name);
    else
      i++;
  }
  return g_environ_setenv (env, "LANG", "C.UTF-8", TRUE);
}

/* The layout that the host's console has, in the words of libxkbcommon; the desktop's session tells its X server. */
static GStrv
set_keyboard (GStrv env)
{
  static const char *const names[] = { "XKBMODEL", "XKBLAYOUT", "XKBVARIANT", "XKBOPTIONS" };
  static const char *const variables[] = { "XKB_DEFAULT_MODEL", "XKB_DEFAULT_LAYOUT", "XKB_DEFAULT_VARIANT", "XKB_DEFAULT_OPTIONS" };
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (KEYBOARD_FILE, &text, NULL, NULL))
    return env;
  lines = g_strsplit (text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++)
    for (gsize k = 0; k < G_N_ELEMENTS (names); k++) {
      gsize length = strlen (names[k]);
      g_autofree char *value = NULL;

      if (strncmp (lines[i], names[k], length) != 0 || lines[i][length] != '=')
        continue;
      value = g_shell_unquote (lines[i] + length + 1, NULL);
      if (value != NULL && *value != '\0')
        env = g_environ_setenv (env, variables[k], value, TRUE);
    }
  return env;
}

/**
 * agent_session_environ:
 * @self: the session
 *
 * Returns: (transfer full): what a program of the workspace gets
 */
GStrv
agent_session_environ (AgentSession *self)
{
  GStrv env = set_locale (self, app_environ (dmc_view_get_environ (self->view)));

  if (self->services)
    env = g_environ_setenv (env, "DBUS_SESSION_BUS_ADDRESS", BUS_ADDRESS, TRUE);
  if (self->desktop_dpi > 0)
    env = g_environ_setenv (env, "DISPLAY", AGENT_SESSION_DISPLAY, TRUE);
  if (has (self, WORKSPACE_KEYBOARD))
    env = set_keyboard (env);
  if (has (self, WORKSPACE_REGISTRY)) {
    env = g_environ_setenv (env, "DCONF_PROFILE", "/run/domicile/host/profile", TRUE);
    env = g_environ_setenv (env, "XDG_CONFIG_DIRS", HOST_VALUES_CONFIG ":/etc/xdg", TRUE);
  }
  if (has (self, WORKSPACE_FONTS) && host_values_has_fonts ())
    env = g_environ_setenv (env, "FONTCONFIG_FILE", "/run/domicile/host/fonts.conf", TRUE);
  if (agent_session_wants_sound (self)) /* before what the host's display may say about the host's server */
    env = g_environ_setenv (env, "PULSE_SERVER", SOUND_ADDRESS, TRUE);
  return env;
}

/* --- starting --------------------------------------------------------------------------------------------- */

/* Whoever waits goes on with what there is. */
static void
tell_waiting (AgentSession *self)
{
  g_autoptr (AgentSession) alive = g_object_ref (self);
  g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiting->len; i++)
    g_task_return_boolean (g_ptr_array_index (waiting, i), TRUE);
}

static void
end_starting (AgentSession *self)
{
  g_autoptr (AgentSession) alive = g_object_ref (self);
  const gboolean sending = agent_settings_sender_is_sending (self->sender);

  self->starting = FALSE;
  clear_starting (self);
  agent_settings_sender_release (self->sender);
  if (!sending) /* else its end tells them */
    tell_waiting (self);
  if (self->mending) {
    self->mending = FALSE;
    g_signal_emit (self, signals[MENDED], 0, tell_mended (self));
  }
}

/* Starts the first part from @part on that is wanted. */
static void
go_on (AgentSession *self, guint part)
{
  while (part < N_PARTS && (self->parts & BIT (part)) == 0)
    part++;
  self->part = part;
  if (part < N_PARTS)
    start_part (self);
  else
    end_starting (self);
}

static void
next_part (AgentSession *self)
{
  g_clear_handle_id (&self->timeout_source, g_source_remove);
  self->pid = 0;
  go_on (self, self->part + 1);
}

static void
fail_part (AgentSession *self, const char *why)
{
  g_warning ("In a workspace %s %s", part_names[self->part], why);
  self->failed |= BIT (self->part);
}

static void
part_ended (AgentSession *self, Part part)
{
  self->ended |= BIT (part);
  g_signal_emit (self, signals[ENDED], 0);
}

static void
on_bus_ended (gpointer data)
{
  part_ended (data, PART_BUS);
}

static void
watch_bus (AgentSession *self)
{
  g_clear_pointer (&self->bus, bus_watch_free);
  self->bus = bus_watch_new (self->view, on_bus_ended, self);
}

static void
part_started (AgentSession *self)
{
  if (self->part == PART_SOUND)
    agent_session_connect_sound (self, self->name);
  else if (self->part == PART_BUS)
    watch_bus (self);
}

static void
on_exited (AgentSession *self, int pid, int wait_status, gpointer data)
{
  if (pid != self->pid)
    return;
  if (wait_status == 0)
    part_started (self);
  else
    fail_part (self, "did not start; its log “" SESSION_LOG "” says why.");
  next_part (self);
}

static gboolean
on_timeout (gpointer data)
{
  AgentSession *self = data;

  self->timeout_source = 0;
  fail_part (self, "did not get ready.");
  dmc_view_signal (self->view, self->pid, SIGKILL, NULL);
  next_part (self);
  return G_SOURCE_REMOVE;
}

static void
on_launched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AgentSession) self = data;
  g_autoptr (GError) error = NULL;
  guint confinement = self->confinement;
  gboolean started = dmc_view_launch_finish (self->view, result, &self->pid, NULL, &error);

  self->confinement = 0;
  if (!self->starting)
    return; /* the view has gone */
  if (confinement != 0 && started)
    agent_mediator_started (self->mediator, confinement, self->pid);
  else if (confinement != 0)
    agent_mediator_failed (self->mediator, confinement);
  if (started) {
    self->timeout_source = g_timeout_add_seconds (PART_SECONDS, on_timeout, self);
    return;
  }
  if (!g_error_matches (error, DMC_ERROR, DMC_ERROR_NOT_FOUND)) {
    g_autofree char *why = g_strconcat ("did not start: ", error->message, NULL);

    fail_part (self, why);
  }
  next_part (self);
}

/* Returns whether it is being started; so does each of these. */
static gboolean
start_values (AgentSession *self, const char *const *env)
{
  agent_settings_sender_watch (self->sender);
  if (agent_settings_sender_launch (self->sender, env, has (self, WORKSPACE_FONTS), on_launched, g_object_ref (self)))
    return TRUE;
  g_object_unref (self);
  return FALSE;
}

/* With the label of the session: programs with other labels do not reach more through it than it does itself. */
static gboolean
start_labelled (AgentSession *self, const char *const *argv, const char *const *env)
{
  g_auto (AgentConfinement) confinement = { 0 };
  g_autoptr (GError) error = NULL;
  DmcViewLabel label;

  if (!agent_mediator_confine (self->mediator, AGENT_MEDIATOR_SESSION, NULL, NULL, &confinement, &error)) {
    g_autofree char *why = g_strconcat ("does not start: ", error->message, NULL);

    fail_part (self, why);
    return FALSE;
  }
  self->confinement = confinement.id;
  label = (DmcViewLabel){ (const char *const *) confinement.rules, confinement.joins, confinement.n_joins };
  dmc_view_launch_labelled_async (self->view, argv, env, NULL, SESSION_LOG, &label, NULL, on_launched, g_object_ref (self));
  return TRUE;
}

static gboolean
start_bus (AgentSession *self, const char *const *env)
{
  const char *const argv[] = { "/bin/sh", "-c", session_script ("session-bus.sh"), NULL };

  return start_labelled (self, argv, env);
}

static gboolean
start_sound (AgentSession *self, const char *const *env)
{
  const char *const argv[] = { "/bin/sh", "-c", session_script ("sound-server.sh"), "sound", has (self, WORKSPACE_MICROPHONE) ? "microphone" : "-",
                               NULL };

  return has (self, WORKSPACE_SOUND) && start_labelled (self, argv, env);
}

static void
on_host_ended (AgentSession *self)
{
  part_ended (self, PART_HOST);
}

static void
on_host_services (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AgentSession) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (AgentHostServices) host = agent_host_services_start_finish (result, &error);

  if (!self->starting)
    return; /* the view has gone */
  if (error != NULL && !g_error_matches (error, DMC_ERROR, DMC_ERROR_UNSUPPORTED)) /* which the pre-check tells */
    g_warning ("Apps of “%s” do not reach the host's desktop: %s", self->name, error->message);
  if (error != NULL)
    self->failed |= BIT (PART_HOST);
  drop_host (self);
  self->host = g_steal_pointer (&host);
  if (self->host != NULL)
    g_signal_connect_swapped (self->host, "ended", G_CALLBACK (on_host_ended), self);
  next_part (self);
}

/* A desktop of its own is the one around its apps. */
static gboolean
start_host (AgentSession *self, const char *const *env)
{
  guint switches = self->settings->switches & (WORKSPACE_NOTIFICATIONS | WORKSPACE_APPEARANCE | WORKSPACE_LINKS);

  if (self->desktop_dpi > 0 || switches == 0)
    return FALSE;
  agent_host_services_start_async (self->view, self->name, switches, on_host_services, g_object_ref (self));
  return TRUE;
}

/* The passphrase comes through a pipe, which is empty when the keyring has read it. */
static gboolean
start_keyring (AgentSession *self, const char *const *env)
{
  static const char *const argv[] = { "gnome-keyring-daemon", "--unlock", "--components=secrets", NULL };
  const char *text;
  gsize length;
  int ends[2];

  if (!has (self, WORKSPACE_KEYRING) || self->passphrase == NULL || !g_unix_open_pipe (ends, FD_CLOEXEC, NULL))
    return FALSE;
  text = dmc_passphrase_get_text (self->passphrase);
  length = strlen (text);
  fcntl (ends[1], F_SETFL, O_NONBLOCK); /* one that does not fit is none */
  if (write (ends[1], text, length) == (gssize) length)
    dmc_view_launch_async (self->view, argv, env, NULL, ends, 1, NULL, on_launched, g_object_ref (self));
  else
    length = 0;
  close (ends[0]);
  close (ends[1]);
  g_clear_pointer (&self->passphrase, dmc_passphrase_unref);
  return length > 0;
}

static void
start_part (AgentSession *self)
{
  static gboolean (*const starters[N_PARTS]) (AgentSession *, const char *const *) = { start_values, start_bus, start_sound, start_host,
                                                                                         start_keyring };
  g_auto (GStrv) env = agent_session_environ (self);

  if (!starters[self->part](self, (const char *const *) env))
    next_part (self);
}

static void
begin_starting (AgentSession *self, guint parts)
{
  self->starting = TRUE;
  agent_settings_sender_hold (self->sender);
  self->parts = parts;
  self->failed = 0;
  self->exited_handler = g_signal_connect_swapped (self->view, "exited", G_CALLBACK (on_exited), self);
  self->gone_handler = g_signal_connect_swapped (self->view, "gone", G_CALLBACK (end_starting), self);
  go_on (self, PART_VALUES);
}

/**
 * agent_session_renew:
 * @self: the session of a view that was resumed
 *
 * Brings it the settings and the fonts of the host that it is on now; what starts from now on finds those.
 */
void
agent_session_renew (AgentSession *self)
{
  watch_bus (self);
  begin_starting (self, BIT (PART_VALUES));
}

/**
 * agent_session_start:
 * @self: a new session
 * @mediator: gives the bus, and what it activates, the label of the session
 * @name: the workspace's
 * @passphrase: (nullable): of the workspace, which unlocks its keyring
 *
 * Begins to start it, as far as the workspace has the programs for it; agent_session_wait_async() tells when that is done.
 */
void
agent_session_start (AgentSession *self, AgentMediator *mediator, const char *name, DmcPassphrase *passphrase)
{
  self->mediator = g_object_ref (mediator);
  self->name = g_strdup (name);
  self->passphrase = passphrase != NULL ? dmc_passphrase_ref (passphrase) : NULL;
  begin_starting (self, self->services ? BIT (N_PARTS) - 1 : BIT (PART_VALUES));
}

/* For a person: what has become of what ended by itself. NULL: nothing that anybody notices. */
static const char *
tell_mended (AgentSession *self)
{
  if (self->failed & BIT (PART_BUS))
    return "The session bus ended by itself and does not start again: apps cannot reach each other, saved passwords and settings. Close the workspace and open it again.";
  if (self->parts & BIT (PART_BUS))
    return "The session bus ended by itself and was started again. Apps that ran may not work as before: start those anew. Saved passwords are locked until a program asks for the passphrase, which is the workspace's; where none asks, close the workspace and open it again.";
  if (self->failed & BIT (PART_SOUND))
    return "The sound server ended by itself and does not start again. To hear the workspace, close it and open it again.";
  if (self->failed & BIT (PART_HOST))
    return "What shows notifications and opens links on this computer's desktop ended by itself and does not start again. Close the workspace and open it again.";
  return NULL;
}

/**
 * agent_session_mend:
 * @self: a session of which something has ended (signal “ended”)
 * @mediator: as for agent_session_start()
 * @name: the workspace's
 *
 * Starts that again, and emits “mended” with a sentence on it for a person, if there is anything to say.
 *
 * Returns: whether it can be done now: not while something is being started, nor between agent_session_hold_async() and its release
 */
gboolean
agent_session_mend (AgentSession *self, AgentMediator *mediator, const char *name)
{
  guint parts = self->ended;

  if (self->starting || agent_settings_sender_is_held (self->sender))
    return FALSE;
  if (parts & BIT (PART_BUS))
    parts |= BIT (PART_HOST); /* which ends with the bus */
  self->ended = 0;
  self->mending = TRUE;
  self->mediator = g_object_ref (mediator);
  self->name = g_strdup (name);
  begin_starting (self, parts);
  return TRUE;
}

/* Calls back when nothing of it is being started any more. Never fails. */
void
agent_session_wait_async (AgentSession *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, agent_session_wait_async);
  if (self->starting)
    g_ptr_array_add (self->waiting, g_steal_pointer (&task));
  else
    g_task_return_boolean (task, TRUE);
}

static void
on_sound_ended (AgentSession *self)
{
  drop_sound (self);
  part_ended (self, PART_SOUND);
}

/**
 * agent_session_hold_async:
 * @self: the session
 * @callback: called when nothing of it is being started, and nothing of the host's is on its way into it; never with an error
 * @user_data: for @callback
 *
 * From now on changes of the host's settings wait for agent_session_release(), which is to be called once for each call of this.
 */
void
agent_session_hold_async (AgentSession *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);

  agent_settings_sender_hold (self->sender);
  g_task_set_source_tag (task, agent_session_hold_async);
  if (self->starting || agent_settings_sender_is_sending (self->sender))
    g_ptr_array_add (self->waiting, g_steal_pointer (&task));
  else
    g_task_return_boolean (task, TRUE);
}

/* See agent_session_hold_async(). */
void
agent_session_release (AgentSession *self)
{
  agent_settings_sender_release (self->sender);
}

/**
 * agent_session_connect_sound:
 * @self: the session
 * @name: the workspace's
 *
 * Carries the sound of its own server, if it has one, to the host from now on.
 */
void
agent_session_connect_sound (AgentSession *self, const char *name)
{
  if (self->sound != NULL)
    return;
  self->sound = agent_sound_new (self->view, name, self->settings->switches);
  if (self->sound != NULL)
    g_signal_connect_swapped (self->sound, "server-ended", G_CALLBACK (on_sound_ended), self);
}

/* Lets go of its sound server, which goes on and is not heard; before a suspension nothing outside may hold it. */
void
agent_session_disconnect_sound (AgentSession *self)
{
  drop_sound (self);
}

/* What its desktop is drawn for, in dots per inch; 0 where it has none. */
guint
agent_session_get_dpi (AgentSession *self)
{
  return self->desktop_dpi;
}

/* Whether its settings ask for sound where its services run. */
gboolean
agent_session_wants_sound (AgentSession *self)
{
  return self->services && has (self, WORKSPACE_SOUND);
}

/* Whether it is there already, so that nobody has to wait. */
gboolean
agent_session_is_ready (AgentSession *self)
{
  return !self->starting;
}
