/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/app-actions.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "agent/action-marks.h"
#include "agent/app-launch.h"
#include "agent/bundle-store.h"
#include "apps/app-record.h"
#include "rpc/error.h"
#include "rpc/json.h"

/* An action that takes longer than this is ended: nobody can close a workspace that waits for ever. */
#define ACTION_SECONDS 60

static const struct {
  ActionLevel level;
  const char *begin, *end;
} levels[] = {
  { ACTION_DEVICE, "deviceInstall", "deviceUninstall" },
  { ACTION_HOST, "hostConfigure", "hostCleanup" },
  { ACTION_APP, "appStart", "appStop" },
};

/* A bundle with actions. */
typedef struct {
  char *key;
  GStrv apps; /* ids of its menu entries */
  JsonObject *actions;
  guint marks;
  GHashTable *pids; /* programs of the app that run */
} Entry;

/* One thing to do: the beginning or the end of a level of one bundle. */
typedef struct {
  Entry *entry;
  guint level; /* index in levels */
  gboolean begin;
} Step;

/* What was asked for at once: several steps. What is asked for meanwhile waits. */
typedef struct {
  GTask *task;
  GArray *steps;
  GArray *begun; /* what this has begun so far */
  guint next;
  GError *error; /* a beginning failed: what was begun is being ended */
  GCancellable *cancellable; /* nullable; no signal of it comes once @on_cancelled is 0 */
  gulong on_cancelled;
  struct Actions *actions;
} Work;

typedef struct Actions {
  AgentWorkspace *workspace; /* not owned: this is of its view; NULL once it is gone */
  gboolean gone;             /* the view: what has begun is ended at the next opening */
  GTask *closing;            /* waits until no app with actions runs; NULL */
  GPtrArray *entries;
  GPtrArray *removed; /* entries that waiting work may still name */
  GQueue waiting;
  Work *work; /* NULL: nothing is done at the moment */
  int pid;    /* of the action that runs; 0 */
  GHashTable *ended; /* pid → wait status, of what has ended since it was started */
  guint timeout, grace;
} Actions;

static void do_next (Actions *self);
static void close_when_quiet (Actions *self);

static void
entry_free (gpointer data)
{
  Entry *self = data;

  g_free (self->key);
  g_strfreev (self->apps);
  json_object_unref (self->actions);
  g_hash_table_unref (self->pids);
  g_free (self);
}

static void
work_free (Work *self)
{
  g_clear_error (&self->error);
  g_clear_object (&self->cancellable);
  g_array_unref (self->steps);
  g_array_unref (self->begun);
  g_object_unref (self->task);
  g_free (self);
}

static void
stop_listening (gpointer data, gpointer unused)
{
  Work *work = data;

  if (work->on_cancelled != 0)
    g_signal_handler_disconnect (work->cancellable, work->on_cancelled);
  work->on_cancelled = 0;
}

static void
actions_free (gpointer data)
{
  Actions *self = data;

  if (self->work != NULL)
    stop_listening (self->work, NULL);
  g_queue_foreach (&self->waiting, stop_listening, NULL);
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_handle_id (&self->grace, g_source_remove);
  if (self->workspace != NULL) {
    g_signal_handlers_disconnect_by_data (self->workspace, self);
    g_object_remove_weak_pointer (G_OBJECT (self->workspace), (gpointer *) &self->workspace);
  }
  g_ptr_array_unref (self->entries);
  g_ptr_array_unref (self->removed);
  g_hash_table_unref (self->ended);
  g_free (self);
}

static Actions *
actions_of (AgentWorkspace *workspace)
{
  DmcView *view = agent_workspace_get_view (workspace);

  return view != NULL ? g_object_get_data (G_OBJECT (view), "app-actions") : NULL;
}

static Entry *
find_key (Actions *self, const char *key)
{
  for (guint i = 0; self != NULL && i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (g_str_equal (entry->key, key))
      return entry;
  }
  return NULL;
}

