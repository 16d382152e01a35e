/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workspace-store.h"

#include <gio/gunixmounts.h>
#include <glib/gstdio.h>

#include "agent/media-reader.h"
#include "agent/store-file.h"
#include "rpc/error.h"
#include "storage/remove-tree.h"
#include "storage/volume.h"

/* Attaching a medium makes a burst of events; one look after it is enough. */
#define SETTLE_MS 250
#define TOP_DEPTH  1
#define SCAN_DEPTH 4

struct _AgentStore {
  GObject parent_instance;

  char *state_dir;
  GHashTable *workspaces; /* id -> AgentWorkspace */
  GPtrArray *creating;    /* of char *, also on disk, so that a crash leaves no half workspace */
  GPtrArray *volumes;     /* of Volume */
  GPtrArray *unnameable;  /* of char *: where there was one under a name that is not UTF-8 */
  GUnixMountMonitor *mounts;
  GVolumeMonitor *monitor;
  guint settle;
};

G_DEFINE_FINAL_TYPE (AgentStore, agent_store, G_TYPE_OBJECT)

enum { ADDED, CHANGED, REMOVED, VOLUMES_CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
agent_store_finalize (GObject *object)
{
  AgentStore *self = AGENT_STORE (object);

  g_clear_handle_id (&self->settle, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->mounts, self);
  g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_object_unref (self->mounts);
  g_object_unref (self->monitor);
  g_hash_table_unref (self->workspaces);
  g_ptr_array_unref (self->creating);
  g_ptr_array_unref (self->volumes);
  g_ptr_array_unref (self->unnameable);
  g_free (self->state_dir);
  G_OBJECT_CLASS (agent_store_parent_class)->finalize (object);
}

static void
agent_store_class_init (AgentStoreClass *klass)
{
  static const char *const names[] = { "added", "changed", "removed" };

  G_OBJECT_CLASS (klass)->finalize = agent_store_finalize;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    signals[ADDED + i] = g_signal_new (names[i], G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 1, AGENT_TYPE_WORKSPACE);
  signals[VOLUMES_CHANGED] = g_signal_new ("volumes-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static gboolean
on_settled (gpointer data)
{
  AgentStore *self = data;

  self->settle = 0;
  agent_store_refresh_async (self, NULL, FALSE, NULL, NULL);
  return G_SOURCE_REMOVE;
}

static void
on_media_changed (AgentStore *self)
{
  if (self->settle == 0)
    self->settle = g_timeout_add (SETTLE_MS, on_settled, self);
}

static void
agent_store_init (AgentStore *self)
{
  static const char *const monitored[] = { "mount-added", "mount-removed", "volume-added", "volume-removed",
                                           "volume-changed" };

  self->workspaces = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->creating = g_ptr_array_new_with_free_func (g_free);
  self->unnameable = g_ptr_array_new_with_free_func (g_free);
  self->volumes = g_ptr_array_new_with_free_func ((GDestroyNotify) volume_free);
  self->mounts = g_unix_mount_monitor_get ();
  self->monitor = g_volume_monitor_get ();
  g_signal_connect_swapped (self->mounts, "mounts-changed", G_CALLBACK (on_media_changed), self);
  for (guint i = 0; i < G_N_ELEMENTS (monitored); i++)
    g_signal_connect_swapped (self->monitor, monitored[i], G_CALLBACK (on_media_changed), self);
}

/* --- what is kept on disk ---------------------------------------------------------------------------- */

static void
save (AgentStore *self)
{
  g_autoptr (StoreFile) file = store_file_new ();
  g_autoptr (GPtrArray) list = agent_store_list (self);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < list->len; i++) {
    AgentWorkspace *one = g_ptr_array_index (list, i);
    store_file_add (file, agent_workspace_get_id (one), agent_workspace_get_name (one),
                    agent_workspace_get_path (one));
  }
  for (guint i = 0; i < self->creating->len; i++)
    g_ptr_array_add (file->creating, g_strdup (g_ptr_array_index (self->creating, i)));
  if (!store_file_save (file, self->state_dir, &error))
    g_warning ("The list of workspaces cannot be saved: %s", error->message);
}

/* A create that was cut off by a crash: its folder has no description and nobody can have used it. */
static void
remove_half_made (const char *path)
{
  g_autofree char *description = g_build_filename (path, WORKSPACE_FILE_NAME, NULL);
  g_autoptr (GError) error = NULL;

  if (!g_str_has_suffix (path, WORKSPACE_SUFFIX) || g_file_test (description, G_FILE_TEST_EXISTS) ||
      !g_file_test (path, G_FILE_TEST_IS_DIR))
    return;
  if (remove_tree (path, &error))
    g_message ("Removed “%s”, a workspace that was never finished", path);
  else
    g_warning ("A workspace that was never finished is left: %s", error->message);
}

static void
set_aside (const char *state_dir, const GError *why)
{
  g_autofree char *path = g_build_filename (state_dir, "workspaces.json", NULL);
  g_autofree char *aside = g_strconcat (path, ".damaged", NULL);

  g_warning ("The list of workspaces is damaged (%s) and was set aside as “%s”", why->message, aside);
  g_rename (path, aside);
}

static void
insert (AgentStore *self, AgentWorkspace *workspace);

/**
 * agent_store_new:
 * @state_dir: the agent's state folder, which exists
 * @error: return location
 *
 * Reads the workspaces that are known from before and cleans up after a crash. They are lost until the
 * first agent_store_refresh_async() has looked at their media.
 *
 * Returns: (transfer full): the store
 */
AgentStore *
agent_store_new (const char *state_dir, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (StoreFile) file = store_file_load (state_dir, &local);
  AgentStore *self = g_object_new (AGENT_TYPE_STORE, NULL);

  self->state_dir = g_strdup (state_dir);
  if (file == NULL) {
    set_aside (state_dir, local);
    return self;
  }
  for (guint i = 0; i < file->creating->len; i++)
    remove_half_made (g_ptr_array_index (file->creating, i));
  for (guint i = 0; i < file->known->len; i++) {
    KnownWorkspace *known = g_ptr_array_index (file->known, i);
    if (!g_hash_table_contains (self->workspaces, known->id))
      insert (self, agent_workspace_new_lost (known->path, known->id, known->name));
  }
  save (self);
  return self;
}

/* --- the workspaces ---------------------------------------------------------------------------------- */

static void
on_workspace_changed (AgentWorkspace *workspace, AgentStore *self)
{
  g_signal_emit (self, signals[CHANGED], 0, workspace);
}

/* Takes @workspace. */
static void
insert (AgentStore *self, AgentWorkspace *workspace)
{
  g_hash_table_replace (self->workspaces, g_strdup (agent_workspace_get_id (workspace)), workspace);
  g_signal_connect_object (workspace, "changed", G_CALLBACK (on_workspace_changed), self, 0);
  g_signal_emit (self, signals[ADDED], 0, workspace);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  AgentWorkspace *x = *(AgentWorkspace *const *) a;
  AgentWorkspace *y = *(AgentWorkspace *const *) b;
  int order = g_utf8_collate (agent_workspace_get_name (x), agent_workspace_get_name (y));

  return order != 0 ? order : g_strcmp0 (agent_workspace_get_id (x), agent_workspace_get_id (y));
}

/* Returns: (transfer full) (element-type AgentWorkspace): all, sorted by name */
GPtrArray *
agent_store_list (AgentStore *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer workspace;

  g_hash_table_iter_init (&iter, self->workspaces);
  while (g_hash_table_iter_next (&iter, NULL, &workspace))
    g_ptr_array_add (list, g_object_ref (workspace));
  g_ptr_array_sort (list, compare_names);
  return list;
}

/* Returns: (transfer none): the workspace, or %NULL with %DMC_ERROR_NOT_FOUND */
AgentWorkspace *
agent_store_lookup (AgentStore *self, const char *id, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (id, -1);
  AgentWorkspace *workspace = g_hash_table_lookup (self->workspaces, lower);

  if (workspace == NULL)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND, "The list of workspaces names those that are known here.",
                                             "There is no workspace “%s”.", id));
  return workspace;
}

