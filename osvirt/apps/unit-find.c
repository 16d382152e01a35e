/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/unit-find.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "apps/unit-file.h"
#include "apps/unit-words.h"

#define MAX_DROP_INS 32

/* The first counts most. Those of the home folder are relative. */
static const char *const folders[] = {
  UNIT_FIND_HOME,           "/etc/systemd/user",           ".local/share/systemd/user", "/usr/local/share/systemd/user",
  "/usr/share/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user",
};

typedef enum {
  NOT_THERE,
  MASKED, /* empty, or a link to /dev/null */
  THERE,
} Presence;

static Presence
look (const RootDir *root, const char *path)
{
  int fd = root_dir_open (root, path, O_PATH);
  struct stat info;
  gboolean known = fd >= 0 && fstat (fd, &info) == 0;

  if (fd >= 0)
    g_close (fd, NULL);
  if (!known || S_ISDIR (info.st_mode))
    return NOT_THERE;
  return S_ISREG (info.st_mode) && info.st_size > 0 ? THERE : MASKED;
}

static char *
path_in (const RootDir *root, const char *folder, const char *name)
{
  return folder[0] == '/' ? g_build_filename (folder, name, NULL) : g_build_filename (root->home, folder, name, NULL);
}

static char *
find_path (const RootDir *root, const char *name, Presence *presence)
{
  for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
    g_autofree char *path = path_in (root, folders[i], name);

    *presence = look (root, path);
    if (*presence != NOT_THERE)
      return g_steal_pointer (&path);
  }
  return NULL;
}

static gboolean
add_text (const RootDir *root, const char *path, GPtrArray *texts)
{
  char *data;
  gsize length;

  if (!root_dir_read (root, path, UNIT_FILE_MAX_SIZE, &data, &length, NULL))
    return FALSE;
  g_ptr_array_add (texts, g_bytes_new_take (data, length));
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

GPtrArray *
unit_find_names (const RootDir *root, const char *folder, const char *suffix, guint most)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  int fd = root_dir_open (root, folder, O_RDONLY | O_DIRECTORY);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  while (dir != NULL && names->len < most && (entry = readdir (dir)) != NULL)
    if (g_str_has_suffix (entry->d_name, suffix) && entry->d_name[0] != '.' && g_utf8_validate (entry->d_name, -1, NULL))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  if (dir != NULL)
    closedir (dir);
  g_ptr_array_sort (names, compare_names);
  return names;
}

static int
compare_keys (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

/* Of the same name one counts: that for this unit more than that for its template or for all of its kind, then that of the folder
 * that counts more. */
static void
add_drop_ins (const RootDir *root, const char *name, GPtrArray *texts)
{
  g_autofree char *template = unit_words_template (name);
  const char *const bases[] = { strrchr (name, '.') + 1, template, name };
  g_autoptr (GTree) paths = g_tree_new_full (compare_keys, NULL, g_free, g_free);

  for (gsize base = 0; base < G_N_ELEMENTS (bases); base++)
    for (gsize i = G_N_ELEMENTS (folders); bases[base] != NULL && i-- > 0;) {
      g_autofree char *part = g_strconcat (bases[base], ".d", NULL);
      g_autofree char *folder = path_in (root, folders[i], part);
      g_autoptr (GPtrArray) names = unit_find_names (root, folder, ".conf", MAX_DROP_INS);

      for (guint k = 0; k < names->len; k++)
        g_tree_replace (paths, g_strdup (g_ptr_array_index (names, k)), g_build_filename (folder, g_ptr_array_index (names, k), NULL));
    }
  for (GTreeNode *node = g_tree_node_first (paths); node != NULL; node = g_tree_node_next (node))
    if (look (root, g_tree_node_value (node)) == THERE)
      add_text (root, g_tree_node_value (node), texts);
}

GPtrArray *
unit_find (const RootDir *root, const char *name, const char *otherwise)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autofree char *template = unit_words_template (name), *path = NULL;
  Presence presence = NOT_THERE;

  path = find_path (root, name, &presence);
  if (path == NULL && template != NULL)
    path = find_path (root, template, &presence);
  if (path == NULL && otherwise != NULL && (presence = look (root, otherwise)) != NOT_THERE)
    path = g_strdup (otherwise);
  if (path == NULL || (presence == THERE && !add_text (root, path, texts)))
    return NULL;
  if (presence == THERE)
    add_drop_ins (root, name, texts);
  return g_steal_pointer (&texts);
}
