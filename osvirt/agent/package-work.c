/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs install.sh inside a workspace and reads what it tells. */
#include "agent/package-work.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "apps/layer.h"
#include "rpc/error.h"

#define SCRIPT   "/org/domicile/agent/install.sh"
#define MAX_LINE   65536
#define MAX_RECORD (256 * 1024)
/* APT's own figures are of the download and of dpkg's work, each from 0 to 100: parts of the whole. */
#define DOWNLOAD_BEGIN 0.1
#define INSTALL_BEGIN  0.5

typedef struct {
  DmcView *view;
  DmcJob *job; /* nullable */
  GCancellable *cancellable;
  int status;     /* where the script tells how it goes; read end */
  int layer;      /* the workspace's own, which the script asks for; -1 */
  int list;       /* where it gets the list of that; write end; -1 */
  gboolean listing, asked_again; /* the script may read the end of a list, and ask, before we hear that it has been written */
  guint source;
  GString *line;  /* as far as it has come */
  int pid;
  gboolean ended;
  gulong on_exited, on_gone, on_cancelled;
  char *key;      /* what was installed, removed or exported */
  GString *record; /* of what was exported */
  GError *error;  /* what the script says */
} Work;

static void
clear_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
work_free (Work *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  clear_fd (&self->status);
  clear_fd (&self->layer);
  clear_fd (&self->list);
  g_string_free (self->line, TRUE);
  g_string_free (self->record, TRUE);
  g_clear_object (&self->job);
  g_clear_object (&self->cancellable);
  g_object_unref (self->view);
  g_free (self->key);
  g_clear_error (&self->error);
  g_free (self);
}

/* --- what the script tells --------------------------------------------------------------------------------- */

static GError *
error_of (const char *kind, const char *text)
{
  static const struct {
    const char *kind;
    DmcError code;
    const char *hint;
  } kinds[] = {
    { "exists", DMC_ERROR_EXISTS, NULL },
    { "not-found", DMC_ERROR_NOT_FOUND, "Look whether the name is spelled like this; the package sources are in /etc/apt of the workspace." },
    { "state", DMC_ERROR_STATE, NULL },
    { "integrity", DMC_ERROR_INTEGRITY, NULL },
    { "resource", DMC_ERROR_RESOURCE, "Remove something, or make the workspace larger." },
    { "unsupported", DMC_ERROR_UNSUPPORTED, NULL },
    { "cancelled", DMC_ERROR_CANCELLED, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_equal (kinds[i].kind, kind))
      return dmc_error_new (kinds[i].code, kinds[i].hint, "%s", text);
  return dmc_error_new (DMC_ERROR_IO, "log/install.log of the workspace has what APT said.", "%s", text);
}

static void
tell_progress (Work *self, double fraction, const char *text)
{
  if (self->job != NULL)
    dmc_job_set_progress (self->job, CLAMP (fraction, 0, 1), text);
}

/* WORD:NAME:PERCENT:TEXT, as APT has it. */
static void
tell_apt (Work *self, char **parts, double begin, double end)
{
  double percent = parts[2] != NULL ? g_ascii_strtod (parts[2], NULL) : 0;

  if (parts[2] != NULL && parts[3] != NULL)
    tell_progress (self, begin + (end - begin) * CLAMP (percent, 0, 100) / 100, parts[3]);
}

static void list_layer (GTask *task);

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Work *self = g_task_get_task_data (task);

  self->listing = FALSE;
  if (!layer_list_finish (result))
    clear_fd (&self->list); /* the script sees that it ends too early */
  else if (self->asked_again && !self->ended)
    list_layer (task);
}

/* What the script is to take back, or to pack, is what is in the layer: the rest is the host's, and may change at any time. */
static void
list_layer (GTask *task)
{
  Work *self = g_task_get_task_data (task);

  self->asked_again = self->listing;
  if (self->listing || self->list < 0)
    return;
  self->listing = TRUE;
  layer_list_async (self->layer, self->list, on_listed, g_object_ref (task));
}