static Entry *
find_app (Actions *self, const char *app)
{
  for (guint i = 0; self != NULL && app != NULL && i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (g_strv_contains ((const char *const *) entry->apps, app))
      return entry;
  }
  return NULL;
}

/* --- one step ---------------------------------------------------------------------------------------------- */

static const char *
action_name (const Step *step)
{
  return step->begin ? levels[step->level].begin : levels[step->level].end;
}

static gboolean
mark (Actions *self, Entry *entry, guint marks, GError **error)
{
  DmcVault *vault = agent_workspace_get_vault (self->workspace);

  if (entry->marks == marks)
    return TRUE;
  if (vault == NULL || !action_marks_write (dmc_vault_get_root_fd (vault), entry->key, marks, error))
    return FALSE;
  entry->marks = marks;
  return TRUE;
}

/* What was begun of the same request is ended again, the last first. */
static void
turn_back (Work *work, GError *error)
{
  g_autoptr (GArray) undo = g_array_new (FALSE, FALSE, sizeof (Step));

  for (guint i = work->begun->len; i-- > 0;) {
    Step step = g_array_index (work->begun, Step, i);

    step.begin = FALSE;
    g_array_append_val (undo, step);
  }
  work->error = error;
  work->next = 0;
  g_array_unref (work->steps);
  work->steps = g_steal_pointer (&undo);
}

static void
step_done (Actions *self, GError *problem)
{
  Work *work = self->work;
  const Step *step = &g_array_index (work->steps, Step, work->next - 1);

  g_clear_handle_id (&self->timeout, g_source_remove);
  self->pid = 0;
  if (!step->begin) {
    if (problem != NULL)
      g_warning ("%s of “%s”: %s", action_name (step), step->entry->key, problem->message);
    g_clear_error (&problem);
    if (!self->gone)
      mark (self, step->entry, step->entry->marks & ~levels[step->level].level, NULL);
  } else if (problem != NULL)
    turn_back (work, problem);
  do_next (self);
}

/* Of an end that is owed for a failure nothing is cancelled. */
static gboolean
is_cancelled (const Work *work)
{
  return work->error == NULL && g_cancellable_is_cancelled (work->cancellable);
}

static GError *
cancelled (void)
{
  return dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The work was cancelled.");
}

static GError *
failure (const Work *work, int wait_status)
{
  const Step *step = &g_array_index (work->steps, Step, work->next - 1);
  g_autofree char *how = WIFSIGNALED (wait_status) ? g_strdup_printf ("it was ended by signal %d", WTERMSIG (wait_status))
                                                   : g_strdup_printf ("exit status %d", WEXITSTATUS (wait_status));

  if (is_cancelled (work))
    return cancelled ();
  return dmc_error_new (DMC_ERROR_STATE, "The app's log in the workspace may say why; tell whoever made the bundle.",
                        "“%s” cannot be used: its action %s failed (%s).", step->entry->key, action_name (step), how);
}

static void
on_exited (AgentWorkspace *workspace, int pid, int wait_status, const char *app, gpointer data)
{
  Actions *self = data;
  Entry *entry = find_app (self, app);

  if (entry != NULL && g_hash_table_remove (entry->pids, GINT_TO_POINTER (pid)) && g_hash_table_size (entry->pids) == 0)
    app_actions_end_async (workspace, entry->key, ACTION_APP, NULL, NULL, NULL);
  if (self->work != NULL && self->pid == pid)
    step_done (self, wait_status != 0 ? failure (self->work, wait_status) : NULL);
  else if (self->work != NULL && self->pid < 0)
    g_hash_table_insert (self->ended, GINT_TO_POINTER (pid), GINT_TO_POINTER (wait_status));
  close_when_quiet (self);
}