/**
 * agent_store_adopt:
 * @self: the store
 * @path: a workspace's folder
 * @file: what its workspace.json says
 *
 * Makes the workspace known, or, where its id is known, tells where it is now.
 *
 * Returns: (transfer none): the workspace
 */
AgentWorkspace *
agent_store_adopt (AgentStore *self, const char *path, const WorkspaceFile *file)
{
  AgentWorkspace *workspace = g_hash_table_lookup (self->workspaces, file->id);

  if (workspace != NULL) {
    agent_workspace_found (workspace, path, file);
  } else {
    workspace = agent_workspace_new (path, file);
    insert (self, workspace);
  }
  save (self);
  return workspace;
}

/* Drops a workspace that is not there any more. */
void
agent_store_forget (AgentStore *self, AgentWorkspace *workspace)
{
  g_autoptr (AgentWorkspace) kept = g_object_ref (workspace);

  if (!g_hash_table_remove (self->workspaces, agent_workspace_get_id (kept)))
    return;
  g_signal_handlers_disconnect_by_data (kept, self);
  save (self);
  g_signal_emit (self, signals[REMOVED], 0, kept);
}

/* Returns: (transfer none) (element-type Volume): as of the last refresh */
GPtrArray *
agent_store_get_volumes (AgentStore *self)
{
  return self->volumes;
}

