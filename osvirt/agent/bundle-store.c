/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/bundle-store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/app-record.h"
#include "rpc/error.h"
#include "storage/read-file.h"

#define URL_SUFFIX ".url"
#define MAX_URL    8192

static char *
name_of (const char *key, const char *suffix)
{
  return g_strconcat (BUNDLE_FOLDER "/", key, suffix, NULL);
}

static gboolean
exists (int vault, const char *key, const char *suffix)
{
  g_autofree char *name = name_of (key, suffix);
  struct stat info;

  return fstatat (vault, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG (info.st_mode);
}

BundleKind
bundle_store_find (int vault, const char *key)
{
  if (exists (vault, key, BUNDLE_SUFFIX))
    return BUNDLE_WHOLE;
  return exists (vault, key, BUNDLE_STREAM_SUFFIX) ? BUNDLE_STREAMED : BUNDLE_NONE;
}

/* Returns: a descriptor to close, or -1 with errno; a cache is open for writing, too */
int
bundle_store_open (int vault, const char *key, BundleKind kind)
{
  g_autofree char *name = name_of (key, kind == BUNDLE_STREAMED ? BUNDLE_STREAM_SUFFIX : BUNDLE_SUFFIX);

  return openat (vault, name, (kind == BUNDLE_STREAMED ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Returns: (transfer full) (nullable): where a streamed bundle is; %DMC_ERROR_INTEGRITY */
char *
bundle_store_read_url (int vault, const char *key, GError **error)
{
  g_autofree char *name = name_of (key, URL_SUFFIX);
  int fd = openat (vault, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  char *url = NULL;
  gsize length = 0;

  if (fd >= 0) {
    if (!read_fd (fd, MAX_URL - 1, &url, &length, NULL))
      url = NULL;
    close (fd);
  }
  if (url == NULL || !g_utf8_validate (url, (gssize) length, NULL)) {
    g_free (url);
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Remove the app, and install it again.",
                                             "The workspace does not know any more where “%s” comes from.", key));
    return NULL;
  }
  return g_strchomp (url);
}

static int
write_url (int vault, const char *key, const char *url)
{
  g_autofree char *name = name_of (key, URL_SUFFIX);
  int fd = openat (vault, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600), code = 0;
  ssize_t written = fd >= 0 ? write (fd, url, strlen (url)) : -1;

  if (written < 0)
    code = errno;
  else if (written < (ssize_t) strlen (url))
    code = ENOSPC;
  else if (fsync (fd) != 0)
    code = errno;
  if (fd >= 0)
    close (fd);
  return code;
}

static void
forget_url (int vault, const char *key)
{
  g_autofree char *name = name_of (key, URL_SUFFIX);

  unlinkat (vault, name, 0);
}

/**
 * bundle_store_take:
 * @name: a file of the vault that is done
 * @key: the app
 * @url: (nullable): where the rest of it is; %NULL for a whole bundle
 *
 * Returns: 0, or an errno value: EEXIST
 */
int
bundle_store_take (int vault, const char *name, const char *key, const char *url)
{
  g_autofree char *place = name_of (key, url != NULL ? BUNDLE_STREAM_SUFFIX : BUNDLE_SUFFIX);
  int code = bundle_store_find (vault, key) != BUNDLE_NONE ? EEXIST : 0;

  if (code == 0 && url != NULL)
    code = write_url (vault, key, url);
  if (code == 0 && renameat2 (vault, name, vault, place, RENAME_NOREPLACE) != 0)
    code = errno;
  if (code != 0 && code != EEXIST && url != NULL)
    forget_url (vault, key);
  return code;
}

/* A streamed bundle has all its blocks: from now on it is a whole one. */
gboolean
bundle_store_complete (int vault, const char *key, GError **error)
{
  g_autofree char *from = name_of (key, BUNDLE_STREAM_SUFFIX), *to = name_of (key, BUNDLE_SUFFIX);

  if (renameat (vault, from, vault, to) != 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The bundle cannot be kept: %s.", g_strerror (errno)));
    return FALSE;
  }
  forget_url (vault, key);
  return TRUE;
}

/* Returns: 0, or an errno value: ENOENT */
int
bundle_store_drop (int vault, const char *key)
{
  static const char *const suffixes[] = { BUNDLE_SUFFIX, BUNDLE_STREAM_SUFFIX, URL_SUFFIX };
  int code = ENOENT;

  for (gsize i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree char *name = name_of (key, suffixes[i]);

    if (unlinkat (vault, name, 0) == 0)
      code = 0;
    else if (errno != ENOENT)
      return errno;
  }
  return code;
}

/* Returns: (transfer full) (element-type utf8): the keys of what is streamed */
GPtrArray *
bundle_store_list_streams (int vault)
{
  GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);
  int fd = openat (vault, BUNDLE_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  if (dir == NULL) {
    if (fd >= 0)
      close (fd);
    return keys;
  }
  while ((entry = readdir (dir)) != NULL)
    if (g_str_has_suffix (entry->d_name, BUNDLE_STREAM_SUFFIX)) {
      g_autofree char *key = g_strndup (entry->d_name, strlen (entry->d_name) - strlen (BUNDLE_STREAM_SUFFIX));

      if (app_record_key_is_valid (key))
        g_ptr_array_add (keys, g_steal_pointer (&key));
    }
  closedir (dir);
  return keys;
}

/* Returns: (transfer full) (nullable): what is known about an installed bundle; errors as of bundle_head_read() */
BundleHead *
bundle_store_read_head (int vault, const char *key, GError **error)
{
  int fd = bundle_store_open (vault, key, bundle_store_find (vault, key));
  BundleHead *head = NULL;

  if (fd < 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND, NULL, "No bundle “%s” is in the workspace.", key));
    return NULL;
  }
  head = bundle_head_read (fd, error);
  close (fd);
  return head;
}

/* @size: (out): bytes of the bundle. @present: (out): about how many of them the workspace has. */
void
bundle_store_sizes (int vault, const char *key, guint64 *size, guint64 *present)
{
  int fd = bundle_store_open (vault, key, bundle_store_find (vault, key));
  struct stat info = { 0 };

  if (fd >= 0) {
    fstat (fd, &info);
    close (fd);
  }
  *size = (guint64) info.st_size;
  *present = MIN (*size, (guint64) info.st_blocks * 512);
}
