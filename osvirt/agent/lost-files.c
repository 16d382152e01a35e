/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What e2fsck could not assign to a folder any more, after a crash, it puts where nobody inside a workspace looks. */
#include "agent/lost-files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOST "lost+found"

/* Moves all that is in the folder @from to @to; returns how much of it. Nothing is replaced. */
static guint
move_all (int from, int to, guint *n_left)
{
  DIR *list = fdopendir (dup (from));
  struct dirent *entry;
  guint n_moved = 0;

  if (list != NULL)
    rewinddir (list); /* the place is shared with whoever has looked into it */
  while (list != NULL && (entry = readdir (list)) != NULL) {
    struct stat info;

    if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, ".."))
      continue;
    if (fstatat (to, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT
        && renameat (from, entry->d_name, to, entry->d_name) == 0)
      n_moved++;
    else
      ++*n_left;
  }
  if (list != NULL)
    closedir (list);
  return n_moved;
}

static gboolean
is_empty (int folder)
{
  DIR *list = fdopendir (dup (folder));
  struct dirent *entry;
  gboolean empty = TRUE;

  while (list != NULL && empty && (entry = readdir (list)) != NULL)
    empty = g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, "..");
  if (list != NULL)
    closedir (list);
  return empty;
}

static char *
describe (guint n_moved, guint n_left, const char *place)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (n_moved > 0)
    g_string_append_printf (text, n_moved == 1 ? "%u file or folder, whose own name was lost, is now in “%s” in its home folder."
                                               : "%u files and folders, whose own names were lost, are now in “%s” in its home folder.",
                            n_moved, place);
  if (n_left > 0)
    g_string_append_printf (text, "%s%u of the vault's " LOST " could not be brought back into the home folder, and can be seen there by whoever mounts the vault.",
                            text->len > 0 ? " " : "", n_left);
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/**
 * lost_files_bring_back:
 * @vault: the root directory of a vault in which nothing runs
 *
 * Moves what is in the vault's lost+found into a new folder of the workspace's home. Blocks on the medium.
 *
 * Returns: (transfer full) (nullable): what there was and where it is, for a person; %NULL where there was nothing
 */
char *
lost_files_bring_back (int vault)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *name = g_date_time_format (now, "recovered-%F");
  g_autofree char *place = g_strconcat ("home/", name, NULL);
  const int lost = openat (vault, LOST, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  guint n_moved = 0, n_left = 0;
  int to;

  if (lost < 0 || is_empty (lost)) {
    if (lost >= 0)
      close (lost);
    return NULL;
  }
  mkdirat (vault, place, 0700); /* there may be one of an hour ago */
  to = openat (vault, place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  n_moved = move_all (lost, to, &n_left);
  if (to >= 0)
    close (to);
  close (lost);
  return describe (n_moved, n_left, name);
}