static void
take_line (GTask *task, const char *line)
{
  Work *self = g_task_get_task_data (task);
  g_auto (GStrv) parts = g_utf8_validate (line, -1, NULL) ? g_strsplit (line, ":", 4) : NULL;
  const char *rest = strchr (line, ':');

  if (parts == NULL || rest == NULL)
    return;
  rest++;
  if (g_str_equal (parts[0], "dlstatus")) {
    tell_apt (self, parts, DOWNLOAD_BEGIN, INSTALL_BEGIN);
  } else if (g_str_equal (parts[0], "pmstatus")) {
    tell_apt (self, parts, INSTALL_BEGIN, 1.0);
  } else if (g_str_equal (parts[0], "progress") && strchr (rest, ':') != NULL) {
    tell_progress (self, g_ascii_strtod (rest, NULL) / 100, strchr (rest, ':') + 1);
  } else if (g_str_equal (parts[0], "record") && self->record->len < MAX_RECORD) {
    g_string_append_printf (self->record, "%s\n", rest);
  } else if (g_str_equal (parts[0], "layer")) {
    list_layer (task);
  } else if (g_str_equal (parts[0], "done")) {
    g_free (self->key);
    self->key = g_strdup (rest);
  } else if (g_str_equal (parts[0], "error") && strchr (rest, ':') != NULL) {
    g_clear_error (&self->error);
    self->error = error_of (parts[1], strchr (rest, ':') + 1);
  }
}

/* Takes what there is. Whether more can come. */
static gboolean
drain (GTask *task)
{
  Work *self = g_task_get_task_data (task);
  char chunk[4096];
  ssize_t got;

  while ((got = read (self->status, chunk, sizeof chunk)) > 0)
    for (ssize_t i = 0; i < got; i++) {
      if (chunk[i] != '\n' && self->line->len < MAX_LINE) {
        g_string_append_c (self->line, chunk[i]);
      } else if (chunk[i] == '\n') {
        take_line (task, self->line->str);
        g_string_truncate (self->line, 0);
      }
    }
  return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static gboolean
on_status (int fd, GIOCondition condition, gpointer data)
{
  GTask *task = data;
  Work *self = g_task_get_task_data (task);

  if (drain (task))
    return G_SOURCE_CONTINUE;
  self->source = 0;
  return G_SOURCE_REMOVE;
}

/* --- the end ----------------------------------------------------------------------------------------------- */

static void
finish (GTask *task, GError *problem)
{
  Work *self = g_task_get_task_data (task);

  if (self->ended) {
    g_clear_error (&problem);
    return;
  }
  self->ended = TRUE;
  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_signal_handler (&self->on_exited, self->view);
  g_clear_signal_handler (&self->on_gone, self->view);
  if (self->on_cancelled != 0)
    g_signal_handler_disconnect (self->cancellable, self->on_cancelled);
  drain (task);
  if (self->error == NULL)
    self->error = g_steal_pointer (&problem);
  g_clear_error (&problem);
  if (self->error != NULL)
    g_task_return_error (task, g_steal_pointer (&self->error));
  else
    g_task_return_pointer (task, g_steal_pointer (&self->key), g_free);
  g_object_unref (task);
}

static GError *
closed_meanwhile (void)
{
  return dmc_error_new (DMC_ERROR_CANCELLED, "Open the workspace, and begin again.", "The workspace was closed meanwhile.");
}

static void
on_exited (DmcView *view, int pid, int wait_status, gpointer data)
{
  GTask *task = data;
  Work *self = g_task_get_task_data (task);
  GError *problem = NULL;

  if (pid != self->pid)
    return;
  drain (task);
  if (wait_status != 0 && dmc_view_is_closing (view)) {
    g_clear_error (&self->error); /* whatever the closing made fail */
    problem = closed_meanwhile ();
  } else if (wait_status != 0 || self->key == NULL)
    problem = g_cancellable_is_cancelled (self->cancellable)
                  ? error_of ("cancelled", "The work was cancelled.")
                  : error_of ("io", "The installation ended without saying why.");
  finish (task, problem);
}

static void
on_gone (DmcView *view, gpointer data)
{
  finish (data, closed_meanwhile ());
}

/* The script takes back what it has begun, and then ends. A signal's handler must not be disconnected while it runs. */
static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  Work *self = data;

  dmc_view_signal (self->view, self->pid, SIGTERM, NULL);
}

/* --- one at a time ----------------------------------------------------------------------------------------- */

#define BUSY "agent-package-work"

/* Whether somebody works on its programs. */
gboolean
package_work_is_claimed (AgentWorkspace *workspace)
{
  return g_object_get_data (G_OBJECT (workspace), BUSY) != NULL;
}

/**
 * package_work_claim:
 * @workspace: an open workspace
 * @error: %DMC_ERROR_STATE (data "state": "installing")
 *
 * Returns: whether nobody else works on its programs; then nobody else can until package_work_release()
 */
