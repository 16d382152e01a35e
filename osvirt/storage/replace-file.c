/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/replace-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
write_all (int fd, const char *text, gsize length)
{
  while (length > 0) {
    ssize_t written = write (fd, text, length);

    if (written < 0 && errno != EINTR)
      return FALSE;
    if (written > 0) {
      text += written;
      length -= (gsize) written;
    }
  }
  return TRUE;
}

/**
 * replace_file_at:
 * @folder: the folder's descriptor
 * @name: the file's name in it
 * @text: (array length=length): its new content
 * @length: bytes
 *
 * A new file takes the old one's place when it is whole and on the medium; a power loss or a full disk leaves the old one.
 * Blocks on the medium. FALSE with errno.
 */
gboolean
replace_file_at (int folder, const char *name, const char *text, gsize length)
{
  g_autofree char *fresh = g_strconcat (name, ".new", NULL);
  int fd, saved;

  unlinkat (folder, fresh, 0); /* whatever it is: it is not followed */
  fd = openat (folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return FALSE;
  gboolean done = write_all (fd, text, length) && fsync (fd) == 0 && renameat (folder, fresh, folder, name) == 0
                  && fsync (folder) == 0;
  saved = errno;
  close (fd);
  if (!done)
    unlinkat (folder, fresh, 0);
  errno = saved;
  return done;
}

/* A folder, made if it is missing; never through a link. -1 with errno. */
int
open_folder_at (int parent, const char *name)
{
  if (mkdirat (parent, name, 0700) != 0 && errno != EEXIST)
    return -1;
  return openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}
