/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/action-marks.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/error.h"

#define FOLDER "state/actions"

/* One digit: a write of it is whole or is not. */
guint
action_marks_read (int vault, const char *key)
{
  g_autofree char *name = g_strconcat (FOLDER "/", key, NULL);
  int fd = openat (vault, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  char digit = '0';

  if (fd >= 0) {
    if (read (fd, &digit, 1) != 1)
      digit = '0';
    close (fd);
  }
  return digit >= '0' && digit <= '7' ? (guint) (digit - '0') : 0;
}

/* Returns when it is on the medium; %DMC_ERROR_IO. */
gboolean
action_marks_write (int vault, const char *key, guint marks, GError **error)
{
  g_autofree char *name = g_strconcat (FOLDER "/", key, NULL);
  const char digit = (char) ('0' + marks);
  int fd;
  gboolean ok;

  if (marks == 0) {
    unlinkat (vault, name, 0);
    return TRUE;
  }
  mkdirat (vault, FOLDER, 0700);
  fd = openat (vault, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  ok = fd >= 0 && pwrite (fd, &digit, 1, 0) == 1 && fsync (fd) == 0;
  if (!ok)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, "Look whether the workspace is full.", "The workspace cannot note what “%s” begins: %s.", key,
                                             g_strerror (errno)));
  if (fd >= 0)
    close (fd);
  return ok;
}
