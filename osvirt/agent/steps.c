/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/steps.h"

#include "rpc/error.h"

typedef struct {
  const Step *steps;
  gsize n_steps;
  gsize current;
  gpointer work;
  DmcJob *job;   /* nullable */
  GError *error; /* why it is being undone */
} Run;

static void next_step (GTask *task);
static void next_undo (GTask *task);

static void
run_free (Run *run)
{
  g_clear_object (&run->job);
  g_clear_error (&run->error);
  g_free (run);
}

/**
 * steps_plain_error:
 * @error: (transfer full): any error
 *
 * Returns: (transfer full): the same as an error of the protocol
 */
GError *
steps_plain_error (GError *error)
{
  if (error->domain == DMC_ERROR)
    return error;

  gboolean cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  GError *plain = cancelled ? dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The work was cancelled.")
                            : dmc_error_new (DMC_ERROR_IO, NULL, "The work failed: %s.", error->message);

  g_error_free (error);
  return plain;
}

static void
on_undone (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Run *run = g_task_get_task_data (task);
  const Step *step = &run->steps[run->current];
  g_autoptr (GError) error = NULL;

  if (!step->undo_finish (run->work, result, &error))
    g_warning ("Taking back “%s” failed: %s", step->text, error->message);
  next_undo (task);
}

static void
next_undo (GTask *task)
{
  Run *run = g_task_get_task_data (task);

  while (run->current > 0) {
    const Step *step = &run->steps[--run->current];
    if (step->undo != NULL) {
      /* Not cancellable: half an undo is worse than none. */
      step->undo (run->work, NULL, on_undone, task);
      return;
    }
  }
  g_task_return_error (task, g_steal_pointer (&run->error));
  g_object_unref (task);
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Run *run = g_task_get_task_data (task);
  GError *error = NULL;

  if (!run->steps[run->current].finish (run->work, result, &error)) {
    run->error = steps_plain_error (error);
    next_undo (task);
    return;
  }
  run->current++;
  next_step (task);
}

static void
next_step (GTask *task)
{
  Run *run = g_task_get_task_data (task);
  double from = run->current > 0 ? run->steps[run->current - 1].until : 0.0;

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task))) {
    run->error = dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The work was cancelled.");
    next_undo (task);
    return;
  }
  if (run->current == run->n_steps) {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  if (run->job != NULL)
    dmc_job_set_progress (run->job, from, run->steps[run->current].text);
  run->steps[run->current].start (run->work, g_task_get_cancellable (task), on_done, task);
}

/**
 * steps_run_async:
 * @steps: (array length=n_steps): what to do, in order; static
 * @n_steps: how many
 * @work: what the steps work on; must live until @callback
 * @job: (nullable): where to show the progress
 * @cancellable: (nullable): stops between two steps and in each that can be stopped
 * @callback: called when all is done, or all is undone
 * @user_data: for @callback
 *
 * Runs the steps; when one fails, those before it are taken back in reverse order.
 */
void
steps_run_async (const Step *steps, gsize n_steps, gpointer work, DmcJob *job, GCancellable *cancellable,
                 GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Run *run = g_new0 (Run, 1);

  run->steps = steps;
  run->n_steps = n_steps;
  run->work = work;
  run->job = job != NULL ? g_object_ref (job) : NULL;
  g_task_set_source_tag (task, steps_run_async);
  g_task_set_check_cancellable (task, FALSE); /* that is decided between the steps */
  g_task_set_task_data (task, run, (GDestroyNotify) run_free);
  next_step (task);
}

/* @error is one of the protocol's. */
gboolean
steps_run_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