/* The view has ended by itself, and with it the action that ran. */
static void
on_gone (Actions *self)
{
  self->gone = TRUE;
  g_clear_handle_id (&self->grace, g_source_remove);
  if (self->work != NULL && self->pid > 0)
    step_done (self, dmc_error_new (DMC_ERROR_STATE, NULL, "The workspace was closed meanwhile."));
  close_when_quiet (self);
}

static void
end_action (Actions *self)
{
  dmc_view_signal (agent_workspace_get_view (self->workspace), self->pid, SIGKILL, NULL);
}

static gboolean
on_timeout (gpointer data)
{
  Actions *self = data;

  self->timeout = 0;
  end_action (self);
  return G_SOURCE_REMOVE;
}

/* The action that runs is ended; what has not begun does not begin. */
static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  Work *work = data;
  Actions *self = work->actions;

  if (self->work == work && self->pid > 0 && is_cancelled (work))
    end_action (self);
}

static void
on_launched (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AgentWorkspace) workspace = data;
  Actions *self = actions_of (workspace);
  GError *error = NULL;
  g_autoptr (GArray) pids = app_launch_finish (result, &error);
  gpointer status;
  int pid;

  if (self == NULL || self->work == NULL) { /* the workspace was closed meanwhile */
    g_clear_error (&error);
    return;
  }
  if (pids == NULL) {
    step_done (self, error);
    return;
  }
  pid = g_array_index (pids, int, 0);
  self->pid = pid;
  if (g_hash_table_lookup_extended (self->ended, GINT_TO_POINTER (pid), NULL, &status))
    on_exited (workspace, pid, GPOINTER_TO_INT (status), NULL, self);
  else if (is_cancelled (self->work))
    end_action (self);
  else
    self->timeout = g_timeout_add_seconds (ACTION_SECONDS, on_timeout, self);
}

static GStrv
command_of (const Step *step)
{
  return dmc_json_dup_strings (step->entry->actions, action_name (step));
}

static void
run (Actions *self, const Step *step)
{
  g_autoptr (GPtrArray) commands = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  GStrv argv = command_of (step);

  if (argv == NULL || argv[0] == NULL) {
    g_strfreev (argv);
    step_done (self, NULL);
    return;
  }
  g_ptr_array_add (commands, argv);
  self->pid = -1; /* it is being started */
  g_hash_table_remove_all (self->ended);
  app_launch_plain_async (self->workspace, step->entry->apps[0] != NULL ? step->entry->apps[0] : step->entry->key, step->entry->key, commands, NULL,
                          on_launched, g_object_ref (self->workspace));
}

/* --- the queue --------------------------------------------------------------------------------------------- */

static gboolean
return_work (gpointer data)
{
  Work *work = data;

  if (work->error != NULL)
    g_task_return_error (work->task, g_steal_pointer (&work->error));
  else
    g_task_return_boolean (work->task, TRUE);
  work_free (work);
  return G_SOURCE_REMOVE;
}

/* Whoever asked is told later: they may ask for more at once. */
static void
finish_work (Actions *self)
{
  stop_listening (self->work, NULL);
  g_idle_add (return_work, self->work);
  self->work = g_queue_pop_head (&self->waiting);
}

static void
do_next (Actions *self)
{
  GError *error = NULL;

  while (self->work != NULL) {
    Work *work = self->work;
    const Step *step;
    guint bit;

    if (is_cancelled (work)) {
      turn_back (work, cancelled ());
      continue;
    }
    if (work->next == work->steps->len) {
      finish_work (self);
      continue;
    }
    step = &g_array_index (work->steps, Step, work->next++);
    bit = levels[step->level].level;
    if (((step->entry->marks & bit) != 0) == step->begin)
      continue; /* it has begun already, or there is nothing to end */
    if (step->begin && !mark (self, step->entry, step->entry->marks | bit, &error)) {
      turn_back (work, g_steal_pointer (&error));
      continue;
    }
    if (step->begin)
      g_array_append_val (work->begun, *step);
    run (self, step);
    return;
  }
}

