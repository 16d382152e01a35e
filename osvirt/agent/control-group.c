/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/control-group.h"

#include <string.h>

char *
control_group_own_path (const char *controllers)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/cgroup", &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) parts = g_strsplit (lines[i], ":", 3);

    if (g_strv_length (parts) == 3 && g_str_equal (parts[1], controllers))
      return g_strdup (parts[2]);
  }
  return NULL;
}

char *
control_group_mount_point (const char *option)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/mounts", &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) parts = g_strsplit (lines[i], " ", 5);
    g_auto (GStrv) options = NULL;

    if (g_strv_length (parts) < 4 || !g_str_equal (parts[2], option != NULL ? "cgroup" : "cgroup2"))
      continue;
    options = g_strsplit (parts[3], ",", -1);
    if (option == NULL || g_strv_contains ((const char *const *) options, option))
      return g_strdup (parts[1]);
  }
  return NULL;
}

guint64
control_group_read (const char *path, const char *key)
{
  g_autofree char *text = NULL;
  const char *at;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  at = key != NULL ? strstr (text, key) : text;
  return at != NULL ? g_ascii_strtoull (at + (key != NULL ? strlen (key) : 0), NULL, 10) : 0;
}

static guint64
read_number (const char *folder, const char *file, const char *key)
{
  g_autofree char *path = g_build_filename (folder, file, NULL);

  return control_group_read (path, key);
}

/* What is read from files, and is not in use, goes when something else needs its place. */
static guint64
free_in (const char *folder, gboolean version2)
{
  const guint64 limit = read_number (folder, version2 ? "memory.max" : "memory.limit_in_bytes", NULL);
  const guint64 all = read_number (folder, version2 ? "memory.current" : "memory.usage_in_bytes", NULL);
  const guint64 cached = read_number (folder, "memory.stat", version2 ? "\ninactive_file " : "\ntotal_inactive_file ");
  const guint64 used = all - MIN (all, cached);

  return limit == 0 ? G_MAXUINT64 : limit - MIN (limit, used);
}

guint64
control_group_get_free_memory (void)
{
  g_autofree char *version1 = control_group_mount_point ("memory");
  g_autofree char *mount = version1 != NULL ? g_strdup (version1) : control_group_mount_point (NULL);
  g_autofree char *path = control_group_own_path (version1 != NULL ? "memory" : "");
  guint64 room = G_MAXUINT64;

  if (mount == NULL || path == NULL)
    return room;
  /* In a container the group's own name may be one of the host's, where the mount begins at the container's. */
  for (char *end = path + strlen (path); end != NULL; end = strrchr (path, '/')) {
    g_autofree char *folder = NULL;

    *end = '\0';
    folder = g_build_filename (mount, path, NULL);
    room = MIN (room, free_in (folder, version1 == NULL));
  }
  return room;
}
