/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/app-stop.h"

#include <signal.h>

#include "rpc/error.h"

/* Nobody tells us when a grandchild ends, so we look; only while somebody waits. */
#define LOOK_MS     25
#define GRACE_US    (5 * G_USEC_PER_SEC)
#define DEADLINE_US (10 * G_USEC_PER_SEC)

typedef struct {
  int pid;
  guint64 start_ticks; /* so that a pid used again is not taken for the same process */
} Target;

typedef struct {
  AgentWorkspace *workspace;
  ProcessTable *processes;
  DmcView *view;
  char *app; /* NULL: a single process and what it started */
  GArray *targets;
  gint64 begun_us;
  guint n_empty; /* looks in a row that found nothing; one is not enough, for /proc is not read in one moment */
  gboolean killed;
} Stop;

static void
stop_free (Stop *self)
{
  g_object_unref (self->workspace);
  process_table_unref (self->processes);
  g_object_unref (self->view);
  g_free (self->app);
  g_array_unref (self->targets);
  g_free (self);
}

static ProcessInfo *
find_target (GArray *infos, const Target *target)
{
  for (guint i = 0; i < infos->len; i++) {
    ProcessInfo *info = &g_array_index (infos, ProcessInfo, i);
    if (info->process->pid == target->pid && info->process->start_ticks == target->start_ticks)
      return info;
  }
  return NULL;
}

/* Whether a process was started by one that is to end, or is left over in its session. */
static gboolean
is_of_target (Stop *self, GArray *infos, const ProcessInfo *info)
{
  for (guint i = 0; i < self->targets->len; i++) {
    Target *target = &g_array_index (self->targets, Target, i);
    if (target->pid == info->session || (target->pid == info->process->ppid && find_target (infos, target) != NULL))
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_target (Stop *self, const DmcProcess *process)
{
  for (guint i = 0; i < self->targets->len; i++) {
    Target *target = &g_array_index (self->targets, Target, i);
    if (target->pid == process->pid && target->start_ticks == process->start_ticks)
      return TRUE;
  }
  return FALSE;
}

/* Adds what is to end and is not known yet, and signals it: a program that is told to end may start others. */
static void
add_targets (Stop *self, GArray *infos, int pid, int sig)
{
  gboolean grew = TRUE;

  while (grew) {
    grew = FALSE;
    for (guint i = 0; i < infos->len; i++) {
      ProcessInfo *info = &g_array_index (infos, ProcessInfo, i);
      Target target = { info->process->pid, info->process->start_ticks };
      gboolean wanted = (self->app != NULL && g_strcmp0 (info->app, self->app) == 0) || target.pid == pid ||
                        is_of_target (self, infos, info);
      if (!wanted || is_target (self, info->process))
        continue;
      g_array_append_val (self->targets, target);
      dmc_view_signal (self->view, target.pid, sig, NULL); /* one that has just gone is what we want */
      grew = TRUE;
    }
  }
}

static guint
count_living (Stop *self, GArray *infos)
{
  guint n_living = 0;

  for (guint i = 0; i < self->targets->len; i++)
    n_living += find_target (infos, &g_array_index (self->targets, Target, i)) != NULL;
  return n_living;
}

static void
kill_living (Stop *self, GArray *infos)
{
  for (guint i = 0; i < self->targets->len; i++) {
    Target *target = &g_array_index (self->targets, Target, i);
    if (find_target (infos, target) != NULL)
      dmc_view_signal (self->view, target->pid, SIGKILL, NULL);
  }
  self->killed = TRUE;
}

static GArray *
pids_of (Stop *self)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (int));

  for (guint i = 0; i < self->targets->len; i++)
    g_array_append_val (pids, g_array_index (self->targets, Target, i).pid);
  return pids;
}

static gboolean
on_look (gpointer data)
{
  GTask *task = data;
  Stop *self = g_task_get_task_data (task);
  g_autoptr (GArray) infos = process_table_read (self->processes, NULL);
  gint64 waited = g_get_monotonic_time () - self->begun_us;

  if (infos != NULL)
    add_targets (self, infos, 0, self->killed ? SIGKILL : SIGTERM);
  self->n_empty = infos != NULL && count_living (self, infos) > 0 ? 0 : self->n_empty + 1;
  if (infos == NULL || self->n_empty == 2) {
    g_task_return_pointer (task, pids_of (self), (GDestroyNotify) g_array_unref);
    g_object_unref (task);
    return G_SOURCE_REMOVE;
  }
  if (waited >= GRACE_US && !self->killed)
    kill_living (self, infos);
  if (waited < DEADLINE_US)
    return G_SOURCE_CONTINUE;
  g_task_return_error (task, dmc_error_new (DMC_ERROR_IO, "It may wait for a device that does not answer.",
                                            "A process cannot be ended."));
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

static GError *
nothing_to_stop (const char *app, int pid)
{
  if (app != NULL)
    return dmc_error_new (DMC_ERROR_NOT_FOUND, "The list of its apps tells which of them run.", "The app “%s” does not run.", app);
  return dmc_error_new (DMC_ERROR_NOT_FOUND, "The list of its processes names those that run.", "There is no process %d.", pid);
}

/**
 * app_stop_async:
 * @workspace: an open workspace
 * @app: (nullable): the app whose processes are to end
 * @pid: without @app: the process that is to end, with what it started
 * @callback: called when they are gone
 * @user_data: for @callback
 *
 * Sends SIGTERM, and SIGKILL to what is still there five seconds later. What they start meanwhile ends too.
 */
void
app_stop_async (AgentWorkspace *workspace, const char *app, int pid, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Stop *self = g_new0 (Stop, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, app_stop_async);
  self->workspace = g_object_ref (workspace);
  self->processes = process_table_ref (agent_workspace_get_processes (workspace));
  self->view = g_object_ref (agent_workspace_get_view (workspace));
  self->app = g_strdup (app);
  self->targets = g_array_new (FALSE, FALSE, sizeof (Target));
  self->begun_us = g_get_monotonic_time ();
  g_task_set_task_data (task, self, (GDestroyNotify) stop_free);

  g_autoptr (GArray) infos = process_table_read (self->processes, &error);
  if (infos != NULL)
    add_targets (self, infos, pid, SIGTERM);
  if (infos != NULL && self->targets->len == 0)
    error = nothing_to_stop (app, pid);
  if (error != NULL) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  g_timeout_add (LOOK_MS, on_look, task);
}

/* Returns: (transfer full) (element-type int): the processes that have ended; or %NULL */
GArray *
app_stop_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
