/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-view"

#include "launcher/view.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <linux/openat2.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/channel.h"
#include "helper/fault.h"
#include "launcher/names.h"
#include "launcher/process-list.h"
#include "launcher/view-private.h"

/* Beyond the grace that the caller gives: how long pid 1 may take to kill, reap and end. */
enum { KILL_MARGIN_MS = 5000 };

/* A message that pid 1 has not taken yet. */
typedef struct {
  GBytes  *bytes;
  int      fds[WIRE_MAX_FDS];
  unsigned n_fds;
} Outgoing;

enum { SIGNAL_EXITED, SIGNAL_GONE, N_SIGNALS };
static guint view_signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DmcView, dmc_view, G_TYPE_OBJECT)

static void
outgoing_free (Outgoing *outgoing)
{
  g_bytes_unref (outgoing->bytes);
  wire_close_fds (outgoing->fds, outgoing->n_fds);
  g_free (outgoing);
}

static void
clear_source (guint *source)
{
  if (*source != 0)
    g_source_remove (*source);
  *source = 0;
}

static void
release (DmcView *self)
{
  view_refresh_leave (self);
  clear_source (&self->control_source);
  clear_source (&self->writable_source);
  clear_source (&self->pidfd_source);
  clear_source (&self->kill_source);
  g_queue_clear_full (&self->outgoing, (GDestroyNotify) outgoing_free);
  view_release (&self->handle);
  if (self->reduced && self->channel >= 0)
    close (self->channel);
  self->channel = -1;
}

static void
dmc_view_finalize (GObject *object)
{
  DmcView *self = DMC_VIEW (object);

  release (self);
  if (self->launcher > 0)
    waitpid (self->launcher, NULL, 0); /* its socket is closed: it kills what it started and ends */
  g_clear_object (&self->vault);
  g_clear_pointer (&self->held, g_array_unref);
  g_clear_pointer (&self->pending, g_hash_table_unref);
  g_free (self->user);
  g_free (self->hostname);
  g_free (self->xauthority);
  g_free (self->rules);
  wire_close_fds (self->bindings.network, 2);
  wire_close_fds (self->bindings.shared, self->bindings.n_shared);
  G_OBJECT_CLASS (dmc_view_parent_class)->finalize (object);
}

static void
dmc_view_class_init (DmcViewClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_view_finalize;
  view_signals[SIGNAL_EXITED] = g_signal_new ("exited", DMC_TYPE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                              G_TYPE_NONE, 2, G_TYPE_INT, G_TYPE_INT);
  view_label_add_signals (klass);
  view_signals[SIGNAL_GONE] = g_signal_new ("gone", DMC_TYPE_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                            G_TYPE_NONE, 0);
}

static void
dmc_view_init (DmcView *self)
{
  self->handle = (struct view_handle){ -1, -1, -1, -1 };
  self->channel = self->image = -1;
  self->bindings.network[0] = self->bindings.network[1] = -1;
  self->pending = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  g_queue_init (&self->outgoing);
}

/* --- talking to pid 1 --- */

/* Returns FALSE when the socket takes no more now. */
static gboolean
send_first (DmcView *self)
{
  Outgoing *first = g_queue_peek_head (&self->outgoing);
  gsize size;
  gconstpointer data = g_bytes_get_data (first->bytes, &size);

  if (wire_send (self->handle.control, data, size, first->fds, first->n_fds, MSG_DONTWAIT) != 0 && errno == EAGAIN)
    return FALSE;
  /* Any other failure means that pid 1 is ending; its pidfd will tell. */
  outgoing_free (g_queue_pop_head (&self->outgoing));
  return TRUE;
}

static gboolean
on_writable (int fd, GIOCondition condition, gpointer data)
{
  DmcView *self = data;

  while (!g_queue_is_empty (&self->outgoing))
    if (!send_first (self))
      return G_SOURCE_CONTINUE;
  self->writable_source = 0;
  return G_SOURCE_REMOVE;
}

