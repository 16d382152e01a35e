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

enum { MAX_NAMED = 3 };

typedef struct {
  DmcView *view;
  int root;
  GBytes *list;
  GStrv elsewhere;
  gboolean all;
} Carry;

static void
carry_free (Carry *self)
{
  g_object_unref (self->view);
  g_bytes_unref (self->list);
  g_strfreev (self->elsewhere);
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
is_below (const char *path, const char *folder)
{
  const gsize length = strlen (folder);

  return strncmp (path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Nothing of the host lies there: it is the workspace's own, or what a rule puts there. */
static gboolean
is_not_of_host (Carry *self, const char *path)
{
  g_autofree char *upper = g_strconcat ("layers/root/upper", path, NULL);
  struct stat info;

  for (char **place = self->elsewhere; *place != NULL; place++)
    if (is_below (path, *place))
      return TRUE;
  return g_str_has_prefix (path, "/home/") || g_str_has_prefix (path, "/root/")
         || fstatat (self->root, upper, &info, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Whether this host has something of the kind and, where that is a file, of that size; also where nobody can tell. */
static gboolean
has_like (const char *path, mode_t kind, gint64 size)
{
  struct stat here;

  if (stat (path, &here) != 0)
    return errno != ENOENT && errno != ENOTDIR;
  return (here.st_mode & S_IFMT) == kind && (kind != S_IFREG || here.st_size == size);
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

/* What is to be there where it is resumed: carried along, or only noted. */
static gboolean
take_file (Carry *self, const char *path, int file, const struct stat *info, JsonArray *files, GError **error)
{
  JsonObject *entry = dmc_json_object ("path:s", path, "size:i", (gint64) info->st_size, NULL);
  g_autofree char *name = NULL;

  if (self->all || !has_like (path, S_IFREG, info->st_size)) {
    name = store (self->root, file, path, info->st_mode, error);
    if (name == NULL) {
      json_object_unref (entry);
      return FALSE;
    }
    json_object_set_int_member (entry, "mtime_ns", (gint64) info->st_mtim.tv_sec * 1000000000 + info->st_mtim.tv_nsec);
    json_object_set_string_member (entry, "sha256", name);
  }
  json_array_add_object_element (files, entry);
  return TRUE;
}

static gboolean
take_one (Carry *self, const char *path, JsonArray *files, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean ok = TRUE;
  struct stat info;
  int file;

  if (is_not_of_host (self, path))
    return TRUE;
  file = dmc_view_open_file (self->view, path, &local);
  if (file < 0) {
    g_message ("Not carried along: %s", local->message); /* nobody else may read it; it must be there as it is */
    return TRUE;
  }
  /* What has no name any more goes along in the image. */
  if (fstat (file, &info) == 0 && info.st_nlink > 0) {
    if (S_ISREG (info.st_mode))
      ok = take_file (self, path, file, &info, files, error);
    else if (S_ISDIR (info.st_mode) && (self->all || has_like (path, S_IFDIR, 0)))
      json_array_add_object_element (files, dmc_json_object ("path:s", path, "directory:b", TRUE, "carried:b", self->all, NULL));
  }
  close (file);
  return ok;
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
      take_one (self, list + at, files, &error);
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
 * @elsewhere: (transfer full): paths at which nothing of the host lies
 * @all: whether to carry along all of them; else only those that the host does not have any more
 * @cancellable: (nullable): to stop
 * @callback: called when all of them are in the storage
 * @user_data: for @callback
 *
 * Copies what the host has and the storage has not, and notes what is not copied.
 */
void
suspend_files_carry_async (DmcView *view, int root, GBytes *list, GStrv elsewhere, gboolean all, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Carry *self = g_new0 (Carry, 1);

  self->view = g_object_ref (view);
  self->root = root;
  self->list = g_bytes_ref (list);
  self->elsewhere = elsewhere;
  self->all = all;
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

static gboolean
make_folder (int root, const char *path, GError **error)
{
  g_autofree char *below = g_strconcat (CARRIED_FILES, path, NULL);
  struct wire_fault fault = { 0 };
  const int place = make_beneath (root, below, &fault);

  errno = fault.error;
  if (place < 0)
    return fail (error, path);
  close (place);
  return TRUE;
}

/* Of what was to be there as it was. */
static GError *
missing_error (GPtrArray *missing)
{
  g_autoptr (GString) names = g_string_new (NULL);
  GError *error;

  for (guint i = 0; i < missing->len && i < MAX_NAMED; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", (const char *) g_ptr_array_index (missing, i));
  if (missing->len > MAX_NAMED)
    g_string_append (names, ", …");
  error = dmc_error_new (DMC_ERROR_UNSUPPORTED,
                         "Put them back, as by mounting what was mounted or installing the version that was installed, and resume it then. "
                         "Or open it with force, without what ran in it. Where a program reads what always changes, such as a log of the host, suspend "
                         "the workspace to be resumed anywhere, which takes such files along as they are.",
                         "What was suspended cannot be brought back on this host: files that it uses are missing or have changed (%u): %s.",
                         missing->len, names->str);
  dmc_error_set_data (error, "needs", json_node_init_string (json_node_alloc (), "same-files"));
  return error;
}

/* (transfer full): a file that is not as it was, and how */
static char *
describe_difference (const char *path, gint64 size)
{
  struct stat here;

  if (stat (path, &here) != 0)
    return g_strdup_printf ("%s (missing)", path);
  if (S_ISREG (here.st_mode) && size >= 0 && here.st_size > size)
    return g_strdup_printf ("%s (grown from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT " bytes)", path, size, (gint64) here.st_size);
  return g_strdup_printf ("%s (changed)", path);
}

/* Sees to it that one is there: where this host has not, as it was carried along. */
static gboolean
prepare_one (int root, JsonObject *file, guint *n_used, GPtrArray *missing, GError **error)
{
  const char *path = dmc_json_get_string (file, "path", "");
  const gboolean folder = dmc_json_get_boolean (file, "directory", FALSE);
  const gboolean carried = dmc_json_get_boolean (file, "carried", FALSE) || json_object_has_member (file, "sha256");

  if (path[0] != '/' || strstr (path, "/../") != NULL || g_str_has_suffix (path, "/.."))
    return TRUE;
  if (!folder && carried ? is_same_here (file, path)
                         : has_like (path, folder ? S_IFDIR : S_IFREG, dmc_json_get_int (file, "size", -1)))
    return TRUE;
  if (!carried) {
    g_ptr_array_add (missing, describe_difference (path, dmc_json_get_int (file, "size", -1)));
    return TRUE;
  }
  ++*n_used;
  return folder ? make_folder (root, path, error) : use (root, file, path, error);
}

/**
 * suspend_files_prepare:
 * @root: the storage
 * @files: (nullable): from suspend_files_carry_finish()
 * @n_used: (out): how many of them this host has not, or has another one of
 * @error: where to leave %DMC_ERROR_IO, %DMC_ERROR_RESOURCE or, where something is missing that was not carried, %DMC_ERROR_UNSUPPORTED
 *
 * Compares the files with this host's, and lays out those that differ. Blocks.
 */
gboolean
suspend_files_prepare (int root, JsonArray *files, guint *n_used, GError **error)
{
  g_autofree char *here = g_strdup_printf ("/proc/self/fd/%d/" CARRIED_FILES, root);
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);

  *n_used = 0;
  if (!remove_tree (here, error))
    return FALSE;
  for (guint i = 0; files != NULL && i < json_array_get_length (files); i++) {
    JsonNode *node = json_array_get_element (files, i);

    if (JSON_NODE_HOLDS_OBJECT (node) && !prepare_one (root, json_node_get_object (node), n_used, missing, error))
      return FALSE;
  }
  if (missing->len > 0)
    g_propagate_error (error, missing_error (missing));
  return missing->len == 0;
}
