/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Closing cannot be refused half way: a step that fails is noted and the rest is done all the same. What
 * is left in the end is looked for on the host itself and is in the result. */
#include "agent/workspace-close.h"

#include <fcntl.h>
#include <unistd.h>

#include "agent/app-actions.h"
#include "agent/bundle-links.h"
#include "agent/bundle-live.h"
#include "agent/host-traces.h"
#include "agent/open-mark.h"
#include "agent/suspend-store.h"
#include "apps/layer.h"
#include "rpc/error.h"
#include "rpc/json.h"

typedef struct {
  AgentWorkspace *workspace;
  DmcJob *job; /* nullable */
  GPtrArray *traces;
  guint grace_ms;
} Closing;

static void
closing_free (Closing *self)
{
  g_object_unref (self->workspace);
  g_clear_object (&self->job);
  g_ptr_array_unref (self->traces);
  g_free (self);
}

static void
progress (Closing *self, double fraction, const char *text)
{
  if (self->job != NULL)
    dmc_job_set_progress (self->job, fraction, text);
}

/* Of one that is closed because it had failed that is told already. */
static void
note_failure (Closing *self, const GError *error)
{
  g_message ("%s", error->message);
  if (agent_workspace_get_problem (self->workspace) == NULL)
    g_ptr_array_add (self->traces, g_strdup (error->message));
}

static JsonNode *
result_of (Closing *self)
{
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < self->traces->len; i++)
    json_array_add_string_element (list, g_ptr_array_index (self->traces, i));
  if (self->traces->len > 0)
    return dmc_json_node ("host_clean:a", list, NULL);
  json_array_unref (list);
  return dmc_json_node ("host_clean:b", TRUE, NULL);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Closing *self = g_task_get_task_data (task);
  g_autoptr (GPtrArray) found = host_traces_find_finish (result, NULL);

  for (guint i = 0; found != NULL && i < found->len; i++)
    g_ptr_array_add (self->traces, g_strdup (g_ptr_array_index (found, i)));
  agent_workspace_step (self->workspace, WORKSPACE_EVENT_DONE, NULL);
  g_task_return_pointer (task, result_of (self), (GDestroyNotify) json_node_unref);
  g_object_unref (task);
}

static void
on_vault_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Closing *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!dmc_vault_close_finish (DMC_VAULT (source), result, &error))
    note_failure (self, error);
  progress (self, 0.9, "Looking whether the host is as it was");
  agent_workspace_detach (self->workspace); /* drops the last reference, which ends what a failure left */
  host_traces_find_async (agent_workspace_steal_traces (self->workspace), on_looked, task);
}

static void
on_unhidden (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Closing *self = g_task_get_task_data (task);

  layer_unhide_finish (result);
  if (dmc_vault_get_ended (agent_workspace_get_vault (self->workspace)) == NULL) /* else the next opening shall know */
    open_mark_clear (dmc_vault_get_root_fd (agent_workspace_get_vault (self->workspace)));
  dmc_vault_close_async (agent_workspace_get_vault (self->workspace), NULL, on_vault_closed, task);
}

static void
on_remembered (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Closing *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  int layer;

  if (!agent_launchpad_save_finish (result, &error))
    g_message ("%s", error->message);
  layer = layer_open (dmc_vault_get_root_fd (agent_workspace_get_vault (self->workspace)));
  layer_unhide_async (layer, agent_workspace_get_layer_below (self->workspace, dmc_view_is_reduced (agent_workspace_get_view (self->workspace))), on_unhidden,
                      task);
  if (layer >= 0)
    close (layer);
}

static void
on_view_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Closing *self = g_task_get_task_data (task);
  const int root = dmc_vault_get_root_fd (agent_workspace_get_vault (self->workspace));
  g_autoptr (GError) error = NULL;

  if (!dmc_view_close_finish (DMC_VIEW (source), result, &error))
    note_failure (self, error);
  bundle_live_end (DMC_VIEW (source));
  if (suspend_store_find (root) == 0) /* what is suspended goes on with the links that it had */
    bundle_links_remove_all (root);
  progress (self, 0.5, "Writing everything back");
  agent_launchpad_save_async (agent_workspace_get_launchpad (self->workspace), on_remembered, task);
}

static void
on_actions_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Closing *self = g_task_get_task_data (task);

  app_actions_finish (result, NULL);
  dmc_view_close_async (agent_workspace_get_view (self->workspace), self->grace_ms, NULL, on_view_closed, task);
}

/**
 * workspace_close_async:
 * @workspace: a workspace in state closing
 * @grace_ms: how long its programs may take to end, milliseconds
 * @job: (nullable): where to show the progress
 * @callback: called when it is closed
 * @user_data: for @callback
 *
 * Ends every process, writes everything back, detaches the storage and looks at the host.
 */
void
workspace_close_async (AgentWorkspace *workspace, guint grace_ms, DmcJob *job, GAsyncReadyCallback callback,
                       gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Closing *self = g_new0 (Closing, 1);

  self->workspace = g_object_ref (workspace);
  self->job = job != NULL ? g_object_ref (job) : NULL;
  self->traces = g_ptr_array_new_with_free_func (g_free);
  g_task_set_source_tag (task, workspace_close_async);
  g_task_set_task_data (task, self, (GDestroyNotify) closing_free);
  progress (self, 0.0, "Ending the programs");
  self->grace_ms = grace_ms;
  app_actions_close_async (workspace, grace_ms, on_actions_closed, task);
}

/**
 * workspace_close_finish:
 * @result: from the callback
 * @error: return location; closing itself never fails
 *
 * Returns: (transfer full): {host_clean}, as the protocol has it
 */
JsonNode *
workspace_close_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
