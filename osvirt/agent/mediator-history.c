/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/mediator-private.h"
#include "agent/vault-file.h"
#include "policy-doc/history.h"
#include "rpc/error.h"
#include "rpc/json.h"

#define HISTORY_FILE     "policy-history.json"
#define MAX_HISTORY_SIZE (1 << 20)

gboolean
mediator_history_load (AgentMediator *self, GError **error)
{
  g_autoptr (JsonNode) node = NULL;

  if (!vault_file_read (self->vault, HISTORY_FILE, MAX_HISTORY_SIZE, &node)) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Use another copy of the workspace.",
                                             "The history of what apps have accessed cannot be read, so no app with a label "
                                             "can be started."));
    return FALSE;
  }
  if (node == NULL)
    return TRUE; /* nothing has been accessed yet */
  if (!dmc_policy_history_load (self->state, node, error))
    return FALSE;
  g_clear_pointer (&self->history, json_node_unref);
  self->history = g_steal_pointer (&node);
  return TRUE;
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

  if (vault_file_replace (save->vault, HISTORY_FILE, save->text))
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
