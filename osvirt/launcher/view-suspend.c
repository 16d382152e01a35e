/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-view"

#include "launcher/view-suspend.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "helper/channel.h"
#include "helper/fault.h"
#include "launcher/view-private.h"

/* A pid 1 that does not let go in this time never will. */
enum { DETACH_TIMEOUT_MS = 10000, MAX_TEXT = 16 * 1024 * 1024 };

typedef struct {
  ViewSuspendVerb verb;
  int             file;    /* -1 */
  int             control; /* after UNDO; -1 */
  GBytes         *text;
  GArray         *held;    /* of DETACH: ViewHeld */
} Call;

static void
close_held (gpointer element)
{
  wire_close_fds (((ViewHeld *) element)->fds, 2);
}

static void
call_free (Call *self)
{
  if (self->file >= 0)
    close (self->file);
  if (self->control >= 0)
    close (self->control);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_clear_pointer (&self->held, g_array_unref);
  g_free (self);
}

/* What is asked of the helper, and how many descriptors it answers with. */
static const struct {
  enum helper_verb verb;
  unsigned         n_fds;
} verbs[] = {
  [VIEW_SUSPEND_CHECK] = { HELPER_SUSPEND_CHECK, 1 }, [VIEW_SUSPEND_DUMP] = { HELPER_SUSPEND_DUMP, 0 },
  [VIEW_SUSPEND_TRY] = { HELPER_SUSPEND_TRY, 0 },     [VIEW_SUSPEND_FILES] = { HELPER_SUSPEND_FILES, 1 },
  [VIEW_SUSPEND_PACK] = { HELPER_SUSPEND_PACK, 0 },   [VIEW_SUSPEND_KEEP] = { HELPER_SUSPEND_KEEP, 0 },
  [VIEW_SUSPEND_UNDO] = { HELPER_SUSPEND_UNDO, 1 },
};

static GError *
make_error (const struct wire_fault *fault, int culprit)
{
  GError *error;

  if (fault->error != EBUSY)
    return fault_to_error (fault);
  error = dmc_error_new (DMC_ERROR_STATE, NULL, "Something in the workspace cannot be suspended: %s.", fault->what);
  dmc_error_set_data (error, "state", json_node_init_string (json_node_alloc (), "open"));
  if (culprit > 0)
    dmc_error_set_data (error, "culprit", json_node_init_int (json_node_alloc (), culprit));
  return error;
}

static GBytes *
read_text (int fd, GError **error)
{
  off_t size = lseek (fd, 0, SEEK_END);
  g_autofree char *text = size >= 0 && size <= MAX_TEXT ? g_malloc ((gsize) size + 1) : NULL;

  if (text != NULL && pread (fd, text, (size_t) size, 0) == size)
    return g_bytes_new_take (g_steal_pointer (&text), (gsize) size);
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The helper's answer cannot be read."));
  return NULL;
}

/* Pid 1 closes its end when it has let go, or says why it cannot. */
static gboolean
wait_detached (int control, GArray *held, GError **error)
{
  struct pollfd polled = { control, POLLIN, 0 };
  struct {
    struct init_message head;
    char                text[4096]; /* of a question that nobody answers any more */
  } received;
  const struct init_message *message = &received.head;

  while (poll (&polled, 1, DETACH_TIMEOUT_MS) > 0) {
    int fds[WIRE_MAX_FDS];
    unsigned n_fds = 0;
    long got = wire_receive (control, &received, sizeof received, fds, &n_fds, MSG_DONTWAIT);

    if (got == 0)
      return TRUE;
    if (got == (long) sizeof *message && message->verb == INIT_HELD && n_fds == 2) {
      const ViewHeld one = { message->pid, { fds[0], fds[1] } };

      g_array_append_val (held, one);
      continue;
    }
    if (got > 0)
      wire_close_fds (fds, n_fds);
    if (got == (long) sizeof *message && message->verb == INIT_DETACH) {
      g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "Pid 1 of the workspace cannot let go: %s.",
                                               g_strerror (message->value)));
      return FALSE;
    }
    /* An answer of ours that is not read any more resets the connection; what pid 1 has said is still to be heard. */
    if (got < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNRESET)
      break;
  }
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "Pid 1 of the workspace does not answer."));
  return FALSE;
}

