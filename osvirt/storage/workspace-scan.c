/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/workspace-scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".domicile"
/* A medium made to keep us busy gets this much of our time and memory. */
#define MAX_ENTRIES 20000
#define MAX_FOUND   256

typedef struct {
  GPtrArray *found;
  GCancellable *cancellable;
  dev_t device; /* another file system below is another volume */
  guint n_entries;
} Scan;

static gboolean
is_spent (Scan *scan)
{
  return scan->n_entries >= MAX_ENTRIES || scan->found->len >= MAX_FOUND ||
         g_cancellable_is_cancelled (scan->cancellable);
}

static gboolean
holds_workspace (int dir, const char *name)
{
  g_autofree char *file = g_build_filename (name, "workspace.json", NULL);
  struct stat info;

  return fstatat (dir, file, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
scan_dir (Scan *scan, int fd, const char *path, guint depth)
{
  DIR *dir = fdopendir (fd);
  struct dirent *entry;
  struct stat info;

  if (dir == NULL) {
    close (fd);
    return;
  }
  if (fstat (dirfd (dir), &info) < 0 || info.st_dev != scan->device) {
    closedir (dir);
    return;
  }
  while (!is_spent (scan) && (entry = readdir (dir)) != NULL) {
    scan->n_entries++;
    if (entry->d_name[0] == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
      continue;
    g_autofree char *child = g_build_filename (path, entry->d_name, NULL);
    if (g_str_has_suffix (entry->d_name, SUFFIX)) {
      if (holds_workspace (dirfd (dir), entry->d_name))
        g_ptr_array_add (scan->found, g_steal_pointer (&child));
    } else if (depth > 1) {
      int below = openat (dirfd (dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (below >= 0)
        scan_dir (scan, below, child, depth - 1);
    }
  }
  closedir (dir);
}

/**
 * workspace_scan:
 * @root: the folder to look in
 * @depth: how many levels of folders to look at; 1 is @root's own entries
 * @cancellable: (nullable): stops the scan early
 *
 * Looks for folders NAME.domicile with a workspace.json in them. Follows no links, stays on one file
 * system, leaves hidden folders alone and stops after a bound. What the files say is not looked at.
 * Blocks on the medium.
 *
 * Returns: (transfer full) (element-type filename): their absolute paths, which need not be UTF-8
 */
GPtrArray *
workspace_scan (const char *root, guint depth, GCancellable *cancellable)
{
  Scan scan = { .found = g_ptr_array_new_with_free_func (g_free), .cancellable = cancellable };
  int fd = open (root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat info;

  if (fd >= 0 && fstat (fd, &info) == 0) {
    scan.device = info.st_dev;
    scan_dir (&scan, fd, root, depth);
  } else if (fd >= 0) {
    close (fd);
  }
  return scan.found;
}
