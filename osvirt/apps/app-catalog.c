/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/app-catalog.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/app-icon.h"
#include "apps/app-record.h"

#define SUFFIX ".desktop"
/* Bounds on what a hostile tree can make us read. */
#define MAX_APPS  4096
#define MAX_DEPTH 3

typedef struct {
  const RootDir *root;
  const char *icon_dir; /* NULL: nobody wants icons */
  PictureDrawer *drawer;
  const char *search_path;
  GHashTable *seen; /* ids that a nearer folder has */
  GPtrArray *entries;
} Catalog;

/* An app without its program cannot be started and is not shown; nor does GLib show it. */
static gboolean
can_start (Catalog *catalog, const DesktopEntry *entry)
{
  g_auto (GStrv) words = NULL;
  g_autofree char *tried = NULL;
  g_autofree char *program = NULL;

  if (entry->try_exec != NULL) {
    tried = root_dir_find_program (catalog->root, entry->try_exec, catalog->search_path);
    if (tried == NULL)
      return FALSE;
  }
  if (entry->exec == NULL || !g_shell_parse_argv (entry->exec, NULL, &words, NULL))
    return FALSE;
  program = root_dir_find_program (catalog->root, words[0], catalog->search_path);
  return program != NULL;
}

static void
add_file (Catalog *catalog, const char *path, const char *id)
{
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize length = 0;

  if (!g_utf8_validate (id, -1, NULL) || !g_hash_table_add (catalog->seen, g_strdup (id)))
    return;
  if (!root_dir_read (catalog->root, path, DESKTOP_ENTRY_MAX_SIZE, &data, &length, &error)) {
    g_debug ("%s: %s", path, error->message);
    return;
  }
  g_autoptr (DesktopEntry) entry = desktop_entry_parse (id, path, data, length, &error);
  if (entry == NULL)
    g_debug ("%s", error->message);
  if (entry == NULL || entry->deleted || !can_start (catalog, entry))
    return;
  if (catalog->icon_dir != NULL && !entry->hidden)
    entry->icon_file = app_icon_export (catalog->root, entry->icon, catalog->icon_dir, catalog->drawer);
  g_ptr_array_add (catalog->entries, g_steal_pointer (&entry));
}

/* @prefix is the id's part that stands for the folders above, as the specification has it. */
static void
add_folder (Catalog *catalog, const char *path, const char *prefix, int depth)
{
  int fd = root_dir_open (catalog->root, path, O_RDONLY | O_DIRECTORY);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *file;

  if (dir == NULL) {
    if (fd >= 0)
      g_close (fd, NULL);
    return;
  }
  while ((file = readdir (dir)) != NULL && g_hash_table_size (catalog->seen) < MAX_APPS) {
    g_autofree char *child = g_build_filename (path, file->d_name, NULL);
    g_autofree char *id = g_strconcat (prefix, file->d_name, NULL);

    if (file->d_name[0] == '.')
      continue;
    if (g_str_has_suffix (file->d_name, SUFFIX)) {
      add_file (catalog, child, id);
    } else if (file->d_type == DT_DIR && depth < MAX_DEPTH) {
      g_autofree char *below = g_strconcat (id, "-", NULL);
      add_folder (catalog, child, below, depth + 1);
    }
  }
  closedir (dir);
}

static GStrv
one_word (const char *word)
{
  const char *words[] = { word, NULL };

  return g_strdupv ((char **) words);
}

/* An app without a menu entry, as commands are: it is started in a terminal. */
static DesktopEntry *
entry_of_record (const AppRecord *record)
{
  DesktopEntry *entry = g_new0 (DesktopEntry, 1);

  entry->id = g_strdup (record->key);
  entry->path = g_strdup ("");
  entry->name = g_strdup (record->name[0] != '\0' ? record->name : record->key);
  entry->summary = g_strdup (record->summary);
  entry->icon = g_strdup ("utilities-terminal");
  entry->exec = record->programs[0] != NULL ? g_shell_quote (record->programs[0]) : NULL;
  entry->categories = one_word ("ConsoleOnly");
  entry->keywords = g_new0 (char *, 1);
  entry->mime_types = g_new0 (char *, 1);
  entry->version = g_strdup (record->version);
  entry->terminal = TRUE;
  return entry;
}

static void
note_record (DesktopEntry *entry, const AppRecord *record)
{
  entry->source = g_strdup (record->kind);
  entry->record = g_strdup (record->key);
  entry->size_bytes = record->size_bytes;
  if (record->version[0] != '\0') {
    g_free (entry->version);
    entry->version = g_strdup (record->version);
  }
}

