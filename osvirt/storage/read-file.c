/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/read-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
fail (GError **error, int code, const char *message)
{
  g_set_error_literal (error, G_FILE_ERROR, code, message);
  return FALSE;
}

static gboolean
fail_errno (GError **error)
{
  int saved = errno;

  return fail (error, g_file_error_from_errno (saved), g_strerror (saved));
}

/**
 * read_fd:
 * @fd: an open file
 * @max_size: the most bytes to accept
 * @data: (out) (array length=length): the content, with a NUL after it
 * @length: (out): bytes in @data without that NUL
 * @error: where to leave a #GFileError; %G_FILE_ERROR_INVAL with "is ..." for what is not such a file
 *
 * Reads a whole regular file that somebody else may have made and may be changing.
 */
gboolean
read_fd (int fd, gsize max_size, char **data, gsize *length, GError **error)
{
  struct stat info;

  if (fstat (fd, &info) < 0)
    return fail_errno (error);
  if (!S_ISREG (info.st_mode))
    return fail (error, G_FILE_ERROR_INVAL, "is not a regular file");
  if (info.st_size < 0 || (guint64) info.st_size > max_size)
    return fail (error, G_FILE_ERROR_INVAL, "is too large");

  g_autofree char *buffer = g_malloc (max_size + 1);
  gsize used = 0;

  while (used <= max_size) {
    ssize_t n = read (fd, buffer + used, max_size + 1 - used);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail_errno (error);
    if (n == 0)
      break;
    used += (gsize) n;
  }
  if (used > max_size)
    return fail (error, G_FILE_ERROR_INVAL, "is too large");
  buffer[used] = '\0';
  *data = g_realloc (g_steal_pointer (&buffer), used + 1);
  *length = used;
  return TRUE;
}

/**
 * read_file:
 * @path: the file; a symbolic link in its last place is not followed, a pipe is not waited for
 * @max_size: the most bytes to accept
 * @data: (out) (array length=length): the content, with a NUL after it
 * @length: (out): bytes in @data without that NUL
 * @error: as for read_fd()
 *
 * Reads a whole regular file, hostile or not.
 */
gboolean
read_file (const char *path, gsize max_size, char **data, gsize *length, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

  if (fd < 0 && errno == ELOOP)
    return fail (error, G_FILE_ERROR_INVAL, "is a symbolic link");
  if (fd < 0)
    return fail_errno (error);

  gboolean ok = read_fd (fd, max_size, data, length, error);
  g_close (fd, NULL);
  return ok;
}
