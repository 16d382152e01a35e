/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/workdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "launcher/overlay.h"

/* No layer's work directory begins so, but for the root's, which is nothing else. */
#define ASIDE "%"

int
workdir_open (void)
{
  int workspace = open (STAGE_WORKSPACE, O_PATH | O_DIRECTORY | O_CLOEXEC), folder;

  folder = workspace < 0 ? -1 : open_beneath (workspace, "layers/root/work", O_RDONLY | O_DIRECTORY);
  close_fd (&workspace);
  return folder;
}

void
workdir_name (const char *path, char *name, size_t size)
{
  snprintf (name, size, "%s", *path != '\0' ? path : "%");
  for (char *slash = name; (slash = strchr (slash, '/')) != NULL;)
    *slash = '%';
}

static bool
is_empty_directory (int dir, const char *name)
{
  int fd = openat (dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *entries = fd < 0 ? NULL : fdopendir (fd);
  unsigned n = 0; /* "." and ".." */

  if (entries == NULL) {
    close_fd (&fd);
    return false;
  }
  while (n < 3 && readdir (entries) != NULL)
    n++;
  closedir (entries);
  return n < 3;
}

void
workdir_set_aside (int folder, const char *path)
{
  char name[264] = ASIDE;
  int own;

  workdir_name (path, name + strlen (ASIDE), sizeof name - strlen (ASIDE));
  own = folder < 0 ? -1 : open_beneath (folder, name + strlen (ASIDE), O_PATH | O_DIRECTORY);
  if (own < 0)
    return;
  if (is_empty_directory (own, "work") && renameat2 (own, "work", folder, name, RENAME_NOREPLACE) != 0 && errno == EEXIST
      && unlinkat (folder, name, AT_REMOVEDIR) == 0)
    renameat2 (own, "work", folder, name, RENAME_NOREPLACE);
  close (own);
}

void
workdir_clean (int folder)
{
  int again = folder < 0 ? -1 : openat (folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *entries = again < 0 ? NULL : fdopendir (again);
  struct dirent *entry;

  while (entries != NULL && (entry = readdir (entries)) != NULL)
    if (strncmp (entry->d_name, ASIDE, strlen (ASIDE)) == 0 && strcmp (entry->d_name, "%") != 0)
      unlinkat (folder, entry->d_name, AT_REMOVEDIR);
  if (entries != NULL)
    closedir (entries);
  else
    close_fd (&again);
}
