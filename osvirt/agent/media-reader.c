/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads workspaces off their media, in a thread: a medium that hangs must not hang the agent. */
#include "agent/media-reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/error.h"
#include "storage/medium.h"
#include "storage/workspace-scan.h"

/* Counting stops here: a rough number soon is worth more than an exact one late. */
#define MAX_COUNTED 100000

typedef struct {
  GPtrArray *known_paths;
  GPtrArray *roots;
  guint depth;
} Request;

static void
finding_free (MediaFinding *self)
{
  g_free (self->path);
  g_clear_pointer (&self->file, workspace_file_free);
  g_clear_error (&self->error);
  g_free (self);
}

static void
request_free (Request *self)
{
  g_ptr_array_unref (self->known_paths);
  g_ptr_array_unref (self->roots);
  g_free (self);
}

/* Takes @fd. Blocks in use, as du(1) counts them. */
static guint64
count_bytes (int fd, guint *budget)
{
  DIR *dir = fdopendir (fd);
  struct dirent *entry;
  guint64 bytes = 0;

  if (dir == NULL) {
    close (fd);
    return 0;
  }
  while (*budget > 0 && (entry = readdir (dir)) != NULL) {
    struct stat info;

    if (g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, "..") ||
        fstatat (dirfd (dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) < 0)
      continue;
    (*budget)--;
    bytes += (guint64) info.st_blocks * 512;
    if (S_ISDIR (info.st_mode)) {
      int below = openat (dirfd (dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (below >= 0)
        bytes += count_bytes (below, budget);
    }
  }
  closedir (dir);
  return bytes;
}

static MediaFinding *
read_one (const char *path)
{
  MediaFinding *finding = g_new0 (MediaFinding, 1);
  g_autofree char *parent = g_path_get_dirname (path);
  guint budget = MAX_COUNTED;

  finding->path = g_strdup (path);
  if (!medium_of_folder_is_there (path)) {
    finding->error = dmc_error_new (DMC_ERROR_NOT_FOUND, "Attach the medium again, then look again.",
                                    "The medium of “%s” was pulled out.", path);
    return finding;
  }
  finding->medium_there = g_file_test (parent, G_FILE_TEST_IS_DIR);
  finding->file = workspace_file_load (path, &finding->error);
  if (finding->file != NULL) {
    int fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
      finding->used_bytes = count_bytes (fd, &budget);
  }
  return finding;
}

static void
read_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Request *request = task_data;
  GPtrArray *findings = g_ptr_array_new_with_free_func ((GDestroyNotify) finding_free);
  g_autoptr (GHashTable) paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < request->known_paths->len; i++)
    if (g_hash_table_add (paths, g_strdup (g_ptr_array_index (request->known_paths, i))))
      g_ptr_array_add (findings, read_one (g_ptr_array_index (request->known_paths, i)));
  for (guint i = 0; i < request->roots->len; i++) {
    g_autoptr (GPtrArray) found = workspace_scan (g_ptr_array_index (request->roots, i), request->depth, NULL);
    for (guint j = 0; j < found->len; j++)
      if (g_hash_table_add (paths, g_strdup (g_ptr_array_index (found, j))))
        g_ptr_array_add (findings, read_one (g_ptr_array_index (found, j)));
  }
  g_task_return_pointer (task, findings, (GDestroyNotify) g_ptr_array_unref);
}

/**
 * media_read_async:
 * @known_paths: (transfer none) (element-type filename): where workspaces are known to be
 * @roots: (transfer none) (element-type filename): where to look for others
 * @depth: how deep to look below each of @roots
 * @callback: called when done
 * @user_data: for @callback
 */
void
media_read_async (GPtrArray *known_paths, GPtrArray *roots, guint depth, GAsyncReadyCallback callback,
                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Request *request = g_new0 (Request, 1);

  request->known_paths = g_ptr_array_ref (known_paths);
  request->roots = g_ptr_array_ref (roots);
  request->depth = depth;
  g_task_set_source_tag (task, media_read_async);
  g_task_set_task_data (task, request, (GDestroyNotify) request_free);
  g_task_run_in_thread (task, read_in_thread);
}

/* Returns: (transfer full) (element-type MediaFinding): the known ones first, in their order */
GPtrArray *
media_read_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
