/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/steps.h"

#include <string.h>

#include "rpc/error.h"

/* Work that writes down what is done to it: "1 2 -1". */
typedef struct {
  GString *trace;
  int fail_at; /* the step that fails; 0 for none */
  GCancellable *cancel;
  int cancel_in; /* the step during which somebody cancels; 0 for none */
  GMainLoop *loop;
  GError *error;
} Work;

static void
begin (Work *work, int step, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);

  g_string_append_printf (work->trace, "%d ", step);
  if (step == work->cancel_in)
    g_cancellable_cancel (work->cancel);
  if (step == work->fail_at)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "step %d broke", step);
  else
    g_task_return_boolean (task, TRUE);
}

static gboolean
finish (gpointer work, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

#define STEP(n)                                                                                                \
  static void start_##n (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data) \
  {                                                                                                            \
    begin (work, n, callback, data);                                                                           \
  }                                                                                                            \
  static void undo_##n (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)  \
  {                                                                                                            \
    begin (work, -n, callback, data);                                                                          \
  }

STEP (1)
STEP (2)
/* Step 3 changes nothing, so there is nothing to undo. */
static void
start_3 (gpointer work, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  begin (work, 3, callback, data);
}

STEP (4)

static const Step steps[] = {
  { "one", 0.25, start_1, finish, undo_1, finish },
  { "two", 0.5, start_2, finish, undo_2, finish },
  { "three", 0.75, start_3, finish, NULL, NULL },
  { "four", 1.0, start_4, finish, undo_4, finish },
};

static void
on_run (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *work = data;

  steps_run_finish (result, &work->error);
  g_main_loop_quit (work->loop);
}

static void
run (Work *work)
{
  work->trace = g_string_new (NULL);
  work->loop = g_main_loop_new (NULL, FALSE);
  work->cancel = g_cancellable_new ();
  steps_run_async (steps, G_N_ELEMENTS (steps), work, NULL, work->cancel, on_run, work);
  g_main_loop_run (work->loop);
  g_main_loop_unref (work->loop);
  g_object_unref (work->cancel);
}

static void
check (Work work, const char *trace, int code)
{
  run (&work);
  g_assert_cmpstr (g_strchomp (work.trace->str), ==, trace);
  if (code == 0)
    g_assert_no_error (work.error);
  else
    g_assert_error (work.error, DMC_ERROR, code);
  g_clear_error (&work.error);
  g_string_free (work.trace, TRUE);
}

static void
test_all_good (void)
{
  check ((Work){ NULL }, "1 2 3 4", 0);
}

static void
test_undone_in_reverse (void)
{
  check ((Work){ .fail_at = 1 }, "1", DMC_ERROR_IO);
  check ((Work){ .fail_at = 3 }, "1 2 3 -2 -1", DMC_ERROR_IO);
  check ((Work){ .fail_at = 4 }, "1 2 3 4 -2 -1", DMC_ERROR_IO);
}

static void
test_cancelled (void)
{
  check ((Work){ .cancel_in = 2 }, "1 2 -2 -1", DMC_ERROR_CANCELLED);
  check ((Work){ .cancel_in = 3 }, "1 2 3 -2 -1", DMC_ERROR_CANCELLED);
}

static void
test_undo_that_fails_goes_on (void)
{
  g_test_expect_message (NULL, G_LOG_LEVEL_WARNING, "*two*step -2 broke*");
  check ((Work){ .fail_at = -2, .cancel_in = 4 }, "1 2 3 4 -4 -2 -1", DMC_ERROR_CANCELLED);
  g_test_assert_expected_messages ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/steps/all-good", test_all_good);
  g_test_add_func ("/steps/undone-in-reverse", test_undone_in_reverse);
  g_test_add_func ("/steps/cancelled", test_cancelled);
  g_test_add_func ("/steps/undo-that-fails-goes-on", test_undo_that_fails_goes_on);
  return g_test_run ();
}
