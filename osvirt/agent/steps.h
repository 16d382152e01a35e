/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/job.h"

G_BEGIN_DECLS

typedef void (*StepStart) (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data);
typedef gboolean (*StepFinish) (gpointer work, GAsyncResult *result, GError **error);

/**
 * Step:
 * @text: what goes on, for the job's progress
 * @until: the job's fraction when the step is done
 * @start: begins the step; what it has half done when it fails, it takes back itself
 * @finish: ends it
 * @undo: (nullable): begins to take a finished step back
 * @undo_finish: (nullable): ends that
 *
 * One step of opening, closing or making a workspace.
 */
typedef struct {
  const char *text;
  double until;
  StepStart start;
  StepFinish finish;
  StepStart undo;
  StepFinish undo_finish;
} Step;

void     steps_run_async (const Step         *steps,
                          gsize               n_steps,
                          gpointer            work,
                          DmcJob             *job,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data);
gboolean steps_run_finish (GAsyncResult *result, GError **error);

GError *steps_plain_error (GError *error);

G_END_DECLS
