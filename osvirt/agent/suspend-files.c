/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/suspend-files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/overlay.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "storage/remove-tree.h"

#define STORE "state/suspend/files"
#define CHUNK (256 * 1024)

typedef struct {
  DmcView *view;
  int root;
  GBytes *list;
} Carry;

static void
carry_free (Carry *self)
{
  g_object_unref (self->view);
  g_bytes_unref (self->list);
  g_free (self);
}

static gboolean
fail (GError **error, const char *path)
{
  const int number = errno;

  g_propagate_error (error, dmc_error_new (number == ENOSPC ? DMC_ERROR_RESOURCE : DMC_ERROR_IO,
                                           number == ENOSPC ? "Free some space in the workspace, or resume it only here." : NULL,
                                           "“%s” cannot be carried along: %s.", path, g_strerror (number)));
  return FALSE;
}

/* (nullable): the SHA-256 of a file; NULL where it cannot be read. Copies it to @copy unless that is -1. */
static char *
digest (int file, int copy)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guchar *chunk = g_malloc (CHUNK);
  gssize got;

  while ((got = read (file, chunk, CHUNK)) > 0) {
    g_checksum_update (checksum, chunk, got);
    if (copy >= 0 && write (copy, chunk, (gsize) got) != got) {
      if (errno == 0)
        errno = ENOSPC;
      return NULL;
    }
  }
  return got == 0 ? g_strdup (g_checksum_get_string (checksum)) : NULL;
}

/* --- suspending ------------------------------------------------------------------------------------------------------------ */