/* Which entries are of apps that were installed in the workspace; such an app without an entry gets one. */
static void
add_records (Catalog *catalog)
{
  g_autoptr (GPtrArray) records = app_records_read (catalog->root);
  g_autoptr (GHashTable) shown = g_hash_table_new (g_direct_hash, g_direct_equal);

  for (guint i = 0; i < catalog->entries->len; i++) {
    DesktopEntry *entry = g_ptr_array_index (catalog->entries, i);
    AppRecord *record = app_records_owner (records, entry->path);
    if (record == NULL)
      continue;
    note_record (entry, record);
    g_hash_table_add (shown, record);
  }
  for (guint i = 0; i < records->len; i++) {
    AppRecord *record = g_ptr_array_index (records, i);
    if (g_hash_table_contains (shown, record))
      continue;
    DesktopEntry *entry = entry_of_record (record);
    note_record (entry, record);
    g_ptr_array_add (catalog->entries, entry);
  }
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const DesktopEntry *x = *(DesktopEntry *const *) a;
  const DesktopEntry *y = *(DesktopEntry *const *) b;
  int order = g_utf8_collate (x->name, y->name);

  return order != 0 ? order : strcmp (x->id, y->id);
}

/**
 * app_catalog_read:
 * @root: a workspace's root directory, with its home
 * @icon_dir: (nullable): a folder of the host that takes the icons which only the workspace has
 *
 * Reads the desktop files of the workspace. Entries that are not for menus are in it too. Blocks on the
 * medium.
 *
 * Returns: (transfer full) (element-type DesktopEntry): sorted by name
 */
GPtrArray *
app_catalog_read (const RootDir *root, const char *icon_dir)
{
  g_autofree char *own = g_build_filename (root->home, ".local/share/applications", NULL);
  g_autofree char *own_programs =
      g_strconcat (root->home, "/.local/bin:", root->home, "/bin:" APP_SEARCH_PATH, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (PictureDrawer) drawer = picture_drawer_new ();
  Catalog catalog = {
    .root = root,
    .icon_dir = icon_dir,
    .drawer = drawer,
    .search_path = own_programs,
    .seen = seen,
    .entries = g_ptr_array_new_with_free_func ((GDestroyNotify) desktop_entry_free),
  };

  add_folder (&catalog, own, "", 1);
  add_folder (&catalog, "/usr/local/share/applications", "", 1);
  add_folder (&catalog, "/usr/share/applications", "", 1);
  add_records (&catalog);
  g_ptr_array_sort (catalog.entries, compare_entries);
  return catalog.entries;
}

typedef struct {
  RootDir root;
  char *icon_dir;
} Request;

static void
request_free (Request *request)
{
  g_close (request->root.fd, NULL);
  if (request->root.home_fd >= 0)
    g_close (request->root.home_fd, NULL);
  g_free ((char *) request->root.home);
  g_free (request->icon_dir);
  g_free (request);
}

static void
read_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Request *request = task_data;

  g_task_return_pointer (task, app_catalog_read (&request->root, request->icon_dir),
                         (GDestroyNotify) g_ptr_array_unref);
}

/* app_catalog_read() in a thread; everything is copied. */
void
app_catalog_read_async (const RootDir *root, const char *icon_dir, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Request *request = g_new0 (Request, 1);

  request->root.fd = fcntl (root->fd, F_DUPFD_CLOEXEC, 3);
  request->root.home_fd = root->home_fd >= 0 ? fcntl (root->home_fd, F_DUPFD_CLOEXEC, 3) : -1;
  request->root.home = g_strdup (root->home);
  request->icon_dir = g_strdup (icon_dir);
  g_task_set_source_tag (task, app_catalog_read_async);
  g_task_set_task_data (task, request, (GDestroyNotify) request_free);
  g_task_run_in_thread (task, read_in_thread);
}

GPtrArray *
app_catalog_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * app_catalog_find:
 * @catalog: from app_catalog_read()
 * @id: a desktop file id, with or without its suffix
 *
 * Returns: (transfer none) (nullable): the entry
 */
DesktopEntry *
app_catalog_find (GPtrArray *catalog, const char *id)
{
  g_autofree char *full = g_str_has_suffix (id, SUFFIX) ? g_strdup (id) : g_strconcat (id, SUFFIX, NULL);

  for (guint i = 0; i < catalog->len; i++) {
    DesktopEntry *entry = g_ptr_array_index (catalog, i);
    if (g_str_equal (entry->id, full) || g_str_equal (entry->id, id))
      return entry;
  }
  return NULL;
}