/* Takes @fds over. */
void
view_send (DmcView *self, gconstpointer data, gsize size, const int *fds, unsigned n_fds)
{
  Outgoing *outgoing = g_new0 (Outgoing, 1);

  outgoing->bytes = g_bytes_new (data, size);
  outgoing->n_fds = n_fds;
  for (unsigned i = 0; i < n_fds; i++)
    outgoing->fds[i] = fds[i];
  g_queue_push_tail (&self->outgoing, outgoing);
  if (self->writable_source == 0 && on_writable (self->handle.control, G_IO_OUT, self) == G_SOURCE_CONTINUE)
    self->writable_source = g_unix_fd_add (self->handle.control, G_IO_OUT, on_writable, self);
}

static GError *
unsupported_label (int error_number, const char *program)
{
  g_autofree char *text = g_strdup_printf ("%s was not started, because it could not be confined as its label says: %s.",
                                           program, g_strerror (error_number));

  return unsupported_error (error_number == EOPNOTSUPP || error_number == ENOSYS ? "landlock" : "label",
                            "Look at its label and at the places of that label on the Policy page.", text);
}

static GError *
launch_error (const struct init_message *message, const char *program)
{
  const struct wire_fault fault = { .error = message->value };
  g_autoptr (GError) plain = NULL;

  if (message->value == ESHUTDOWN)
    return dmc_error_new (DMC_ERROR_STATE, NULL, "The workspace is closing; %s was not started.", program);
  if (message->pid == LAUNCH_FAILED_EXEC && (message->value == ENOENT || message->value == ENOTDIR))
    return dmc_error_new (DMC_ERROR_NOT_FOUND, NULL, "There is no program %s in the workspace.", program);
  if (message->pid == LAUNCH_FAILED_LABEL)
    return unsupported_label (message->value, program);
  if (message->pid == LAUNCH_FAILED_CWD)
    return dmc_error_new (DMC_ERROR_NOT_FOUND, NULL, "The directory that %s shall start in cannot be entered: %s.",
                          program, g_strerror (message->value));
  if (message->value == EACCES || message->value == EPERM || message->value == ENOEXEC)
    return dmc_error_new (DMC_ERROR_DENIED, NULL, "%s is not a program that can be run: %s.", program,
                          g_strerror (message->value));
  plain = fault_to_error (&fault);
  return g_error_matches (plain, DMC_ERROR, DMC_ERROR_RESOURCE)
             ? g_steal_pointer (&plain)
             : dmc_error_new (DMC_ERROR_IO, NULL, "%s could not be started: %s.", program, g_strerror (message->value));
}

typedef struct {
  int pid, host_pid;
} Launched;

GTask *
view_take_pending (DmcView *self, guint32 serial, gboolean launch)
{
  GTask *task = g_hash_table_lookup (self->pending, GUINT_TO_POINTER (serial));

  if (task == NULL || (g_task_get_source_tag (task) == view_launch) != launch)
    return NULL;
  g_hash_table_steal (self->pending, GUINT_TO_POINTER (serial));
  return task;
}

static void
on_launched (DmcView *self, const struct init_message *message, int pidfd)
{
  g_autoptr (GTask) task = view_take_pending (self, message->serial, TRUE);
  Launched *launched;

  if (task == NULL)
    return;
  if (message->pid < 0)
    g_task_return_error (task, launch_error (message, g_task_get_task_data (task)));
  else {
    launched = g_new0 (Launched, 1);
    launched->pid = message->pid;
    launched->host_pid = pidfd_get_host_pid (pidfd);
    g_task_return_pointer (task, launched, g_free);
  }
}

typedef struct {
  DmcView *view;
  int      pid, status;
} Exit;

static gboolean
emit_exited (gpointer data)
{
  Exit *ended = data;

  g_signal_emit (ended->view, view_signals[SIGNAL_EXITED], 0, ended->pid, ended->status);
  g_object_unref (ended->view);
  g_free (ended);
  return G_SOURCE_REMOVE;
}

