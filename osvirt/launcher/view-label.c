/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of a view that is about programs with a label. */
#define G_LOG_DOMAIN "dmc-view"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "launcher/view-private.h"
#include "rpc/error.h"

enum { ASKED, LABEL_ENDED, N_SIGNALS };
static guint label_signals[N_SIGNALS];

void
view_label_add_signals (DmcViewClass *klass)
{
  label_signals[ASKED] = g_signal_new ("asked", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                       5, G_TYPE_UINT, G_TYPE_UINT, G_TYPE_INT, G_TYPE_UINT, G_TYPE_STRING);
  label_signals[LABEL_ENDED] = g_signal_new ("label-ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                             G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
on_placed (DmcView *self, const struct init_message *message)
{
  g_autoptr (GTask) task = view_take_pending (self, message->serial, FALSE);

  if (task == NULL)
    return;
  if (message->value == 0)
    g_task_return_boolean (task, TRUE);
  else if (message->value == ESRCH)
    g_task_return_error (task, dmc_error_new (DMC_ERROR_NOT_FOUND, NULL, "The program has ended."));
  else if (message->value == EBUSY)
    g_task_return_error (task, dmc_error_new (DMC_ERROR_STATE, NULL, "The program is using files there."));
  else
    g_task_return_error (task, dmc_error_new (DMC_ERROR_IO, NULL, "The program's view could not be changed: %s.",
                                              g_strerror (message->value)));
}

gboolean
view_label_hear (DmcView *self, const struct init_message *message, const char *text, gsize length)
{
  g_autofree char *valid = NULL;

  switch (message->verb) {
  case INIT_PLACED:
    on_placed (self, message);
    return TRUE;
  case INIT_ENDED:
    g_signal_emit (self, label_signals[LABEL_ENDED], 0, (guint) message->pid);
    return TRUE;
  case INIT_ASK:
    valid = g_utf8_make_valid (text, (gssize) strnlen (text, length)); /* whatever a program made up */
    g_signal_emit (self, label_signals[ASKED], 0, message->serial, (guint) message->pid, message->value, message->argc, valid);
    return TRUE;
  default:
    return FALSE;
  }
}

/* --- starting --- */

/* The label's rules and one "join" for each cgroup: (transfer container) */
static const char **
rules_of (const DmcViewLabel *label)
{
  GPtrArray *rules = g_ptr_array_new ();

  for (gsize i = 0; label->rules != NULL && label->rules[i] != NULL; i++)
    g_ptr_array_add (rules, (gpointer) label->rules[i]);
  for (guint i = 0; i < label->n_joins; i++)
    g_ptr_array_add (rules, (gpointer) "join");
  g_ptr_array_add (rules, NULL);
  return (const char **) g_ptr_array_free (rules, FALSE);
}

void
dmc_view_launch_labelled_async (DmcView *self, const char *const *argv, const char *const *env, const char *cwd, const char *log,
                                const DmcViewLabel *label, GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autofree const char **rules = rules_of (label);
  struct launch_text text = { .first_fd = 3, .cwd = cwd, .log = log, .argv = argv, .envp = env, .rules = rules };

  g_return_if_fail (argv != NULL && argv[0] != NULL && label->n_joins < WIRE_MAX_FDS);
  view_launch (task, &text, label->joins, label->n_joins);
}

/* --- while they run --- */

void
dmc_view_answer (DmcView *self, guint serial, int error_number)
{
  struct init_message message = { .verb = INIT_ANSWER, .serial = serial, .value = error_number };

  if (!self->gone)
    view_send (self, &message, sizeof message, NULL, 0);
}

/* Sends a request of @size bytes that pid 1 answers with INIT_PLACED; takes @mount over, if there is one. */
static void
request_placed_with (DmcView *self, GTask *task, struct init_message *message, gsize size, int mount)
{
  g_task_set_task_data (task, g_strdup ("the program"), g_free); /* named where the view ends first */
  if (self->gone) {
    g_task_return_error (task, dmc_error_new (DMC_ERROR_NOT_FOUND, NULL, "The workspace is closed."));
    g_object_unref (task);
    if (mount >= 0)
      close (mount);
    return;
  }
  message->serial = ++self->last_serial;
  g_hash_table_insert (self->pending, GUINT_TO_POINTER (message->serial), task);
  view_send (self, message, size, &mount, mount >= 0 ? 1 : 0);
}

static void
request_placed (DmcView *self, GTask *task, struct init_message *message)
{
  request_placed_with (self, task, message, sizeof *message, -1);
}

static void
request_named (DmcView *self, GTask *task, enum init_verb verb, const char *name, int mount)
{
  gsize size = sizeof (struct init_message) + strlen (name) + 1;
  g_autofree struct init_message *message = g_malloc0 (size);

  message->verb = verb;
  memcpy (message + 1, name, strlen (name) + 1);
  request_placed_with (self, task, message, size, mount);
}

void
dmc_view_mount_async (DmcView *self, const char *name, int mount, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, dmc_view_mount_async);
  request_named (self, task, INIT_MOUNT, name, fcntl (mount, F_DUPFD_CLOEXEC, 3));
}

void
dmc_view_unmount_async (DmcView *self, const char *name, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, dmc_view_unmount_async);
  request_named (self, task, INIT_UNMOUNT, name, -1);
}

gboolean
dmc_view_mount_finish (DmcView *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
dmc_view_set_place_async (DmcView *self, guint id, guint place, char level, GAsyncReadyCallback callback, gpointer user_data)
{
  struct init_message message = { .verb = INIT_PLACE, .pid = (int) id, .argc = place, .envc = (guchar) level };
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, dmc_view_set_place_async);
  request_placed (self, task, &message);
}

gboolean
dmc_view_set_place_finish (DmcView *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
dmc_view_ask_connections_async (DmcView *self, guint id, GAsyncReadyCallback callback, gpointer user_data)
{
  struct init_message message = { .verb = INIT_CONNECTIONS, .pid = (int) id };
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, dmc_view_ask_connections_async);
  request_placed (self, task, &message);
}

void
dmc_view_settle_async (DmcView *self, GAsyncReadyCallback callback, gpointer user_data)
{
  /* Pid 1 serves in order. No program has the id 0, so that nothing is done but to answer: one that is of an older
   * Domicile, because it was suspended, does that, too. */
  dmc_view_ask_connections_async (self, 0, callback, user_data);
}

gboolean
dmc_view_settle_finish (DmcView *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
dmc_view_ask_connections_finish (DmcView *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
dmc_view_kill_label (DmcView *self, guint id)
{
  struct init_message message = { .verb = INIT_KILL, .pid = (int) id, .value = SIGKILL };

  if (!self->gone)
    view_send (self, &message, sizeof message, NULL, 0);
}

void
dmc_view_join_label (DmcView *self, guint id, const int *joins, guint n_joins)
{
  struct init_message message = { .verb = INIT_JOIN, .pid = (int) id };
  int copies[WIRE_MAX_FDS];

  if (self->gone || n_joins == 0)
    return;
  for (guint i = 0; i < n_joins; i++)
    copies[i] = fcntl (joins[i], F_DUPFD_CLOEXEC, 3);
  view_send (self, &message, sizeof message, copies, n_joins);
}
