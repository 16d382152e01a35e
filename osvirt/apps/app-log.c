/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/app-log.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A start begins with an empty log once it has grown to this. */
#define MAX_LOG_BYTES (1024 * 1024)
#define MAX_NAME      96

/* An id as a file's name: what could climb or hide becomes "_". */
static char *
file_name (const char *app)
{
  GString *out = g_string_new (NULL);

  for (const char *p = app; *p != '\0' && out->len < MAX_NAME; p++)
    g_string_append_c (out, g_ascii_isalnum (*p) || (p != app && (*p == '.' || *p == '-')) ? *p : '_');
  g_string_append (out, ".log");
  return g_string_free (out, FALSE);
}

/**
 * app_log_open:
 * @vault_root: the workspace's storage
 * @app: an app's id, or a command's name
 *
 * Opens the file in the workspace's log folder that takes what the app writes to its output.
 *
 * Returns: a descriptor to close, or -1 with errno
 */
int
app_log_open (int vault_root, const char *app)
{
  g_autofree char *name = file_name (app);
  int log_dir = openat (vault_root, "log", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat info;
  int fd;

  if (log_dir < 0)
    return -1;
  fd = openat (log_dir, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  close (log_dir);
  if (fd < 0)
    return -1;
  if (fstat (fd, &info) < 0 || !S_ISREG (info.st_mode)) {
    close (fd);
    errno = EINVAL;
    return -1;
  }
  if (info.st_size > MAX_LOG_BYTES && ftruncate (fd, 0) < 0)
    g_debug ("%s keeps growing", name);
  return fd;
}
