/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads below a workspace's root as its own programs would: absolute links and ".." end at that root
 * and never at the host's. */
#include "apps/root-dir.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "storage/read-file.h"

#define MAX_LINKS 8

/* The part of @path below the home folder, or NULL. */
static const char *
below_home (const RootDir *root, const char *path)
{
  gsize length = root->home != NULL ? strlen (root->home) : 0;

  if (root->home_fd < 0 || length == 0 || strncmp (path, root->home, length) != 0)
    return NULL;
  if (path[length] == '\0')
    return "/";
  return path[length] == '/' ? path + length : NULL;
}

static int
open_below (const RootDir *root, const char *path, int flags)
{
  const char *in_home = below_home (root, path);
  struct open_how how = {
    /* openat2() refuses what has no meaning with O_PATH. */
    .flags = (guint64) (guint) flags | O_CLOEXEC | ((flags & O_PATH) != 0 ? 0 : O_NOCTTY),
    .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
  };
  int fd;

  do
    fd = (int) syscall (SYS_openat2, in_home != NULL ? root->home_fd : root->fd, in_home != NULL ? in_home : path,
                        &how, sizeof how);
  while (fd < 0 && errno == EAGAIN); /* a rename below the root raced with us */
  return fd;
}

/* Where the link at @path leads, if it lies below a home folder that is apart and is absolute, as those that systemctl makes: the
 * kernel takes the home folder for its root. NULL otherwise. */
static char *
read_link_from_home (const RootDir *root, const char *path)
{
  char target[PATH_MAX];
  ssize_t length;
  int fd = below_home (root, path) != NULL ? open_below (root, path, O_PATH | O_NOFOLLOW) : -1;

  if (fd < 0)
    return NULL;
  length = readlinkat (fd, "", target, sizeof target);
  g_close (fd, NULL);
  return length > 0 && length < (ssize_t) sizeof target && target[0] == '/' ? g_strndup (target, (gsize) length) : NULL;
}

/**
 * root_dir_open:
 * @root: the root directory
 * @path: an absolute path below it
 * @flags: as for open(2); close-on-exec is added
 *
 * See openat2(2), RESOLVE_IN_ROOT.
 *
 * Returns: a descriptor, or -1 with errno
 */
int
root_dir_open (const RootDir *root, const char *path, int flags)
{
  g_autofree char *linked = NULL;
  int fd = open_below (root, path, flags);

  for (int turn = 0; fd < 0 && errno == ENOENT && turn < MAX_LINKS; turn++) {
    char *next = read_link_from_home (root, linked != NULL ? linked : path);

    g_free (linked);
    linked = next;
    if (linked == NULL) {
      errno = ENOENT;
      break;
    }
    fd = open_below (root, linked, flags);
  }
  return fd;
}

/* read_file() below a root; links are followed inside it. */
gboolean
root_dir_read (const RootDir *root, const char *path, gsize max_size, char **data, gsize *length, GError **error)
{
  int fd = root_dir_open (root, path, O_RDONLY | O_NONBLOCK);

  if (fd < 0) {
    int saved = errno;
    g_set_error_literal (error, G_FILE_ERROR, g_file_error_from_errno (saved), g_strerror (saved));
    return FALSE;
  }
  gboolean ok = read_fd (fd, max_size, data, length, error);
  g_close (fd, NULL);
  return ok;
}

static gboolean
stat_below (const RootDir *root, const char *path, struct stat *info)
{
  int fd = root_dir_open (root, path, O_PATH);

  if (fd < 0)
    return FALSE;
  gboolean ok = fstat (fd, info) == 0;
  g_close (fd, NULL);
  return ok;
}

/* Whether @path is a regular file. */
gboolean
root_dir_has_file (const RootDir *root, const char *path)
{
  struct stat info;

  return stat_below (root, path, &info) && S_ISREG (info.st_mode);
}

/* Whether @path is a file that can be executed. */
gboolean
root_dir_is_program (const RootDir *root, const char *path)
{
  struct stat info;

  return stat_below (root, path, &info) && S_ISREG (info.st_mode) && (info.st_mode & 0111) != 0;
}

/**
 * root_dir_find_program:
 * @root: the root directory
 * @name: a program's name or absolute path
 * @search_path: folders divided by colons
 *
 * Returns: (transfer full) (nullable): where the program is below the root
 */
char *
root_dir_find_program (const RootDir *root, const char *name, const char *search_path)
{
  if (strchr (name, '/') != NULL)
    return name[0] == '/' && root_dir_is_program (root, name) ? g_strdup (name) : NULL;

  g_auto (GStrv) folders = g_strsplit (search_path, ":", 0);
  for (gsize i = 0; folders[i] != NULL; i++) {
    g_autofree char *path = g_build_filename (folders[i], name, NULL);
    if (folders[i][0] == '/' && root_dir_is_program (root, path))
      return g_steal_pointer (&path);
  }
  return NULL;
}