gboolean
package_work_claim (AgentWorkspace *workspace, GError **error)
{
  if (!package_work_is_claimed (workspace)) {
    g_object_set_data (G_OBJECT (workspace), BUSY, workspace);
    return TRUE;
  }
  g_propagate_error (error, dmc_error_new (DMC_ERROR_STATE, "Wait for it, or cancel its job.",
                                           "Something is being installed in or removed from this workspace already."));
  dmc_error_set_data (*error, "state", json_node_init_string (json_node_alloc (), "installing"));
  return FALSE;
}

void
package_work_release (AgentWorkspace *workspace)
{
  g_object_set_data (G_OBJECT (workspace), BUSY, NULL);
}

/* --- the beginning ----------------------------------------------------------------------------------------- */

static void
on_launched (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Work *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!dmc_view_launch_finish (self->view, result, &self->pid, NULL, &error)) {
    finish (task, error);
    return;
  }
  self->on_exited = g_signal_connect (self->view, "exited", G_CALLBACK (on_exited), task);
  self->on_gone = g_signal_connect (self->view, "gone", G_CALLBACK (on_gone), task);
  self->source = g_unix_fd_add (self->status, G_IO_IN | G_IO_HUP, on_status, task);
  if (self->cancellable == NULL)
    return;
  if (g_cancellable_is_cancelled (self->cancellable))
    on_cancelled (self->cancellable, self);
  else
    self->on_cancelled = g_signal_connect (self->cancellable, "cancelled", G_CALLBACK (on_cancelled), self);
}

static GStrv
command_of (const char *const *arguments)
{
  g_autoptr (GBytes) script = g_resources_lookup_data (SCRIPT, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  g_strv_builder_add_many (words, "/bin/sh", "-c", (const char *) g_bytes_get_data (script, NULL), "install", NULL);
  g_strv_builder_addv (words, (const char **) arguments);
  return g_strv_builder_end (words);
}

/* The script's descriptors from 3 on, for it, and our ends of them. */
static gboolean
open_ends (Work *self, int file, int fds[3], GError **error)
{
  int status[2], list[2];

  if (!g_unix_open_pipe (status, FD_CLOEXEC, error))
    return FALSE;
  self->status = status[0];
  fds[0] = status[1];
  if (!g_unix_open_pipe (list, FD_CLOEXEC, error))
    return FALSE;
  self->list = list[1];
  fds[2] = list[0];
  fds[1] = file >= 0 ? fcntl (file, F_DUPFD_CLOEXEC, 3) : open ("/dev/null", O_RDONLY | O_CLOEXEC);
  return g_unix_set_fd_nonblocking (self->status, TRUE, error);
}

/**
 * package_work_async:
 * @view: an open view; the file install.log of its workspace takes what the programs say
 * @arguments: for install.sh
 * @file: descriptor 4 of the script; -1 for none. The caller keeps its own
 * @layer: the workspace's own layer, of which the script gets a list when it asks; -1 where it does not. The caller keeps its own
 * @job: (nullable): told how far it is
 * @cancellable: (nullable): the work ends, and what it did is taken back
 * @callback: called when the script has ended
 * @user_data: for @callback
 *
 * Installs or removes programs in a workspace. Errors: those of install.sh, and DMC_ERROR_IO, DMC_ERROR_CANCELLED.
 */
void
package_work_async (DmcView *view, const char *const *arguments, int file, int layer, DmcJob *job,
                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  g_auto (GStrv) command = command_of (arguments);
  Work *self = g_new0 (Work, 1);
  int fds[] = { -1, -1, -1 };
  GError *error = NULL;

  g_task_set_source_tag (task, package_work_async);
  g_task_set_task_data (task, self, (GDestroyNotify) work_free);
  self->view = g_object_ref (view);
  self->job = job != NULL ? g_object_ref (job) : NULL;
  self->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  self->line = g_string_new (NULL);
  self->record = g_string_new (NULL);
  self->status = self->list = -1;
  self->layer = layer >= 0 ? fcntl (layer, F_DUPFD_CLOEXEC, 3) : -1;
  if (open_ends (self, file, fds, &error))
    dmc_view_launch_logged_async (view, (const char *const *) command, NULL, "/", "install.log", fds, G_N_ELEMENTS (fds), NULL,
                                  on_launched, task);
  else
    finish (task, error);
  for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
    clear_fd (&fds[i]);
}

/**
 * package_work_finish:
 * @record: (out) (transfer full) (optional): the record of what was exported, as app_record_parse() takes it
 *
 * Returns: (transfer full) (nullable): the key of the app that it was about
 */
char *
package_work_finish (GAsyncResult *result, char **record, GError **error)
{
  Work *self = g_task_get_task_data (G_TASK (result));

  if (record != NULL)
    *record = g_strdup (self->record->str);
  return g_task_propagate_pointer (G_TASK (result), error);
}