static void
call_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  DmcView *self = source;
  Call *call = task_data;
  struct helper_request request = { 0 };
  struct helper_reply reply = { 0 };
  struct wire_fault fault = { 0 };
  int fds[WIRE_MAX_FDS] = { -1 };
  GError *error = NULL;

  if (call->verb == VIEW_SUSPEND_DETACH) {
    if (wait_detached (self->handle.control, call->held, &error))
      g_task_return_boolean (task, TRUE);
    else
      g_task_return_error (task, error);
    return;
  }
  if (channel_call (dmc_helper_get_fd (dmc_vault_get_helper (self->vault)), &request, verbs[call->verb].verb, &call->file,
                    call->file >= 0 ? 1 : 0, &reply, fds, verbs[call->verb].n_fds, &fault) != 0) {
    g_task_return_error (task, make_error (&fault, reply.pid));
    return;
  }
  if (call->verb == VIEW_SUSPEND_UNDO)
    call->control = fds[0];
  else if (verbs[call->verb].n_fds == 1) {
    call->text = read_text (fds[0], &error);
    close (fds[0]);
  }
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* From now on nobody else reads what pid 1 says. */
static void
begin_detach (DmcView *self)
{
  struct init_message message = { .verb = INIT_DETACH };

  if (self->control_source != 0)
    g_source_remove (self->control_source);
  self->control_source = 0;
  view_send (self, &message, sizeof message, NULL, 0);
  view_fail_pending (self);
}

void
dmc_view_suspend_call_async (DmcView *self, ViewSuspendVerb verb, int file, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Call *call = g_new0 (Call, 1);
  GError *error = NULL;

  call->verb = verb;
  call->control = -1;
  call->file = file >= 0 ? fcntl (file, F_DUPFD_CLOEXEC, 3) : -1;
  g_task_set_source_tag (task, dmc_view_suspend_call_async);
  g_task_set_task_data (task, call, (GDestroyNotify) call_free);
  g_task_set_check_cancellable (task, FALSE); /* what has been done must be known, to be undone */
  if (!view_check_open (self, &error)) {
    g_task_return_error (task, error);
    return;
  }
  if (verb == VIEW_SUSPEND_DETACH) {
    call->held = g_array_new (FALSE, FALSE, sizeof (ViewHeld));
    g_array_set_clear_func (call->held, close_held);
    begin_detach (self);
  }
  g_task_run_in_thread (task, call_in_thread);
}

/* Gives pid 1 back what it could not keep. */
static void
wake (DmcView *self)
{
  struct init_message message = { .verb = INIT_WAKE };

  for (guint i = 0; self->held != NULL && i < self->held->len; i++) {
    ViewHeld *held = &g_array_index (self->held, ViewHeld, i);

    message.pid = held->id;
    view_send (self, &message, sizeof message, held->fds, 2);
    held->fds[0] = held->fds[1] = -1;
  }
  g_clear_pointer (&self->held, g_array_unref);
  message.pid = 0;
  view_send (self, &message, sizeof message, NULL, 0);
}

/* Pid 1 has another owner's socket now; it is the old one that comes back. */
static gboolean
attach (DmcView *self, Call *call, GError **error)
{
  struct view_handle fresh = { -1, -1, -1, -1 };
  struct wire_fault fault = { 0 };

  fresh.control = g_steal_fd (&call->control);
  if (view_wait_ready (&fresh, &fault) != 0) {
    close (fresh.control);
    g_propagate_error (error, fault_to_error (&fault));
    return FALSE;
  }
  if (self->handle.control >= 0)
    close (self->handle.control);
  if (self->handle.root >= 0)
    close (self->handle.root);
  self->handle.control = fresh.control;
  self->handle.root = fresh.root;
  view_watch_control (self);
  wake (self);
  return TRUE;
}

gboolean
dmc_view_suspend_call_finish (DmcView *self, GAsyncResult *result, GBytes **text, GError **error)
{
  Call *call = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (call->verb == VIEW_SUSPEND_UNDO && !attach (self, call, error))
    return FALSE;
  if (call->verb == VIEW_SUSPEND_DETACH)
    self->held = g_steal_pointer (&call->held);
  if (call->verb == VIEW_SUSPEND_KEEP)
    g_clear_pointer (&self->held, g_array_unref);
  if (text != NULL)
    *text = g_steal_pointer (&call->text);
  return TRUE;
}

gboolean
dmc_view_is_suspendable (DmcView *self)
{
  return self->suspendable;
}

gboolean
dmc_view_is_carried (DmcView *self)
{
  return self->carried;
}
