/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/app-launch.h"

#include "agent/app-actions.h"
#include "apps/app-log.h"
#include "rpc/error.h"

typedef struct {
  AgentWorkspace *workspace;
  gboolean plain; /* without the actions of its app */
  DmcView *view;
  char *app; /* NULL for a bare command */
  char *record; /* NULL where it has none */
  GPtrArray *commands;
  char *working_dir; /* NULL for the home folder */
  GStrv env;
  char *label; /* NULL: what the policy says */
  guint confinement; /* of the command that is being started; 0 for none */
  guint next;
  GArray *pids;
} Launch;

static void start_next (GTask *task);

static void
launch_free (Launch *self)
{
  g_object_unref (self->workspace);
  g_object_unref (self->view);
  g_free (self->app);
  g_free (self->record);
  g_ptr_array_unref (self->commands);
  g_free (self->working_dir);
  g_free (self->label);
  g_strfreev (self->env);
  g_clear_pointer (&self->pids, g_array_unref);
  g_free (self);
}

static void
fail (GTask *task, GError *error)
{
  Launch *self = g_task_get_task_data (task);

  if (!self->plain)
    app_actions_started (self->workspace, self->app, self->pids);
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
on_launched (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Launch *self = g_task_get_task_data (task);
  GError *error = NULL;
  int pid = 0;

  AgentMediator *mediator = agent_workspace_get_mediator (self->workspace);

  if (!dmc_view_launch_finish (self->view, result, &pid, NULL, &error)) {
    if (mediator != NULL)
      agent_mediator_failed (mediator, self->confinement);
    fail (task, error);
    return;
  }
  if (mediator != NULL)
    agent_mediator_started (mediator, self->confinement, pid);
  g_array_append_val (self->pids, pid);
  agent_workspace_started (self->workspace, pid, self->app);
  start_next (task);
}

static void
on_session (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Launch *self = g_task_get_task_data (task);

  g_strfreev (self->env);
  self->env = agent_session_environ (AGENT_SESSION (source));
  start_next (task);
}

static void
start_next (GTask *task)
{
  Launch *self = g_task_get_task_data (task);

  if (self->next == self->commands->len) {
    if (!self->plain)
      app_actions_started (self->workspace, self->app, self->pids);
    g_task_return_pointer (task, g_steal_pointer (&self->pids), (GDestroyNotify) g_array_unref);
    g_object_unref (task);
    return;
  }

  GStrv argv = g_ptr_array_index (self->commands, self->next++);
  AgentMediator *mediator = agent_workspace_get_mediator (self->workspace);
  g_auto (AgentConfinement) confinement = { 0 };
  DmcViewLabel label = { NULL };
  GError *error = NULL;

  if (mediator != NULL && !agent_mediator_confine (mediator, self->app, self->record, self->label, &confinement, &error)) {
    fail (task, error);
    return;
  }
  self->confinement = confinement.id;
  if (confinement.asks_network) /* the C library asks name servers by UDP otherwise */
    self->env = g_environ_setenv (self->env, "RES_OPTIONS", "use-vc", TRUE);
  label = (DmcViewLabel){ (const char *const *) confinement.rules, confinement.joins, confinement.n_joins };

  g_autofree char *program = g_path_get_basename (argv[0]);
  g_autofree char *log = app_log_name (self->app != NULL ? self->app : program);

  dmc_view_launch_labelled_async (self->view, (const char *const *) argv, (const char *const *) self->env, self->working_dir, log,
                                  &label, g_task_get_cancellable (task), on_launched, task);
}

static void
start_in_session (GTask *task)
{
  Launch *self = g_task_get_task_data (task);
  AgentSession *session = agent_workspace_get_session (self->workspace);

  if (agent_session_is_ready (session))
    start_next (task);
  else
    agent_session_wait_async (session, on_session, task);
}

static GTask *
task_new (AgentWorkspace *workspace, const char *app, const char *record, GPtrArray *commands, const char *working_dir,
          const char *label, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Launch *self = g_new0 (Launch, 1);

  g_task_set_source_tag (task, app_launch_async);
  g_task_set_check_cancellable (task, FALSE);
  self->workspace = g_object_ref (workspace);
  self->view = g_object_ref (agent_workspace_get_view (workspace));
  self->app = g_strdup (app);
  self->record = g_strdup (record);
  self->commands = g_ptr_array_ref (commands);
  self->working_dir = g_strdup (working_dir);
  self->label = g_strdup (label);
  self->env = agent_session_environ (agent_workspace_get_session (workspace));
  self->pids = g_array_new (FALSE, FALSE, sizeof (int));
  g_task_set_task_data (task, self, (GDestroyNotify) launch_free);
  return task;
}

void
app_launch_plain_async (AgentWorkspace *workspace, const char *app, const char *record, GPtrArray *commands,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = task_new (workspace, app, record, commands, NULL, NULL, cancellable, callback, user_data);

  ((Launch *) g_task_get_task_data (task))->plain = TRUE;
  start_in_session (task);
}

static void
on_begun (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;

  if (app_actions_finish (result, &error))
    start_in_session (task);
  else
    fail (task, error);
}

/**
 * app_launch_async:
 * @policy: what must let it
 * @workspace: an open workspace
 * @entry: (nullable): the app that it is for; %NULL for a bare command
 * @commands: (transfer none) (element-type GStrv): what to start, one after the other
 * @label: (nullable): the label to start it under; %NULL for the one that the policy gives it
 * @cancellable: (nullable): to stop
 * @callback: called when all of them have been started, or one could not be
 * @user_data: for @callback
 *
 * Starts programs in a workspace, where the policy lets it, after the actions that the app's bundle wants before.
 */
void
app_launch_async (DmcPolicyService *policy, AgentWorkspace *workspace, const DesktopEntry *entry, GPtrArray *commands,
                  const char *label, GCancellable *cancellable, GAsyncReadyCallback callback,
                  gpointer user_data)
{
  GTask *task = task_new (workspace, entry != NULL ? entry->id : NULL, entry != NULL ? entry->record : NULL, commands,
                          entry != NULL ? entry->working_dir : NULL, label, cancellable, callback, user_data);
  const char *app = entry != NULL ? entry->id : NULL;
  g_autofree char *object = dmc_policy_service_app_label (policy, app);
  GError *error = NULL;

  if (!dmc_policy_service_check (policy, DMC_POLICY_SUBJECT_USER, object, "app", "launch", &error)) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  if (app_actions_has (workspace, app))
    app_actions_begin_async (workspace, app, cancellable, on_begun, task);
  else
    start_in_session (task);
}

/* Returns: (transfer full) (element-type int): the pids in the workspace, at least one; or %NULL */
GArray *
app_launch_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
