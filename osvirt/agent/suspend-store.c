/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/suspend-store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/error.h"
#include "rpc/json.h"

#define FOLDER "state/suspend"
#define IMAGE  FOLDER "/image.tar.zst"
#define NEW    FOLDER "/image.new"
#define RECORD FOLDER "/record.json"

enum { MAX_RECORD = 8 * 1024 * 1024 };

static gboolean
fail (GError **error, const char *what)
{
  const int number = errno;

  if (number == ENOSPC || number == EDQUOT) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_RESOURCE, "Free some space in the workspace, then try again.",
                                             "There is no room in the workspace for what runs in it."));
    dmc_error_set_data (*error, "resource", json_node_init_string (json_node_alloc (), "disk"));
  } else
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "%s: %s.", what, g_strerror (number)));
  return FALSE;
}

/* Only then the image has its name after a power cut, too. */
static gboolean
sync_folder (int root, GError **error)
{
  int folder = openat (root, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const gboolean ok = folder >= 0 && fsync (folder) == 0;

  if (!ok)
    fail (error, "The name of the image cannot be written back to the medium");
  if (folder >= 0)
    close (folder);
  return ok;
}

/* The helper takes the right to write it from an image before anything runs from it: until then, whatever happens, it can be
 * resumed; from then on it never can. */
static gboolean
is_unspent (const struct stat *info)
{
  return S_ISREG (info->st_mode) && (info->st_mode & S_IWUSR) != 0;
}

gboolean
suspend_store_is_spent (int image)
{
  struct stat info;

  return fstat (image, &info) != 0 || !is_unspent (&info);
}

/* Returns: when it was made, microseconds since 1970 UTC; 0: there is none that could be resumed */
gint64
suspend_store_find (int root)
{
  struct stat info;

  if (fstatat (root, IMAGE, &info, AT_SYMLINK_NOFOLLOW) != 0 || !is_unspent (&info))
    return 0;
  return MAX (1, (gint64) info.st_mtim.tv_sec * G_USEC_PER_SEC + info.st_mtim.tv_nsec / 1000);
}

/* Returns: a descriptor that the image is to be written to, or -1 */
int
suspend_store_begin (int root, GError **error)
{
  int fd;

  if (mkdirat (root, FOLDER, 0700) != 0 && errno != EEXIST) {
    fail (error, "The folder for the image cannot be made");
    return -1;
  }
  unlinkat (root, NEW, 0);
  fd = openat (root, NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    fail (error, "The image cannot be made");
  return fd;
}

static gboolean
write_record (int root, JsonNode *record, GError **error)
{
  gsize length;
  g_autofree char *text = dmc_json_print (record, &length);
  int fd = openat (root, RECORD, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  gboolean ok = fd >= 0 && write (fd, text, length) == (gssize) length && fsync (fd) == 0;

  if (!ok)
    fail (error, "The record of the image cannot be written");
  if (fd >= 0)
    close (fd);
  return ok;
}

/**
 * suspend_store_commit:
 * @image: from suspend_store_begin(), written
 * @record: what is needed besides
 *
 * Makes the image count, once all of it is on the medium.
 */
gboolean
suspend_store_commit (int root, int image, JsonNode *record, GError **error)
{
  if (fsync (image) != 0)
    return fail (error, "The image cannot be written back to the medium");
  if (!write_record (root, record, error))
    return FALSE;
  if (renameat (root, NEW, root, IMAGE) != 0)
    return fail (error, "The image cannot be given its name");
  return sync_folder (root, error);
}

static JsonObject *
read_record (int root, GError **error)
{
  int fd = openat (root, RECORD, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  g_autofree char *text = g_malloc (MAX_RECORD);
  gssize length = fd >= 0 ? read (fd, text, MAX_RECORD) : -1;
  g_autoptr (JsonNode) node = length > 0 && length < MAX_RECORD ? dmc_json_parse (text, length, NULL) : NULL;

  if (fd >= 0)
    close (fd);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    return json_node_dup_object (node);
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Open the workspace with force; its files are there.",
                                           "The record of the suspended workspace is damaged."));
  return NULL;
}

/**
 * suspend_store_open:
 * @record: (out) (transfer full): what was committed with it
 *
 * Returns: a descriptor, or -1 with DMC_ERROR_NOT_FOUND or DMC_ERROR_INTEGRITY
 */
int
suspend_store_open (int root, JsonObject **record, GError **error)
{
  int fd;

  if (suspend_store_find (root) == 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND, "Open it: what was saved to its files is there.",
                                             "Nothing is suspended in this workspace: it was resumed already."));
    return -1;
  }
  *record = read_record (root, error);
  if (*record == NULL)
    return -1;
  fd = openat (root, IMAGE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0)
    return fd;
  fail (error, "The image cannot be read");
  g_clear_pointer (record, json_object_unref);
  return -1;
}

/* Forgets the image, whether it has served, is half written, or waits. */
void
suspend_store_drop (int root)
{
  unlinkat (root, IMAGE, 0);
  unlinkat (root, NEW, 0);
  unlinkat (root, RECORD, 0);
}