static gboolean
travels_anyway (int root, const char *path)
{
  g_autofree char *upper = g_strconcat ("layers/root/upper", path, NULL);
  struct stat info;

  return g_str_has_prefix (path, "/home/") || g_str_has_prefix (path, "/root/")
         || fstatat (root, upper, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Keeps the content under its own name; a file that is there already is that content. */
static char *
store (int root, int file, const char *path, mode_t mode, GError **error)
{
  int copy = openat (root, STORE "/new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  g_autofree char *name = NULL;
  g_autofree char *place = NULL;

  errno = 0;
  if (copy >= 0)
    name = digest (file, copy);
  place = name != NULL ? g_strconcat (STORE "/", name, NULL) : NULL;
  if (place == NULL || fchmod (copy, mode & 0755) != 0 || renameat (root, STORE "/new", root, place) != 0) {
    fail (error, path);
    g_clear_pointer (&name, g_free);
  }
  if (copy >= 0)
    close (copy);
  return g_steal_pointer (&name);
}

static gboolean
carry_one (Carry *self, const char *path, JsonArray *files, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *name = NULL;
  struct stat info;
  int file;

  if (travels_anyway (self->root, path))
    return TRUE;
  file = dmc_view_open_file (self->view, path, &local);
  if (file < 0) {
    g_message ("Not carried along: %s", local->message); /* nobody else may read it; it must be there as it is */
    return TRUE;
  }
  if (fstat (file, &info) == 0 && S_ISREG (info.st_mode)) {
    name = store (self->root, file, path, info.st_mode, error);
    if (name != NULL)
      json_array_add_object_element (files, dmc_json_object ("path:s", path, "size:i", (gint64) info.st_size, "mtime_ns:i",
                                                             (gint64) info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec,
                                                             "sha256:s", name, NULL));
  } else
    name = g_strdup (""); /* a directory */
  close (file);
  return name != NULL;
}

static void
carry_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Carry *self = task_data;
  g_autoptr (JsonArray) files = json_array_new ();
  gsize size;
  const char *list = g_bytes_get_data (self->list, &size);
  GError *error = NULL;

  if ((mkdirat (self->root, "state/suspend", 0700) != 0 && errno != EEXIST)
      || (mkdirat (self->root, STORE, 0700) != 0 && errno != EEXIST))
    fail (&error, STORE);
  for (gsize at = 0; at < size && error == NULL; at += strnlen (list + at, size - at) + 1) {
    if (g_cancellable_is_cancelled (cancellable))
      error = dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The work was cancelled.");
    else if (list[at] == '/' && memchr (list + at, '\0', size - at) != NULL && g_utf8_validate (list + at, -1, NULL))
      carry_one (self, list + at, files, &error);
  }
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, g_steal_pointer (&files), (GDestroyNotify) json_array_unref);
}

/**
 * suspend_files_carry_async:
 * @view: the view, stopped
 * @root: its storage
 * @list: paths of the files that it uses, each ended by a NUL
 * @cancellable: (nullable): to stop
 * @callback: called when all of them are in the storage
 * @user_data: for @callback
 *
 * Copies what the host has and the storage has not.
 */
void
suspend_files_carry_async (DmcView *view, int root, GBytes *list, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Carry *self = g_new0 (Carry, 1);

  self->view = g_object_ref (view);
  self->root = root;
  self->list = g_bytes_ref (list);
  g_task_set_task_data (task, self, (GDestroyNotify) carry_free);
  g_task_run_in_thread (task, carry_in_thread);
}

/* Returns: (transfer full): what suspend_files_prepare() takes */
JsonArray *
suspend_files_carry_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- resuming -------------------------------------------------------------------------------------------------------------- */

static gboolean
is_same_here (JsonObject *file, const char *path)
{
  struct stat info;
  g_autofree char *found = NULL;
  int fd;

  if (stat (path, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size != dmc_json_get_int (file, "size", -1))
    return FALSE;
  if ((gint64) info.st_mtim.tv_sec * 1000000000 + info.st_mtim.tv_nsec == dmc_json_get_int (file, "mtime_ns", -1))
    return TRUE;
  fd = open (path, O_RDONLY | O_CLOEXEC);
  found = fd >= 0 ? digest (fd, -1) : NULL;
  if (fd >= 0)
    close (fd);
  return g_strcmp0 (found, dmc_json_get_string (file, "sha256", "")) == 0;
}

static gboolean
is_digest (const char *text)
{
  return strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

/* Puts a carried file where it belongs below CARRIED_FILES; the storage may have been written by anybody who has the key. */
static gboolean
use (int root, JsonObject *file, const char *path, GError **error)
{
  const char *sha256 = dmc_json_get_string (file, "sha256", "");
  g_autofree char *from = g_strconcat (STORE "/", sha256, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *below = g_strconcat (CARRIED_FILES, folder, NULL);
  g_autofree char *name = g_path_get_basename (path);
  struct wire_fault fault = { 0 };
  int place;
  gboolean ok;

  place = is_digest (sha256) ? make_beneath (root, below, &fault) : -1;
  errno = fault.error != 0 ? fault.error : EINVAL;
  ok = place >= 0 && (linkat (root, from, place, name, 0) == 0 || errno == EEXIST);
  if (!ok)
    fail (error, path);
  if (place >= 0)
    close (place);
  return ok;
}

/**
 * suspend_files_prepare:
 * @root: the storage
 * @files: (nullable): from suspend_files_carry_finish()
 * @n_used: (out): how many of them this host has not, or has another one of
 * @error: where to leave %DMC_ERROR_IO or %DMC_ERROR_RESOURCE
 *
 * Compares the files with this host's, and lays out those that differ. Blocks.
 */
gboolean
suspend_files_prepare (int root, JsonArray *files, guint *n_used, GError **error)
{
  g_autofree char *here = g_strdup_printf ("/proc/self/fd/%d/" CARRIED_FILES, root);

  *n_used = 0;
  if (!remove_tree (here, error))
    return FALSE;
  for (guint i = 0; files != NULL && i < json_array_get_length (files); i++) {
    JsonNode *node = json_array_get_element (files, i);
    JsonObject *file = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    const char *path = file != NULL ? dmc_json_get_string (file, "path", "") : "";

    if (path[0] != '/' || strstr (path, "/../") != NULL || is_same_here (file, path))
      continue;
    if (!use (root, file, path, error))
      return FALSE;
    ++*n_used;
  }
  return TRUE;
}