static void
add_work (Actions *self, GTask *task, GArray *steps)
{
  Work *work = g_new0 (Work, 1);

  work->actions = self;
  work->task = task;
  if (g_task_get_cancellable (task) != NULL) {
    work->cancellable = g_object_ref (g_task_get_cancellable (task));
    work->on_cancelled = g_signal_connect (work->cancellable, "cancelled", G_CALLBACK (on_cancelled), work);
  }
  work->steps = steps;
  work->begun = g_array_new (FALSE, FALSE, sizeof (Step));
  if (self->work != NULL) {
    g_queue_push_tail (&self->waiting, work);
    return;
  }
  self->work = work;
  do_next (self);
}

static void
add_begin (GArray *steps, Entry *entry, guint wanted)
{
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    if (wanted & levels[i].level)
      g_array_append_val (steps, ((Step){ entry, i, TRUE }));
}

static void
add_end (GArray *steps, Entry *entry, guint wanted)
{
  for (guint i = G_N_ELEMENTS (levels); i-- > 0;)
    if (wanted & levels[i].level)
      g_array_append_val (steps, ((Step){ entry, i, FALSE }));
}

static GTask *
task_new (gpointer tag, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, tag);
  g_task_set_check_cancellable (task, FALSE); /* its end is owed, and waited for */
  return task;
}

gboolean
app_actions_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

gboolean
app_actions_has (AgentWorkspace *workspace, const char *app)
{
  return find_app (actions_of (workspace), app) != NULL;
}

