/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versions and sizes of the host's apps. dpkg takes a fifth of a second to find an owner, so this is read
 * once in a thread and again only after packages have changed. */
#include "apps/package-info.h"

#include <string.h>
#include <sys/stat.h>

#define DESKTOP_FILES "/usr/share/applications/*.desktop"
#define DPKG_STATUS   "/var/lib/dpkg/status"

static void
package_info_free (PackageInfo *self)
{
  g_free (self->version);
  g_free (self);
}

/* A host without dpkg has no such information; that is no error. */
static GStrv
run (char **argv)
{
  g_autofree char *output = NULL;

  if (!g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output, NULL,
                     NULL, NULL))
    return g_new0 (char *, 1);
  return g_strsplit (output, "\n", -1);
}

/* "package[:arch][, package...]: /path" becomes path -> first package. */
static GHashTable *
read_owners (void)
{
  char *argv[] = { (char *) "dpkg-query", (char *) "--search", (char *) DESKTOP_FILES, NULL };
  GHashTable *owners = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) lines = run (argv);

  for (gsize i = 0; lines[i] != NULL; i++) {
    const char *path = strstr (lines[i], ": /");
    if (path != NULL)
      g_hash_table_replace (owners, g_strdup (path + 2), g_strndup (lines[i], strcspn (lines[i], ":, ")));
  }
  return owners;
}

static GHashTable *
read_packages (GHashTable *owners)
{
  GHashTable *packages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) package_info_free);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer package;

  g_ptr_array_add (argv, (char *) "dpkg-query");
  g_ptr_array_add (argv, (char *) "--show");
  g_ptr_array_add (argv, (char *) "--showformat=${Package} ${Version} ${Installed-Size}\\n");
  g_hash_table_iter_init (&iter, owners);
  while (g_hash_table_iter_next (&iter, NULL, &package))
    g_ptr_array_add (argv, package);
  g_ptr_array_add (argv, NULL);

  g_auto (GStrv) lines = g_hash_table_size (owners) > 0 ? run ((char **) argv->pdata) : g_new0 (char *, 1);
  for (gsize i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (lines[i], " ", 3);
    if (g_strv_length (words) != 3)
      continue;
    PackageInfo *info = g_new0 (PackageInfo, 1);
    info->version = g_strdup (words[1]);
    info->size_bytes = g_ascii_strtoull (words[2], NULL, 10) * 1024;
    g_hash_table_replace (packages, g_strdup (words[0]), info);
  }
  return packages;
}

static void
read_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (GHashTable) owners = read_owners ();
  g_autoptr (GHashTable) packages = read_packages (owners);
  GHashTable *infos = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) package_info_free);
  GHashTableIter iter;
  gpointer path, package;

  g_hash_table_iter_init (&iter, owners);
  while (g_hash_table_iter_next (&iter, &path, &package)) {
    PackageInfo *info = g_hash_table_lookup (packages, package);
    if (info == NULL)
      continue;
    PackageInfo *copy = g_memdup2 (info, sizeof *info);
    copy->version = g_strdup (info->version);
    g_hash_table_replace (infos, g_strdup (path), copy);
  }
  g_task_return_pointer (task, infos, (GDestroyNotify) g_hash_table_unref);
}

void
package_info_read_async (GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, package_info_read_async);
  g_task_run_in_thread (task, read_in_thread);
}

/* Returns: (transfer full) (element-type utf8 PackageInfo): by path of the desktop file */
GHashTable *
package_info_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * package_info_is_newer:
 * @stamp_us: (inout): when packages had last changed, as of the last call; 0 at first
 *
 * Returns: whether packages have changed since
 */
gboolean
package_info_is_newer (gint64 *stamp_us)
{
  struct stat info;
  gint64 now_us;

  if (stat (DPKG_STATUS, &info) < 0)
    return FALSE;
  now_us = (gint64) info.st_mtim.tv_sec * G_USEC_PER_SEC + info.st_mtim.tv_nsec / 1000;
  if (now_us == *stamp_us)
    return FALSE;
  *stamp_us = now_us;
  return TRUE;
}
