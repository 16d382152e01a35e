/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/process-table.h"

#include <string.h>

typedef struct {
  const char *app; /* interned, or NULL */
} Started;

typedef struct {
  guint64 start_ticks;
  const char *app;
} Seen;

struct _ProcessTable {
  gatomicrefcount refs;
  DmcView *view;
  GHashTable *started;  /* pid -> Started, while it lives */
  GHashTable *sessions; /* pid of a session's leader -> Started, while the session has processes */
  GHashTable *seen;     /* host pid -> Seen, as of the last read */
};

/**
 * process_table_new:
 * @view: whose processes; a reference is kept
 *
 * Returns: (transfer full): a table in which nothing has been started yet
 */
ProcessTable *
process_table_new (DmcView *view)
{
  ProcessTable *self = g_new0 (ProcessTable, 1);

  g_atomic_ref_count_init (&self->refs);
  self->view = g_object_ref (view);
  self->started = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->sessions = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->seen = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return self;
}

ProcessTable *
process_table_ref (ProcessTable *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
process_table_unref (ProcessTable *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_hash_table_unref (self->started);
  g_hash_table_unref (self->sessions);
  g_hash_table_unref (self->seen);
  g_object_unref (self->view);
  g_free (self);
}

/**
 * process_table_add:
 * @self: the table
 * @pid: a process that was started, in the workspace; it leads a session of its own
 * @app: (nullable): the app that it was started for
 */
void
process_table_add (ProcessTable *self, int pid, const char *app)
{
  Started started = { .app = g_intern_string (app) };

  g_hash_table_replace (self->started, GINT_TO_POINTER (pid), g_memdup2 (&started, sizeof started));
  g_hash_table_replace (self->sessions, GINT_TO_POINTER (pid), g_memdup2 (&started, sizeof started));
}

/* Calls @visit for each process of process_table_add() that lives; @app may be NULL. */
void
process_table_each (ProcessTable *self, void (*visit) (int pid, const char *app, gpointer data), gpointer data)
{
  GHashTableIter iter;
  gpointer pid, started;

  g_hash_table_iter_init (&iter, self->started);
  while (g_hash_table_iter_next (&iter, &pid, &started))
    visit (GPOINTER_TO_INT (pid), ((Started *) started)->app, data);
}

/**
 * process_table_remove:
 * @self: the table
 * @pid: a process that has ended
 * @known: (out): whether it was one of process_table_add()
 *
 * Returns: (nullable): the app that it was started for
 */
const char *
process_table_remove (ProcessTable *self, int pid, gboolean *known)
{
  Started *started = g_hash_table_lookup (self->started, GINT_TO_POINTER (pid));
  const char *app = started != NULL ? started->app : NULL;

  *known = started != NULL;
  g_hash_table_remove (self->started, GINT_TO_POINTER (pid));
  return app;
}

/* The session of a process, as a pid in the workspace, which is the innermost namespace that it is in; 0 where
 * it is gone. See proc(5), /proc/pid/status. */
static int
session_of (int host_pid)
{
  char path[32];
  g_autofree char *text = NULL;
  const char *line, *end;

  g_snprintf (path, sizeof path, "/proc/%d/status", host_pid);
  if (!g_file_get_contents (path, &text, NULL, NULL) || (line = strstr (text, "\nNSsid:")) == NULL)
    return 0;
  end = line + 1 + strcspn (line + 1, "\n");
  while (end > line && g_ascii_isdigit (end[-1]))
    end--;
  return (int) g_ascii_strtoll (end, NULL, 10);
}

static ProcessInfo *
find_info (GArray *infos, int pid)
{
  guint low = 0, high = infos->len;

  while (low < high) {
    guint middle = low + (high - low) / 2;
    ProcessInfo *info = &g_array_index (infos, ProcessInfo, middle);
    if (info->process->pid == pid)
      return info;
    if (info->process->pid < pid)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

/* The nearest ancestor, itself included, that was started by us. */
static Started *
starter_of (ProcessTable *self, GArray *infos, const ProcessInfo *info)
{
  for (guint steps = 0; info != NULL && steps <= infos->len; steps++) {
    Started *started = g_hash_table_lookup (self->started, GINT_TO_POINTER (info->process->pid));
    if (started != NULL)
      return started;
    info = find_info (infos, info->process->ppid);
  }
  return NULL;
}

static const char *
app_of (ProcessTable *self, GArray *infos, const ProcessInfo *info)
{
  const DmcProcess *process = info->process;
  Seen *seen = g_hash_table_lookup (self->seen, GINT_TO_POINTER (process->host_pid));

  if (seen != NULL && seen->start_ticks == process->start_ticks)
    return seen->app;
  Started *started = starter_of (self, infos, info);
  if (started == NULL)
    started = g_hash_table_lookup (self->sessions, GINT_TO_POINTER (info->session));
  return started != NULL ? started->app : NULL;
}

static void
clear_info (gpointer data)
{
  dmc_process_free (((ProcessInfo *) data)->process);
}

/* Forgets the sessions that have no process left. /proc is not read in one moment: a leader that has ended may
 * hide a child that it started just then, so nothing is concluded before the leader's end has been told. */
static void
forget_sessions (ProcessTable *self, GHashTable *living)
{
  GHashTableIter iter;
  gpointer leader;

  g_hash_table_iter_init (&iter, self->sessions);
  while (g_hash_table_iter_next (&iter, &leader, NULL))
    if (!g_hash_table_contains (living, leader) && !g_hash_table_contains (self->started, leader))
      g_hash_table_iter_remove (&iter);
}

static void
attribute (ProcessTable *self, GArray *infos)
{
  g_autoptr (GHashTable) living = g_hash_table_new (NULL, NULL);
  GHashTable *seen = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  for (guint i = 0; i < infos->len; i++) {
    ProcessInfo *info = &g_array_index (infos, ProcessInfo, i);

    info->session = session_of (info->process->host_pid);
    info->app = app_of (self, infos, info);
    g_hash_table_add (living, GINT_TO_POINTER (info->session));
    if (info->app != NULL) {
      Seen entry = { .start_ticks = info->process->start_ticks, .app = info->app };
      g_hash_table_replace (seen, GINT_TO_POINTER (info->process->host_pid), g_memdup2 (&entry, sizeof entry));
    }
  }
  forget_sessions (self, living);
  g_hash_table_unref (self->seen);
  self->seen = seen;
}

/**
 * process_table_read:
 * @self: the table
 * @error: where to leave the view's error
 *
 * Lists every process of the view, with its app.
 *
 * Returns: (transfer full) (element-type ProcessInfo): by rising pid
 */
GArray *
process_table_read (ProcessTable *self, GError **error)
{
  g_autoptr (GPtrArray) processes = dmc_view_list_processes (self->view, error);

  if (processes == NULL)
    return NULL;

  GArray *infos = g_array_sized_new (FALSE, TRUE, sizeof (ProcessInfo), processes->len);
  g_array_set_clear_func (infos, clear_info);
  g_ptr_array_set_free_func (processes, NULL);
  for (guint i = 0; i < processes->len; i++) {
    ProcessInfo info = { .process = g_ptr_array_index (processes, i) };
    g_array_append_val (infos, info);
  }
  attribute (self, infos);
  return infos;
}

/**
 * process_table_running:
 * @infos: from process_table_read()
 * @app: (nullable): an app's id
 *
 * Returns: (transfer full) (element-type int): the app's processes that no other process of it is the
 *   parent of
 */
GArray *
process_table_running (GArray *infos, const char *app)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (int));
  const char *interned = g_intern_string (app);

  for (guint i = 0; i < infos->len; i++) {
    ProcessInfo *info = &g_array_index (infos, ProcessInfo, i);
    ProcessInfo *parent = find_info (infos, info->process->ppid);
    if (info->app == interned && (parent == NULL || parent->app != interned))
      g_array_append_val (pids, info->process->pid);
  }
  return pids;
}

/**
 * process_table_has_orphans:
 * @self: the table
 * @infos: from process_table_read()
 *
 * Returns: whether an app has processes whose end nobody will tell us, for the process that was started
 *   for it has ended before them
 */
gboolean
process_table_has_orphans (ProcessTable *self, GArray *infos)
{
  for (guint i = 0; i < infos->len; i++) {
    ProcessInfo *info = &g_array_index (infos, ProcessInfo, i);
    if (info->app != NULL && starter_of (self, infos, info) == NULL)
      return TRUE;
  }
  return FALSE;
}

/* How many apps run, as far as is known without looking. */
guint
process_table_count_apps (ProcessTable *self)
{
  g_autoptr (GHashTable) apps = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->started);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Started *) value)->app != NULL)
      g_hash_table_add (apps, (gpointer) ((Started *) value)->app);
  g_hash_table_iter_init (&iter, self->seen);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Seen *) value)->app != NULL)
      g_hash_table_add (apps, (gpointer) ((Seen *) value)->app);
  return g_hash_table_size (apps);
}