static void
begin (AgentWorkspace *workspace, Entry *entry, guint wanted, GTask *task)
{
  GArray *steps = g_array_new (FALSE, FALSE, sizeof (Step));

  if (entry != NULL) {
    add_begin (steps, entry, wanted);
    add_work (actions_of (workspace), task, steps);
    return;
  }
  g_array_unref (steps);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

void
app_actions_begin_async (AgentWorkspace *workspace, const char *app, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  begin (workspace, find_app (actions_of (workspace), app), ACTION_DEVICE | ACTION_HOST | ACTION_APP,
         task_new (app_actions_begin_async, cancellable, callback, user_data));
}

void
app_actions_end_async (AgentWorkspace *workspace, const char *key, guint wanted, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  Actions *self = actions_of (workspace);
  GArray *steps = g_array_new (FALSE, FALSE, sizeof (Step));
  GTask *task = task_new (app_actions_end_async, cancellable, callback, user_data);

  for (guint i = 0; self != NULL && i < self->entries->len; i++) {
    Entry *entry = g_ptr_array_index (self->entries, i);

    if (key == NULL || g_str_equal (entry->key, key))
      add_end (steps, entry, wanted);
  }
  if (steps->len > 0) {
    add_work (self, task, steps);
    return;
  }
  g_array_unref (steps);
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

/* --- closing ----------------------------------------------------------------------------------------------- */

static void
on_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  g_task_return_boolean (task, app_actions_finish (result, NULL));
}

static guint
signal_apps (Actions *self, int signal)
{
  guint n = 0;

  for (guint i = 0; i < self->entries->len; i++) {
    GHashTableIter iter;
    gpointer pid;

    g_hash_table_iter_init (&iter, ((Entry *) g_ptr_array_index (self->entries, i))->pids);
    for (; g_hash_table_iter_next (&iter, &pid, NULL); n++)
      if (signal != 0)
        dmc_view_signal (agent_workspace_get_view (self->workspace), GPOINTER_TO_INT (pid), signal, NULL);
  }
  return n;
}

static void
close_when_quiet (Actions *self)
{
  GTask *task;

  if (self->closing == NULL || (!self->gone && signal_apps (self, 0) > 0))
    return;
  g_clear_handle_id (&self->grace, g_source_remove);
  task = g_steal_pointer (&self->closing);
  app_actions_end_async (self->workspace, NULL, ACTION_APP | ACTION_HOST, NULL, on_closed, task);
}

static gboolean
on_grace_over (gpointer data)
{
  Actions *self = data;

  self->grace = 0;
  signal_apps (self, SIGKILL);
  return G_SOURCE_REMOVE;
}

void
app_actions_close_async (AgentWorkspace *workspace, guint grace_ms, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = task_new (app_actions_close_async, NULL, callback, user_data);
  Actions *self = actions_of (workspace);

  if (self == NULL || self->entries->len == 0 || self->closing != NULL) {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  self->closing = task;
  if (signal_apps (self, SIGTERM) > 0)
    self->grace = g_timeout_add (grace_ms, on_grace_over, self);
  close_when_quiet (self);
}

void
app_actions_started (AgentWorkspace *workspace, const char *app, GArray *pids)
{
  Entry *entry = find_app (actions_of (workspace), app);
  g_autoptr (GArray) infos = entry != NULL ? process_table_read (agent_workspace_get_processes (workspace), NULL) : NULL;
  g_autoptr (GArray) running = infos != NULL ? process_table_running (infos, app) : NULL;

  if (entry == NULL)
    return;
  for (guint i = 0; running != NULL && i < pids->len; i++)
    for (guint j = 0; j < running->len; j++)
      if (g_array_index (pids, int, i) == g_array_index (running, int, j))
        g_hash_table_add (entry->pids, GINT_TO_POINTER (g_array_index (pids, int, i)));
  if (g_hash_table_size (entry->pids) == 0) /* it has ended already */
    app_actions_end_async (workspace, entry->key, ACTION_APP, NULL, NULL, NULL);
}

void
app_actions_forget (AgentWorkspace *workspace, const char *key)
{
  Actions *self = actions_of (workspace);
  Entry *entry = find_key (self, key);
  guint index;

  if (entry != NULL && g_ptr_array_find (self->entries, entry, &index))
    g_ptr_array_add (self->removed, g_ptr_array_steal_index (self->entries, index));
}

/* --- what there is ----------------------------------------------------------------------------------------- */

static GStrv
ids_of (const AppRecord *record)
{
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  for (gsize i = 0; record->desktop_files[i] != NULL; i++) {
    g_autofree char *id = g_path_get_basename (record->desktop_files[i]);
    g_strv_builder_add (ids, id);
  }
  return g_strv_builder_end (ids);
}

static Entry *
read_entry (int vault, const AppRecord *record)
{
  g_autoptr (BundleHead) head = g_str_equal (record->kind, "bundle") && bundle_store_find (vault, record->key) != BUNDLE_NONE
                                    ? bundle_store_read_head (vault, record->key, NULL) : NULL;
  JsonObject *actions = head != NULL ? dmc_json_get_object (head->manifest, "actions") : NULL;
  Entry *entry;

  if (actions == NULL || !app_actions_check (actions, NULL))
    return NULL;
  entry = g_new0 (Entry, 1);
  entry->key = g_strdup (record->key);
  entry->apps = ids_of (record);
  entry->actions = json_object_ref (actions);
  entry->marks = action_marks_read (vault, record->key);
  entry->pids = g_hash_table_new (NULL, NULL);
  return entry;
}

/* In a thread: the entries of all bundles, or of one. */
typedef struct {
  int vault, root;
  char *key;
} Reading;

static void
reading_free (gpointer data)
{
  Reading *self = data;

  g_free (self->key);
  g_free (self);
}

static void
read_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Reading *self = task_data;
  RootDir root = { .fd = self->root, .home_fd = -1 };
  g_autoptr (GPtrArray) records = app_records_read (&root);
  GPtrArray *entries = g_ptr_array_new_with_free_func (entry_free);

  for (guint i = 0; i < records->len; i++) {
    const AppRecord *record = g_ptr_array_index (records, i);
    Entry *entry = self->key == NULL || g_str_equal (self->key, record->key) ? read_entry (self->vault, record) : NULL;

    if (entry != NULL)
      g_ptr_array_add (entries, entry);
  }
  g_task_return_pointer (task, entries, (GDestroyNotify) g_ptr_array_unref);
}

static void
read_entries (AgentWorkspace *workspace, const char *key, GAsyncReadyCallback callback, GTask *task)
{
  g_autoptr (GTask) work = g_task_new (workspace, NULL, callback, task);
  Reading *reading = g_new0 (Reading, 1);

  reading->vault = dmc_vault_get_root_fd (agent_workspace_get_vault (workspace));
  reading->root = dmc_view_get_root_fd (agent_workspace_get_view (workspace));
  reading->key = g_strdup (key);
  g_task_set_task_data (work, reading, reading_free);
  g_task_run_in_thread (work, read_in_thread);
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  AgentWorkspace *workspace = AGENT_WORKSPACE (source);
  GPtrArray *entries = g_task_propagate_pointer (G_TASK (result), NULL);
  GArray *steps = g_array_new (FALSE, FALSE, sizeof (Step));
  Actions *self = g_new0 (Actions, 1);

  self->workspace = workspace;
  self->entries = entries;
  self->removed = g_ptr_array_new_with_free_func (entry_free);
  self->ended = g_hash_table_new (NULL, NULL);
  g_queue_init (&self->waiting);
  g_object_set_data_full (G_OBJECT (agent_workspace_get_view (workspace)), "app-actions", self, actions_free);
  g_object_add_weak_pointer (G_OBJECT (workspace), (gpointer *) &self->workspace);
  g_signal_connect (workspace, "exited", G_CALLBACK (on_exited), self);
  g_signal_connect_swapped (agent_workspace_get_view (workspace), "gone", G_CALLBACK (on_gone), self);
  if (!GPOINTER_TO_INT (g_task_get_task_data (task)))
    for (guint i = 0; i < entries->len; i++)
      add_end (steps, g_ptr_array_index (entries, i), ACTION_APP | ACTION_HOST);
  add_work (self, task, steps);
}

void
app_actions_load_async (AgentWorkspace *workspace, gboolean resumed, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = task_new (app_actions_load_async, NULL, callback, user_data);

  g_task_set_task_data (task, GINT_TO_POINTER (resumed), NULL);
  read_entries (workspace, NULL, on_loaded, task);
}

void
app_actions_load_finish (GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

static void
on_one_read (GObject *source, GAsyncResult *result, gpointer data)
{
  AgentWorkspace *workspace = AGENT_WORKSPACE (source);
  g_autoptr (GPtrArray) entries = g_task_propagate_pointer (G_TASK (result), NULL);
  Actions *self = actions_of (workspace);
  Entry *entry = self != NULL && entries->len > 0 ? g_ptr_array_steal_index (entries, 0) : NULL;

  if (entry != NULL)
    g_ptr_array_add (self->entries, entry);
  begin (workspace, entry, ACTION_DEVICE, data);
}

void
app_actions_add_async (AgentWorkspace *workspace, const char *key, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  read_entries (workspace, key, on_one_read, task_new (app_actions_add_async, cancellable, callback, user_data));
}

gboolean
app_actions_check (JsonObject *actions, GError **error)
{
  g_autoptr (GList) members = json_object_get_members (actions);

  for (GList *item = members; item != NULL; item = item->next) {
    const char *name = item->data;
    g_auto (GStrv) argv = dmc_json_dup_strings (actions, name);
    gboolean known = FALSE;

    for (gsize i = 0; i < G_N_ELEMENTS (levels); i++)
      known = known || g_str_equal (name, levels[i].begin) || g_str_equal (name, levels[i].end);
    if (known && argv != NULL && argv[0] != NULL && argv[0][0] == '/')
      continue;
    g_propagate_error (error, dmc_error_new_param ("actions", NULL, known ? "“%s” must be an absolute path and arguments"
                                                                          : "“%s” is no action", name));
    return FALSE;
  }
  return TRUE;
}
