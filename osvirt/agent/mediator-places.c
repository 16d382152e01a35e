/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changing what running programs see. Whoever loses something loses it before anybody gains. */
#include "agent/mediator-private.h"

#include <string.h>

#include "rpc/error.h"

typedef struct {
  guint program, place;
  char level;
} Change;

typedef struct {
  GArray *changes; /* Change, in order */
  guint next;
  gboolean ends;   /* whether a program that holds on is ended */
  guint taken_back;
} Apply;

static void step (GTask *task);

static void
apply_free (Apply *apply)
{
  g_array_unref (apply->changes);
  g_free (apply);
}

static gboolean
is_less (char level, char than)
{
  static const char order[] = "nrw";

  return strchr (order, level) < strchr (order, than);
}

static void
on_set (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  AgentMediator *self = g_task_get_source_object (task);
  Apply *apply = g_task_get_task_data (task);
  const Change *change = &g_array_index (apply->changes, Change, apply->next);
  Program *program = g_hash_table_lookup (self->programs, GUINT_TO_POINTER (change->program));
  Place *place = program != NULL ? g_ptr_array_index (program->places, change->place) : NULL;
  GError *error = NULL;
  gboolean done = dmc_view_set_place_finish (DMC_VIEW (source), result, &error);

  if (place != NULL && done) {
    apply->taken_back += is_less (change->level, place->level) ? 1 : 0;
    place->level = change->level;
  }
  if (!done && place != NULL && apply->ends && !g_error_matches (error, DMC_ERROR, DMC_ERROR_NOT_FOUND)) {
    mediator_end (self, program);
    apply->taken_back++;
    g_clear_error (&error);
  }
  if (!done && error != NULL && place != NULL && !g_error_matches (error, DMC_ERROR, DMC_ERROR_NOT_FOUND)) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  g_clear_error (&error);
  apply->next++;
  step (task);
}

static void
step (GTask *task)
{
  AgentMediator *self = g_task_get_source_object (task);
  Apply *apply = g_task_get_task_data (task);

  while (apply->next < apply->changes->len) {
    const Change *change = &g_array_index (apply->changes, Change, apply->next);

    if (self->view != NULL && g_hash_table_contains (self->programs, GUINT_TO_POINTER (change->program))) {
      dmc_view_set_place_async (self->view, change->program, change->place, change->level, on_set, task);
      return;
    }
    apply->next++; /* it has ended */
  }
  g_task_return_int (task, apply->taken_back);
  g_object_unref (task);
}

static void
collect (AgentMediator *self, Program *program, gboolean losses, GArray *changes)
{
  for (guint i = 0; i < program->places->len; i++) {
    const Place *place = g_ptr_array_index (program->places, i);
    Change change = { .program = program->id, .place = i, .level = mediator_level (self->state, program->subject, place->label) };

    if (change.level != place->level && is_less (change.level, place->level) == losses)
      g_array_append_val (changes, change);
  }
}

/* The place that was asked for, and the same folder by its other path. */
static void
collect_wanted (AgentMediator *self, Program *program, guint wanted, char level, GArray *changes)
{
  const Place *asked = g_ptr_array_index (program->places, wanted);

  for (guint i = 0; i < program->places->len; i++) {
    const Place *place = g_ptr_array_index (program->places, i);
    Change change = { .program = program->id, .place = i, .level = level };

    if (g_str_equal (place->label, asked->label) && is_less (place->level, level))
      g_array_append_val (changes, change);
  }
}

void
mediator_apply_async (AgentMediator *self, const char *subject, guint program, guint wanted, char level,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Apply *apply = g_new0 (Apply, 1);
  Program *asking = g_hash_table_lookup (self->programs, GUINT_TO_POINTER (program));
  GHashTableIter iter;
  gpointer value;

  apply->changes = g_array_new (FALSE, FALSE, sizeof (Change));
  apply->ends = subject == NULL;
  g_task_set_source_tag (task, mediator_apply_async);
  g_task_set_task_data (task, apply, (GDestroyNotify) apply_free);
  for (guint pass = 0; pass < (apply->ends ? 2 : 1); pass++) {
    g_hash_table_iter_init (&iter, self->programs);
    while (g_hash_table_iter_next (&iter, NULL, &value))
      if (subject == NULL || g_str_equal (((Program *) value)->subject, subject))
        collect (self, value, pass == 0, apply->changes);
  }
  if (asking != NULL && wanted < asking->places->len)
    collect_wanted (self, asking, wanted, level, apply->changes);
  step (task);
}

gssize
mediator_apply_finish (AgentMediator *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_int (G_TASK (result), error);
}