/* Notes on disk that @path is being made, so that the next start removes what a crash leaves. */
void
agent_store_begin_create (AgentStore *self, const char *path)
{
  g_ptr_array_add (self->creating, g_strdup (path));
  save (self);
}

void
agent_store_end_create (AgentStore *self, const char *path)
{
  guint index;

  if (g_ptr_array_find_with_equal_func (self->creating, path, g_str_equal, &index))
    g_ptr_array_remove_index (self->creating, index);
  save (self);
}

/* --- looking at the media ------------------------------------------------------------------------------ */

typedef struct {
  char *scan_below;
  gboolean deep;
  guint n_found;
} Refresh;

static void
refresh_free (Refresh *refresh)
{
  g_free (refresh->scan_below);
  g_free (refresh);
}

static AgentWorkspace *
find_by_path (AgentStore *self, const char *path)
{
  GHashTableIter iter;
  gpointer workspace;

  g_hash_table_iter_init (&iter, self->workspaces);
  while (g_hash_table_iter_next (&iter, NULL, &workspace))
    if (g_str_equal (agent_workspace_get_path (workspace), path))
      return workspace;
  return NULL;
}

/* A finding where nothing usable is: of interest only where a workspace is known to have been. */
static gboolean
is_found (AgentWorkspace *known, GHashTable *found_ids)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, found_ids);
  while (g_hash_table_iter_next (&iter, NULL, &id))
    if (g_str_equal (id, agent_workspace_get_id (known)))
      return TRUE;
  return FALSE;
}

static void
take_missing (AgentStore *self, const MediaFinding *finding, GHashTable *found_ids)
{
  AgentWorkspace *known = find_by_path (self, finding->path);

  if (known == NULL || is_found (known, found_ids))
    return;
  gboolean deleted = finding->medium_there && g_error_matches (finding->error, DMC_ERROR, DMC_ERROR_NOT_FOUND) &&
                     !g_file_test (finding->path, G_FILE_TEST_EXISTS);
  gboolean in_use = !agent_workspace_is_at_rest (known) &&
                    agent_workspace_get_state (known) != WORKSPACE_LOST;
  if (deleted && !in_use)
    agent_store_forget (self, known);
  else
    agent_workspace_lost (known, finding->error->message);
}

/* Whether the workspace is still where it was before; then the same one elsewhere is only a copy. */
static gboolean
is_copy (AgentWorkspace *known, const MediaFinding *finding, GHashTable *found_ids)
{
  const char *path = agent_workspace_get_path (known);

  return !g_str_equal (path, finding->path) &&
         g_strcmp0 (g_hash_table_lookup (found_ids, path), agent_workspace_get_id (known)) == 0;
}

static void
take_found (AgentStore *self, const MediaFinding *finding, GHashTable *found_ids, Refresh *refresh)
{
  AgentWorkspace *known = g_hash_table_lookup (self->workspaces, finding->file->id);

  if (known == NULL) {
    known = agent_workspace_new (finding->path, finding->file);
    insert (self, known);
    refresh->n_found++;
  } else if (!is_copy (known, finding, found_ids)) {
    agent_workspace_found (known, finding->path, finding->file);
  } else {
    return;
  }
  agent_workspace_set_used (known, finding->used_bytes);
}

/* No path in the protocol can name it: it is there to see, and what to do about it. */
static void
take_unnameable (AgentStore *self, const MediaFinding *finding, GHashTable *found_ids, Refresh *refresh)
{
  g_autofree char *path = g_filename_display_name (finding->path); /* which is of no use to find it again */
  g_autofree char *problem = g_strdup_printf ("The name of its folder “%s” has bytes that are not UTF-8. Rename the folder, with a file manager "
                                              "or with “mv”, to open the workspace.", path);
  AgentWorkspace *known = g_hash_table_lookup (self->workspaces, finding->file->id);

  g_ptr_array_add (self->unnameable, g_strdup (finding->path));
  if (known != NULL && !g_str_equal (agent_workspace_get_path (known), path)) {
    if (!agent_workspace_is_at_rest (known) || is_copy (known, finding, found_ids))
      return;
    agent_store_forget (self, known); /* renamed */
    known = NULL;
  }
  if (known == NULL) {
    known = agent_workspace_new_lost (path, finding->file->id, finding->file->name);
    insert (self, known);
    refresh->n_found++;
  }
  agent_workspace_lost (known, problem);
}

