/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage/remove-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
fail (GError **error, const char *path)
{
  int saved = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved), "“%s” cannot be removed: %s", path,
               g_strerror (saved));
  return FALSE;
}

static gboolean remove_entry (int parent, const char *name, dev_t device, GError **error);

/* Takes @fd. */
static gboolean
remove_entries (int fd, dev_t device, const char *path, GError **error)
{
  DIR *dir = fdopendir (fd);
  struct dirent *entry;
  gboolean ok = TRUE;

  if (dir == NULL) {
    close (fd);
    return fail (error, path);
  }
  while (ok && (entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      ok = remove_entry (dirfd (dir), entry->d_name, device, error);
  closedir (dir);
  return ok;
}

static gboolean
remove_entry (int parent, const char *name, dev_t device, GError **error)
{
  struct stat info;

  if (fstatat (parent, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
    return fail (error, name);
  if (!S_ISDIR (info.st_mode))
    return unlinkat (parent, name, 0) == 0 || fail (error, name);
  if (info.st_dev != device) {
    errno = EXDEV; /* something is mounted there, and it is not ours to empty */
    return fail (error, name);
  }
  int fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && errno == EACCES && fchmodat (parent, name, 0700, 0) == 0) /* an overlay's work folder */
    fd = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return fail (error, name);
  return remove_entries (fd, device, name, error) &&
         (unlinkat (parent, name, AT_REMOVEDIR) == 0 || fail (error, name));
}

/**
 * remove_tree:
 * @path: a folder; one that is not there is fine
 * @error: where to leave a #GFileError
 *
 * Removes a folder with everything in it. Links are removed and not followed; other file systems that are
 * mounted inside are left alone and are an error. Blocks on the medium.
 */
gboolean
remove_tree (const char *path, GError **error)
{
  struct stat info;

  if (lstat (path, &info) < 0)
    return errno == ENOENT || fail (error, path);
  return remove_entry (AT_FDCWD, path, info.st_dev, error);
}

static void
remove_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (remove_tree (task_data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* remove_tree() in a thread. */
void
remove_tree_async (const char *path, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);

  g_task_set_source_tag (task, remove_tree_async);
  g_task_set_task_data (task, g_strdup (path), g_free);
  g_task_run_in_thread (task, remove_in_thread);
}

gboolean
remove_tree_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
