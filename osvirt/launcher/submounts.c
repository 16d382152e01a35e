/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/submounts.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "launcher/overlay.h"

enum { MAX_SUBMOUNTS = 64 };

static bool
is_own (const char *path)
{
  static const char *const own[] = { "/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/home", "/root", "/media", "/mnt", "/boot" };

  for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
    size_t length = strlen (own[i]);

    if (strncmp (path, own[i], length) == 0 && (path[length] == '/' || path[length] == '\0'))
      return true;
  }
  return false;
}

static bool
holds_files (const char *type)
{
  static const char *const types[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "bcachefs", "zfs",
                                       "erofs", "squashfs", "jfs", "reiserfs", "nilfs2" };

  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
    if (strcmp (type, types[i]) == 0)
      return true;
  return false;
}

/* A file that is mounted over another cannot be a layer, so the view shows the one below it; what is mounted where something
 * else covers it is no longer there at all. */
static bool
is_folder (const char *path)
{
  struct stat info;

  return stat (path, &info) == 0 && S_ISDIR (info.st_mode);
}

static int
by_path (const void *a, const void *b)
{
  return strcmp (((const struct submount *) a)->path, ((const struct submount *) b)->path);
}

static unsigned
read_list (FILE *file, struct submount *list, unsigned room)
{
  char *line = NULL;
  size_t size = 0;
  unsigned count = 0;

  while (count < room && getline (&line, &size, file) > 0) {
    char path[256], type[32];
    const char *rest = strstr (line, " - ");

    /* The kernel writes odd characters as backslashes; overlay options would need more: such are left out. */
    if (rest == NULL || sscanf (line, "%*d %*d %*s %*s %255s", path) != 1 || sscanf (rest, " - %31s", type) != 1
        || strlen (path) < 2 || strpbrk (path, "\\:,") != NULL || is_own (path) || !holds_files (type) || !is_folder (path))
      continue;
    if (count > 0 && strcmp (list[count - 1].path, path) == 0)
      continue; /* mounted over */
    strcpy (list[count].path, path);
    list[count++].mount = -1;
  }
  free (line);
  qsort (list, count, sizeof *list, by_path);
  return count;
}

unsigned
submounts_read (struct submount *list, unsigned room)
{
  FILE *file = fopen ("/proc/self/mountinfo", "re");
  unsigned n = file != NULL ? read_list (file, list, room) : 0;

  if (file != NULL)
    fclose (file);
  return n;
}

void
submount_place (const char *path, char *place, size_t room)
{
  char name[240];

  snprintf (name, sizeof name, "%s", path);
  for (char *slash = name; (slash = strchr (slash, '/')) != NULL;)
    *slash = '%';
  snprintf (place, room, STAGE "/sub/at%%%s", name);
}

unsigned
submounts_list (struct submount *list, unsigned room)
{
  static struct submount known[MAX_SUBMOUNTS];
  static unsigned n_known;
  static FILE *file; /* polling it tells whether a mount has changed since it was opened or polled */
  struct pollfd polled = { file != NULL ? fileno (file) : -1, POLLPRI, 0 };

  if (file == NULL || poll (&polled, 1, 0) != 0) {
    if (file != NULL)
      fclose (file);
    file = fopen ("/proc/self/mountinfo", "re");
    n_known = file != NULL ? read_list (file, known, MAX_SUBMOUNTS) : 0;
  }
  if (room > n_known)
    room = n_known;
  memcpy (list, known, room * sizeof *list);
  return room;
}
