/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/launchpad.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rpc/error.h"
#include "storage/read-file.h"
#include "storage/replace-file.h"

#define FOLDER    "state"
#define FILE_NAME "launchpad.json"
/* Starting an app shall not wait for the medium; what is lost with the power is when apps were started last. */
#define SAVE_DELAY_S 5

struct _AgentLaunchpad {
  LaunchList *list;
  int vault;          /* not owned: it is open as long as this lives */
  gboolean changed;   /* since the last save began */
  gboolean saving;
  GPtrArray *waiting; /* of GTask: for a save that has not begun yet */
  guint timer;
};

static void begin (AgentLaunchpad *self);

/* What cannot be read is set aside and not overwritten: a person may want to look at it. */
static LaunchList *
read_list (int vault)
{
  int fd = openat (vault, FOLDER "/" FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  g_autoptr (GError) error = NULL;
  g_autofree char *data = NULL;
  LaunchList *list = NULL;
  gsize length = 0;

  if (fd < 0)
    return launch_list_new ();
  if (read_fd (fd, LAUNCH_LIST_MAX_SIZE, &data, &length, &error))
    list = launch_list_parse (data, length, &error);
  close (fd);
  if (list != NULL)
    return list;
  g_message ("%s It is set aside as " FILE_NAME ".damaged.", error->message);
  renameat (vault, FOLDER "/" FILE_NAME, vault, FOLDER "/" FILE_NAME ".damaged");
  return launch_list_new ();
}

/**
 * agent_launchpad_load:
 * @vault: the vault's root directory, which outlives this
 *
 * Blocks on the medium.
 *
 * Returns: (transfer full): what is remembered of its apps; nothing where there is nothing
 */
AgentLaunchpad *
agent_launchpad_load (int vault)
{
  AgentLaunchpad *self = g_new0 (AgentLaunchpad, 1);

  self->vault = vault;
  self->list = read_list (vault);
  self->waiting = g_ptr_array_new ();
  return self;
}

/* No save may be under way. */
void
agent_launchpad_free (AgentLaunchpad *self)
{
  g_assert (!self->saving);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_ptr_array_unref (self->waiting);
  launch_list_free (self->list);
  g_free (self);
}

const LaunchList *
agent_launchpad_get_list (AgentLaunchpad *self)
{
  return self->list;
}

/* Whether it was something else; agent_launchpad_save_async() keeps it. */
gboolean
agent_launchpad_set_favourite (AgentLaunchpad *self, const char *app, gboolean favourite)
{
  gboolean changed = launch_list_set_favourite (self->list, app, favourite);

  self->changed = self->changed || changed;
  return changed;
}

static gboolean
on_timer (gpointer data)
{
  AgentLaunchpad *self = data;

  self->timer = 0;
  if (!self->saving)
    begin (self);
  return G_SOURCE_REMOVE;
}

/* An app was started; that is saved a little later. */
void
agent_launchpad_note (AgentLaunchpad *self, const char *app)
{
  launch_list_note (self->list, app, g_get_real_time ());
  self->changed = TRUE;
  if (self->timer == 0)
    self->timer = g_timeout_add_seconds (SAVE_DELAY_S, on_timer, self);
}

/* --- saving: one at a time ----------------------------------------------------------------------------------------- */

typedef struct {
  int vault;
  char *text;
} Save;

static void
save_free (Save *save)
{
  g_free (save->text);
  g_free (save);
}

static void
save_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Save *save = task_data;
  int folder = open_folder_at (save->vault, FOLDER), saved;
  gboolean done = folder >= 0 && replace_file_at (folder, FILE_NAME, save->text, strlen (save->text));

  saved = errno;
  if (folder >= 0)
    close (folder);
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, dmc_error_new (saved == ENOSPC || saved == EDQUOT ? DMC_ERROR_RESOURCE : DMC_ERROR_IO,
                                              "Free some space on the medium, and look whether it is writable.",
                                              "The favourite and recent apps could not be saved in the vault: %s.",
                                              g_strerror (saved)));
}

static void
answer_all (GPtrArray *tasks, const GError *error)
{
  for (guint i = 0; i < tasks->len; i++) {
    g_autoptr (GTask) task = g_ptr_array_index (tasks, i);

    if (error != NULL)
      g_task_return_error (task, g_error_copy (error));
    else
      g_task_return_boolean (task, TRUE);
  }
}

typedef struct {
  AgentLaunchpad *self;
  GPtrArray *served;
} Round;

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  Round *round = data;
  AgentLaunchpad *self = round->self;
  g_autoptr (GPtrArray) served = round->served;
  g_autoptr (GError) error = NULL;

  g_free (round);
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    self->changed = TRUE;
  if (error != NULL && served->len == 0)
    g_message ("%s", error->message);
  self->saving = FALSE;
  if (self->waiting->len > 0)
    begin (self);
  answer_all (served, error); /* last: @self may be gone after it */
}

static void
begin (AgentLaunchpad *self)
{
  g_autoptr (GTask) task = NULL;
  Round *round = g_new0 (Round, 1);
  Save *save = g_new0 (Save, 1);

  round->self = self;
  round->served = g_steal_pointer (&self->waiting);
  self->waiting = g_ptr_array_new ();
  self->changed = FALSE;
  self->saving = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
  save->vault = self->vault;
  save->text = launch_list_print (self->list);
  task = g_task_new (NULL, NULL, on_saved, round);
  g_task_set_task_data (task, save, (GDestroyNotify) save_free);
  g_task_run_in_thread (task, save_in_thread);
}

/**
 * agent_launchpad_save_async:
 * @self: the launchpad, which lives until @callback
 * @callback: called when all that it knows is on the medium, and no save is under way
 * @user_data: for @callback
 *
 * Writes what has changed, if something has.
 */
void
agent_launchpad_save_async (AgentLaunchpad *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, agent_launchpad_save_async);
  if (!self->changed && !self->saving) {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  g_ptr_array_add (self->waiting, task);
  if (!self->saving)
    begin (self);
}

/* %DMC_ERROR_RESOURCE or %DMC_ERROR_IO: it is not kept. */
gboolean
agent_launchpad_save_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
