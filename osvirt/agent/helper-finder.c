/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A helper that is being started again, by an update or after a crash, answers nobody for a moment. What is opened just then
 * shall not come up with less than it would have a moment later. */
#include "agent/helper-finder.h"

#include "rpc/error.h"

/* Looking through the host takes it long where that has many files and little memory. */
#define RESTART_US (10 * G_USEC_PER_SEC)
#define AGAIN_MS 20

struct _HelperFinder {
  char *socket_path;
  gboolean seen;     /* it has answered this agent */
  gboolean given_up; /* waiting for it was in vain, and it has not answered since */
  char *lack;        /* why it did not answer last, though it is on this host; NULL */
};

/* Looks at once whether it is there. */
HelperFinder *
helper_finder_new (const char *socket_path)
{
  HelperFinder *self = g_new0 (HelperFinder, 1);
  g_autoptr (DmcHelper) helper = NULL;

  self->socket_path = g_strdup (socket_path);
  helper = helper_finder_connect (self, NULL);
  return self;
}

void
helper_finder_free (HelperFinder *self)
{
  g_free (self->socket_path);
  g_free (self->lack);
  g_free (self);
}

/* Its socket stays behind when it is killed. */
static gboolean
is_here (HelperFinder *self)
{
  return self->seen || g_file_test (self->socket_path, G_FILE_TEST_EXISTS);
}

/* Errors as of dmc_helper_connect(). Returns: (transfer full) (nullable): a connection of its own */
DmcHelper *
helper_finder_connect (HelperFinder *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  DmcHelper *helper = dmc_helper_connect (self->socket_path, &local);

  g_clear_pointer (&self->lack, g_free);
  if (helper != NULL) {
    helper_finder_note_seen (self);
    return helper;
  }
  if (is_here (self))
    self->lack = g_strdup (g_error_matches (local, DMC_ERROR, DMC_ERROR_UNSUPPORTED)
                               ? "The helper service of this host does not answer; have the administrator start domicile-helper."
                               : local->message);
  if (g_error_matches (local, DMC_ERROR, DMC_ERROR_DENIED))
    self->given_up = TRUE; /* that does not change by waiting */
  g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}

/* Somebody else had an answer from it. */
void
helper_finder_note_seen (HelperFinder *self)
{
  self->seen = TRUE;
  self->given_up = FALSE;
}

/* Whether it may answer in a moment, though it has not just now. */
gboolean
helper_finder_expects (HelperFinder *self)
{
  return !self->given_up && is_here (self);
}

/* (nullable): a sentence on why it did not answer the last time, though this host has one */
const char *
helper_finder_get_lack (HelperFinder *self)
{
  return self->lack;
}

/* Says that only the helper can do it: the opening of an @isolated workspace, or else a resume. */
void
helper_finder_set_missing (gboolean isolated, GError **error)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, "Start domicile-helper, or have the administrator do it.", "%s",
                                           isolated ? "An isolated workspace needs the helper service, which mounts its base system."
                                                    : "Resuming a workspace needs the helper service."));
  dmc_error_set_data (*error, "needs", json_node_init_string (json_node_alloc (), isolated ? "helper" : "domicile-helper"));
}

/* --- waiting for it ------------------------------------------------------------------------------------------------------- */

typedef struct {
  HelperFinder *finder;
  gint64 deadline_us;
} Wait;

static gboolean
on_again (gpointer data)
{
  g_autoptr (GTask) task = data;
  Wait *wait = g_task_get_task_data (task);
  DmcHelper *helper = helper_finder_connect (wait->finder, NULL);

  if (helper == NULL && !g_cancellable_is_cancelled (g_task_get_cancellable (task)) && helper_finder_expects (wait->finder)) {
    if (g_get_monotonic_time () < wait->deadline_us) {
      g_steal_pointer (&task);
      return G_SOURCE_CONTINUE;
    }
    wait->finder->given_up = TRUE;
  }
  g_task_return_pointer (task, helper, (GDestroyNotify) dmc_helper_unref);
  return G_SOURCE_REMOVE;
}

/**
 * helper_finder_wait_async:
 * @self: a finder whose helper_finder_expects() is true; must live until @callback
 * @cancellable: (nullable): to stop
 * @callback: called when it answers, or has not for as long as starting it may take
 * @user_data: for @callback
 *
 * Waits for the helper. Whoever comes after somebody who waited in vain does not wait.
 */
void
helper_finder_wait_async (HelperFinder *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Wait *wait = g_new (Wait, 1);

  *wait = (Wait){ self, g_get_monotonic_time () + RESTART_US };
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, wait, g_free);
  g_timeout_add (AGAIN_MS, on_again, task);
}

/* Returns: (transfer full) (nullable): a connection; %NULL where there is none, or nobody wants it any more */
DmcHelper *
helper_finder_wait_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