static gboolean
on_control (int fd, GIOCondition condition, gpointer data)
{
  DmcView *self = data;
  struct {
    struct init_message head;
    char                text[4096];
  } received;
  const struct init_message *message = &received.head;
  int fds[WIRE_MAX_FDS];
  unsigned n_fds;
  long length = wire_receive (fd, &received, sizeof received, fds, &n_fds, MSG_DONTWAIT);

  if (length < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;
  if (length < (long) sizeof *message) {
    self->control_source = 0; /* pid 1 is ending; its pidfd tells when it has */
    wire_close_fds (fds, n_fds);
    return G_SOURCE_REMOVE;
  }
  if (message->verb == INIT_LAUNCHED)
    on_launched (self, message, n_fds > 0 ? fds[0] : -1);
  else if (message->verb == INIT_EXITED) {
    Exit *ended = g_new0 (Exit, 1);

    /* After the launch has been told, which may wait for the loop to come round. */
    *ended = (Exit){ g_object_ref (self), message->pid, message->value };
    g_idle_add_full (G_PRIORITY_DEFAULT, emit_exited, ended, NULL);
  } else
    view_label_hear (self, message, received.text, (gsize) length - sizeof *message);
  wire_close_fds (fds, n_fds);
  return G_SOURCE_CONTINUE;
}

void
view_watch_control (DmcView *self)
{
  self->control_source = g_unix_fd_add (self->handle.control, G_IO_IN, on_control, self);
}

/* --- the end --- */

void
view_fail_pending (DmcView *self)
{
  g_autoptr (GHashTable) pending = g_steal_pointer (&self->pending);
  GHashTableIter iter;
  gpointer task;

  self->pending = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  g_hash_table_iter_init (&iter, pending);
  while (g_hash_table_iter_next (&iter, NULL, &task))
    g_task_return_error (task, dmc_error_new (DMC_ERROR_STATE, NULL, "The workspace was closed before %s was started.",
                                              (const char *) g_task_get_task_data (task)));
}

static void
confirm_closed (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  DmcView *self = source;
  struct helper_request request = { 0 };
  struct helper_reply reply;
  struct wire_fault fault = { 0 };
  int fds[WIRE_MAX_FDS], folder = dmc_vault_get_root_fd (self->vault);

  if (self->launcher > 0)
    waitpid (self->launcher, NULL, 0);
  self->launcher = 0;
  if (!self->reduced
      && channel_call (dmc_helper_get_fd (dmc_vault_get_helper (self->vault)), &request, HELPER_VIEW_CLOSE, NULL, 0,
                       &reply, fds, 0, &fault) != 0)
    g_task_return_error (task, fault_to_error (&fault));
  else if (folder >= 0 && syncfs (folder) != 0)
    g_task_return_error (task, dmc_error_new (DMC_ERROR_IO, "Do not remove the medium.",
                                              "Not everything could be written back to the medium: %s.",
                                              g_strerror (errno)));
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
on_pidfd (int fd, GIOCondition condition, gpointer data)
{
  g_autoptr (DmcView) self = g_object_ref (data);
  g_autoptr (GTask) closing = NULL;

  self->pidfd_source = 0;
  while (self->control_source != 0 && on_control (self->handle.control, G_IO_IN, self) == G_SOURCE_CONTINUE) {
    struct pollfd polled = { self->handle.control, POLLIN, 0 };

    if (poll (&polled, 1, 0) <= 0)
      break;
  }
  self->gone = TRUE;
  release (self);
  view_fail_pending (self);
  closing = g_steal_pointer (&self->closing);
  g_signal_emit (self, view_signals[SIGNAL_GONE], 0);
  if (closing != NULL)
    g_task_run_in_thread (closing, confirm_closed);
  return G_SOURCE_REMOVE;
}

static gboolean
on_kill_time (gpointer data)
{
  DmcView *self = data;
  struct helper_request request = { .magic = WIRE_MAGIC, .verb = HELPER_VIEW_KILL };

  self->kill_source = 0;
  g_warning ("pid 1 of workspace %s does not end; it is killed", self->hostname);
  if (self->reduced)
    kill (self->launcher, SIGKILL);
  else {
    DmcHelper *helper = dmc_vault_get_helper (self->vault);
    struct helper_reply reply;

    /* The answer says nothing more than the pidfd will; it is taken off the socket before the next question. */
    if (wire_send (dmc_helper_get_fd (helper), &request, sizeof request, NULL, 0, 0) == 0)
      (void) !recv (dmc_helper_get_fd (helper), &reply, sizeof reply, 0);
  }
  return G_SOURCE_REMOVE;
}

void
dmc_view_close_async (DmcView *self, guint grace_ms, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  struct init_message message = { .verb = INIT_TERMINATE, .value = (int) MIN (grace_ms, G_MAXINT) };

  g_task_set_source_tag (task, dmc_view_close_async);
  if (self->closing != NULL) {
    g_task_return_error (task, dmc_error_new (DMC_ERROR_STATE, NULL, "The workspace is closing already."));
    return;
  }
  if (self->gone) {
    g_task_run_in_thread (task, confirm_closed);
    return;
  }
  self->closing = g_steal_pointer (&task);
  view_send (self, &message, sizeof message, NULL, 0);
  self->kill_source = g_timeout_add (MIN (grace_ms, G_MAXUINT - KILL_MARGIN_MS) + KILL_MARGIN_MS, on_kill_time, self);
}

gboolean
dmc_view_close_finish (DmcView *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- opening --- */

static gboolean
make_network (DmcView *self, struct wire_fault *fault)
{
  const int *within = dmc_vault_get_namespaces (self->vault);

  return self->network == DMC_VIEW_NETWORK_HOST || self->bindings.network[0] >= 0
         || network_open (self->reduced && within != NULL ? within[0] : -1, self->bindings.network, fault) == 0;
}

static void
open_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  DmcView *self = task_data;
  struct helper_request request = {
    .flags = (self->display ? VIEW_DISPLAY : 0) | (self->isolated ? VIEW_ISOLATED : 0)
             | (self->suspendable ? VIEW_SUSPENDABLE : 0) | (self->carried ? VIEW_CARRIED : 0)
             | (self->network == DMC_VIEW_NETWORK_NAT ? VIEW_NAT : 0),
  };
  struct wire_fault fault = { 0 };
  DmcHelper *helper = dmc_vault_get_helper (self->vault);
  gboolean held = helper != NULL && dmc_vault_get_kind (self->vault) == DMC_VAULT_LUKS; /* by the helper */
  int folder = held ? -1 : dmc_vault_get_root_fd (self->vault);
  int file = self->image >= 0            ? self->image
             : self->xauthority != NULL ? open (self->xauthority, O_RDONLY | O_CLOEXEC)
                                        : -1,
      result = -1;

  g_strlcpy (request.hostname, self->hostname, sizeof request.hostname);
  g_strlcpy (request.user, self->user, sizeof request.user);
  if (self->rules != NULL)
    memcpy (request.rules, self->rules, sizeof request.rules);
  self->channel = helper != NULL ? dmc_helper_get_fd (helper) : launcher_start (&self->launcher, &fault);
  if (self->channel >= 0 && make_network (self, &fault))
    result = view_open (self->channel, &request, folder, dmc_vault_get_namespaces (self->vault), &self->bindings, file, self->image >= 0, &self->handle,
                        &fault);
  if (file >= 0)
    close (file);
  self->image = -1;
  if (result == 0)
    g_task_return_pointer (task, g_object_ref (self), g_object_unref);
  else
    g_task_return_error (task, fault_to_error (&fault));
}

static char *
make_hostname (const char *name)
{
  char *hostname = g_strndup (name, WIRE_NAME_MAX - 1);

  g_strcanon (hostname, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-", '-');
  while (*hostname == '-')
    memmove (hostname, hostname + 1, strlen (hostname));
  while (*hostname != '\0' && hostname[strlen (hostname) - 1] == '-')
    hostname[strlen (hostname) - 1] = '\0';
  if (*hostname != '\0')
    return hostname;
  g_free (hostname);
  return g_strdup ("workspace");
}

/* As the wire has them. */
static void
take_bindings (DmcView *self, const DmcViewConfig *config)
{
  gsize used = 0;

  self->network = config->network;
  for (guint i = 0; config->made_network != NULL && i < 2; i++)
    self->bindings.network[i] = fcntl (config->made_network[i], F_DUPFD_CLOEXEC, 3);
  for (guint i = 0; i < MIN (config->n_shared, G_N_ELEMENTS (self->bindings.shared)); i++)
    self->bindings.shared[self->bindings.n_shared++] = fcntl (config->shared[i], F_DUPFD_CLOEXEC, 3);
  if (config->rules == NULL)
    return;
  self->rules = g_malloc0 (WIRE_RULES_MAX);
  for (gsize i = 0; config->rules[i] != NULL; i++) {
    gsize length = strlen (config->rules[i]) + 1;

    self->rules_too_long = self->rules_too_long || length >= WIRE_RULES_MAX - used;
    if (self->rules_too_long)
      return;
    memcpy (self->rules + used, config->rules[i], length);
    used += length;
  }
}

void
dmc_view_open_async (const DmcViewConfig *config, GCancellable *cancellable, GAsyncReadyCallback callback,
                     gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  DmcView *self = g_object_new (DMC_TYPE_VIEW, NULL);

  self->vault = g_object_ref (config->vault);
  self->reduced = dmc_vault_get_helper (config->vault) == NULL;
  self->display = config->display;
  self->isolated = config->isolated;
  self->suspendable = config->suspendable && !self->reduced;
  self->carried = config->carried;
  self->image = config->image > 0 ? fcntl (config->image, F_DUPFD_CLOEXEC, 3) : -1;
  /* A login name may be in any script; a directory that old programs meet had better not be. */
  self->user = g_strdup (name_is_valid (config->user, WIRE_NAME_MAX) ? config->user : "user");
  self->hostname = make_hostname (config->name);
  self->xauthority = config->display ? g_strdup (config->xauthority) : NULL;
  take_bindings (self, config);
  g_task_set_source_tag (task, dmc_view_open_async);
  g_task_set_task_data (task, self, g_object_unref);
  if (self->rules_too_long || config->n_shared > G_N_ELEMENTS (self->bindings.shared)) {
    g_task_return_error (task, dmc_error_new (DMC_ERROR_RESOURCE, "Have fewer of them.", "The workspace has too many rules for paths."));
    return;
  }
  /* An open that nobody waits for any more must not leave a view behind. */
  g_task_set_return_on_cancel (task, FALSE);
  g_task_run_in_thread (task, open_in_thread);
}

DmcView *
dmc_view_open_finish (GAsyncResult *result, GError **error)
{
  DmcView *self = g_task_propagate_pointer (G_TASK (result), error);

  if (self == NULL)
    return NULL;
  view_watch_control (self);
  view_refresh_follow (self);
  self->pidfd_source = g_unix_fd_add (self->handle.pidfd, G_IO_IN, on_pidfd, self);
  return self;
}

/* --- programs --- */

void
view_launch (GTask *task, struct launch_text *text, const int *fds, guint n_fds)
{
  DmcView *self = g_task_get_source_object (task);
  g_autofree char *buffer = g_malloc (WIRE_LAUNCH_MAX);
  g_autofree char *home = g_strconcat ("/home/", self->user, NULL);
  g_auto (GStrv) own = text->envp == NULL ? dmc_view_get_environ (self) : NULL;
  int copies[WIRE_MAX_FDS];
  gsize length;

  g_task_set_source_tag (task, view_launch);
  g_task_set_task_data (task, g_utf8_make_valid (text->argv[0], -1), g_free);
  if (self->gone || self->closing != NULL || self->control_source == 0) {
    g_task_return_error (task, dmc_error_new (DMC_ERROR_STATE, NULL, "The workspace is closed or being suspended; %s was not "
                                              "started.", text->argv[0]));
    g_object_unref (task);
    return;
  }
  text->serial = ++self->last_serial;
  text->cwd = text->cwd != NULL ? text->cwd : home;
  text->envp = text->envp != NULL ? text->envp : (const char *const *) own;
  length = launch_pack (buffer, WIRE_LAUNCH_MAX, text);
  if (length == 0) {
    g_task_return_error (task, dmc_error_new (DMC_ERROR_RESOURCE, "Give it fewer files at once.",
                                              "The arguments of %s are too long.", text->argv[0]));
    g_object_unref (task);
    return;
  }
  for (guint i = 0; i < n_fds; i++)
    copies[i] = fcntl (fds[i], F_DUPFD_CLOEXEC, 3);
  g_hash_table_insert (self->pending, GUINT_TO_POINTER (self->last_serial), task);
  view_send (self, buffer, length, copies, n_fds);
}

void
dmc_view_launch_async (DmcView *self, const char *const *argv, const char *const *env, const char *cwd, const int *fds,
                       guint n_fds, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  struct launch_text text = { .cwd = cwd, .argv = argv, .envp = env };

  g_return_if_fail (argv != NULL && argv[0] != NULL && n_fds <= 16);
  view_launch (task, &text, fds, n_fds);
}

void
dmc_view_launch_logged_async (DmcView *self, const char *const *argv, const char *const *env, const char *cwd,
                              const char *log, const int *fds, guint n_fds, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  struct launch_text text = { .first_fd = 3, .cwd = cwd, .log = log, .argv = argv, .envp = env };

  g_return_if_fail (argv != NULL && argv[0] != NULL && n_fds <= 13);
  view_launch (task, &text, fds, n_fds);
}

gboolean
dmc_view_launch_finish (DmcView *self, GAsyncResult *result, int *pid, int *host_pid, GError **error)
{
  g_autofree Launched *launched = g_task_propagate_pointer (G_TASK (result), error);

  if (launched == NULL)
    return FALSE;
  *pid = launched->pid;
  if (host_pid != NULL)
    *host_pid = launched->host_pid;
  return TRUE;
}

gboolean
view_check_open (DmcView *self, GError **error)
{
  if (!self->gone)
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_STATE, NULL, "The workspace is closed."));
  return FALSE;
}

GPtrArray *
dmc_view_list_processes (DmcView *self, GError **error)
{
  return view_check_open (self, error) ? process_list_below (self->handle.pid) : NULL;
}

gboolean
dmc_view_signal (DmcView *self, int pid, int sig, GError **error)
{
  struct init_message message = { .verb = INIT_SIGNAL, .pid = pid, .value = sig };
  g_autoptr (GPtrArray) list = dmc_view_list_processes (self, error);
  gboolean found = pid == -1;

  if (list == NULL)
    return FALSE;
  for (guint i = 0; i < list->len && !found; i++)
    found = ((DmcProcess *) g_ptr_array_index (list, i))->pid == pid;
  if (!found) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND, NULL, "There is no process %d in the workspace.", pid));
    return FALSE;
  }
  view_send (self, &message, sizeof message, NULL, 0);
  return TRUE;
}

