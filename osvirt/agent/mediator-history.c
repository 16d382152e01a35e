/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/mediator-private.h"
#include "policy-doc/history.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "storage/read-file.h"
#include "storage/replace-file.h"

#define HISTORY_FILE     "policy-history.json"
#define MAX_HISTORY_SIZE (1 << 20)

gboolean
mediator_history_load (AgentMediator *self, GError **error)
{
  int fd = openat (self->vault, "state/" HISTORY_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;
  gboolean read;
  gsize length;

  if (fd < 0 && errno == ENOENT)
    return TRUE; /* nothing has been accessed yet */
  read = fd >= 0 && read_fd (fd, MAX_HISTORY_SIZE, &text, &length, NULL);
  if (fd >= 0)
    close (fd);
  node = read ? dmc_json_parse (text, (gssize) length, NULL) : NULL;
  if (node == NULL) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Roll the workspace back to a snapshot.",
                                             "The history of what apps have accessed cannot be read, so no app with a label "
                                             "can be started."));
    return FALSE;
  }
  if (!dmc_policy_history_load (self->state, node, error))
    return FALSE;
  g_clear_pointer (&self->history, json_node_unref);
  self->history = g_steal_pointer (&node);
  return TRUE;
}

static gboolean
replace (int vault, const char *text, gsize length)
{
  int folder = open_folder_at (vault, "state"), saved;
  gboolean written = folder >= 0 && replace_file_at (folder, HISTORY_FILE, text, length);

  saved = errno;
  if (folder >= 0)
    close (folder);
  errno = saved;
  return written;
}

typedef struct {
  int vault;
  char *text;
} Save;

static void
save_free (Save *save)
{
  if (save->vault >= 0)
    close (save->vault);
  g_free (save->text);
  g_free (save);
}

static void
save_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Save *save = task_data;

  if (replace (save->vault, save->text, strlen (save->text)))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, dmc_error_new (DMC_ERROR_IO, "Free some space on the medium.",
                                              "What the app accesses could not be recorded in the vault: %s.", g_strerror (errno)));
}

void
mediator_history_save_async (AgentMediator *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  JsonNode *history = dmc_policy_history_save (self->state, self->history);
  Save *save = g_new0 (Save, 1);

  g_clear_pointer (&self->history, json_node_unref);
  self->history = history;
  save->vault = fcntl (self->vault, F_DUPFD_CLOEXEC, 3);
  save->text = dmc_json_print (history, NULL);
  g_task_set_source_tag (task, mediator_history_save_async);
  g_task_set_task_data (task, save, (GDestroyNotify) save_free);
  g_task_run_in_thread (task, save_in_thread);
  g_object_unref (task);
}

gboolean
mediator_history_save_finish (AgentMediator *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