static void
on_media_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  AgentStore *self = g_task_get_source_object (task);
  Refresh *refresh = g_task_get_task_data (task);
  g_autoptr (GPtrArray) findings = media_read_finish (result, NULL);
  g_autoptr (GHashTable) found_ids = g_hash_table_new (g_str_hash, g_str_equal); /* by path */

  for (guint i = 0; i < findings->len; i++) {
    MediaFinding *finding = g_ptr_array_index (findings, i);
    if (finding->file != NULL)
      g_hash_table_insert (found_ids, finding->path, finding->file->id);
  }
  g_ptr_array_set_size (self->unnameable, 0);
  for (guint i = 0; i < findings->len; i++) {
    MediaFinding *finding = g_ptr_array_index (findings, i);
    if (finding->file == NULL)
      take_missing (self, finding, found_ids);
    else if (g_utf8_validate (finding->path, -1, NULL))
      take_found (self, finding, found_ids, refresh);
    else
      take_unnameable (self, finding, found_ids, refresh);
  }
  if (refresh->n_found > 0)
    save (self);
  g_signal_emit (self, signals[VOLUMES_CHANGED], 0);
  g_task_return_boolean (task, TRUE);
}

static void
add_root (GPtrArray *roots, const char *path)
{
  if (path != NULL && !g_ptr_array_find_with_equal_func (roots, path, g_str_equal, NULL))
    g_ptr_array_add (roots, g_strdup (path));
}

static void
on_volumes_read (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  AgentStore *self = g_task_get_source_object (task);
  Refresh *refresh = g_task_get_task_data (task);
  g_autoptr (GPtrArray) volumes = volume_list_read_finish (result, NULL);
  g_autoptr (GPtrArray) list = agent_store_list (self);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) roots = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < list->len; i++)
    g_ptr_array_add (paths, g_strdup (agent_workspace_get_path (g_ptr_array_index (list, i))));
  for (guint i = 0; i < self->unnameable->len; i++)
    g_ptr_array_add (paths, g_strdup (g_ptr_array_index (self->unnameable, i)));
  add_root (roots, refresh->scan_below);
  for (guint i = 0; i < volumes->len && refresh->scan_below == NULL; i++) {
    Volume *volume = g_ptr_array_index (volumes, i);
    /* The whole system is not searched in depth; the home below it is. */
    if (!refresh->deep || g_strcmp0 (volume->path, "/") != 0)
      add_root (roots, volume->path);
  }
  if (refresh->scan_below == NULL)
    add_root (roots, g_get_home_dir ());
  g_ptr_array_unref (self->volumes);
  self->volumes = g_steal_pointer (&volumes);
  media_read_async (paths, roots, refresh->deep ? SCAN_DEPTH : TOP_DEPTH, on_media_read, task);
}

/**
 * agent_store_refresh_async:
 * @self: the store
 * @scan_below: (nullable): look only below this folder; %NULL for every volume and the home
 * @deep: whether to look some levels deep, or at the top only
 * @callback: (nullable): called when done
 * @user_data: for @callback
 *
 * Looks at the volumes and the workspaces on them.
 */
void
agent_store_refresh_async (AgentStore *self, const char *scan_below, gboolean deep, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Refresh *refresh = g_new0 (Refresh, 1);

  refresh->scan_below = g_strdup (scan_below);
  refresh->deep = deep;
  g_task_set_source_tag (task, agent_store_refresh_async);
  g_task_set_task_data (task, refresh, (GDestroyNotify) refresh_free);
  volume_list_read_async (NULL, on_volumes_read, task);
}

/* @n_found: (out) (optional): how many workspaces became known */
gboolean
agent_store_refresh_finish (AgentStore *self, GAsyncResult *result, guint *n_found, GError **error)
{
  Refresh *refresh = g_task_get_task_data (G_TASK (result));

  if (n_found != NULL)
    *n_found = refresh->n_found;
  return g_task_propagate_boolean (G_TASK (result), error);
}