/* --- what it is --- */

gboolean
dmc_view_is_closing (DmcView *self)
{
  return self->closing != NULL;
}

gboolean
dmc_view_is_reduced (DmcView *self)
{
  return self->reduced;
}

int
dmc_view_get_init_pid (DmcView *self)
{
  return self->handle.pid;
}

const int *
dmc_view_get_network (DmcView *self)
{
  return self->bindings.network[0] >= 0 ? self->bindings.network : NULL;
}

int
dmc_view_get_root_fd (DmcView *self)
{
  return self->handle.root;
}

static int
open_inside (DmcView *self, const char *path, int flags, GError **error)
{
  struct open_how how = { .flags = (guint64) (flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
  int fd, tries = 100;

  if (!view_check_open (self, error))
    return -1;
  do /* a mount or a rename somewhere on the host has crossed a ".." of a link's; or a program inside holds the file */
    fd = (int) syscall (SYS_openat2, self->handle.root, path, &how, sizeof how);
  while (fd < 0 && errno == EAGAIN && --tries > 0);
  if (fd < 0)
    g_propagate_error (error, dmc_error_new (errno == ENOENT ? DMC_ERROR_NOT_FOUND : DMC_ERROR_IO, NULL,
                                             "%s in the workspace cannot be read: %s.", path, g_strerror (errno)));
  return fd;
}

int
dmc_view_open_file (DmcView *self, const char *path, GError **error)
{
  return open_inside (self, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, error);
}

int
dmc_view_open_path (DmcView *self, const char *path, GError **error)
{
  return open_inside (self, path, O_PATH, error);
}

int
dmc_view_connect (DmcView *self, const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int place = dmc_view_open_path (self, path, error);
  int fd = place >= 0 ? socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;

  if (place < 0)
    return -1;
  g_snprintf (address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d", place);
  if (fd >= 0 && connect (fd, (struct sockaddr *) &address, sizeof address) != 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "“%s” in the workspace does not answer: %s.", path, g_strerror (errno)));
    close (fd);
    fd = -1;
  }
  close (place);
  return fd;
}

char **
dmc_view_get_environ (DmcView *self)
{
  static const char *const passed[] = { "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME",
                                        "TZ", "DISPLAY" };
  g_autofree char *home = g_strconcat ("/home/", self->user, NULL);
  char **env = NULL;

  env = g_environ_setenv (env, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/games", TRUE);
  env = g_environ_setenv (env, "HOME", home, TRUE);
  env = g_environ_setenv (env, "USER", self->user, TRUE);
  env = g_environ_setenv (env, "LOGNAME", self->user, TRUE);
  env = g_environ_setenv (env, "SHELL", "/bin/bash", TRUE);
  env = g_environ_setenv (env, "XDG_RUNTIME_DIR", "/run/user/0", TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (passed); i++) {
    const char *value = g_getenv (passed[i]);

    if (value != NULL && (self->display || !g_str_equal (passed[i], "DISPLAY")))
      env = g_environ_setenv (env, passed[i], value, TRUE);
  }
  if (self->isolated && g_environ_getenv (env, "TZ") == NULL) { /* its /etc/localtime is not the host's */
    g_autoptr (GTimeZone) zone = g_time_zone_new_local ();

    env = g_environ_setenv (env, "TZ", g_time_zone_get_identifier (zone), TRUE);
  }
  if (self->xauthority != NULL)
    env = g_environ_setenv (env, "XAUTHORITY", "/run/user/0/xauthority", TRUE);
  return env;
}

gboolean
dmc_view_probe_reduced (GError **error)
{
  struct helper_request request = { 0 };
  struct helper_reply reply;
  struct wire_fault fault = { 0 };
  int fds[WIRE_MAX_FDS], result = -1;
  pid_t launcher = 0;
  int channel = launcher_start (&launcher, &fault);

  if (channel >= 0) {
    result = channel_call (channel, &request, HELPER_HELLO, NULL, 0, &reply, fds, 0, &fault);
    close (channel);
    waitpid (launcher, NULL, 0);
  }
  if (result == 0)
    return TRUE;
  g_propagate_error (error, fault.error == WIRE_NO_NAMESPACES
                                ? fault_to_error (&fault)
                                : unsupported_error ("user-namespaces", FAULT_NAMESPACES_HINT, fault.what));
  return FALSE;
}
