/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stream/block-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "rpc/error.h"

/* Of one request, when all is fetched: few round trips, and progress that moves. */
#define FILL_BLOCKS 16

/**
 * block_cache_new:
 * @fd: a file of block_cache_begin(), open for reading and writing; the caller keeps its own
 * @url: where the bundle is
 * @error: as of bundle_head_read() and http_source_new()
 *
 * Blocks on the file; asks the server nothing.
 */
BlockCache *
block_cache_new (int fd, const char *url, GError **error)
{
  g_autoptr (BundleHead) head = bundle_head_read (fd, error);
  g_autoptr (HttpSource) source = head != NULL ? http_source_new (url, error) : NULL;
  BlockCache *self;

  if (source == NULL)
    return NULL;
  if (head->hashes == NULL) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, "Install it from a file, or have its maker export it again.",
                                             "The bundle is of the first form, which has no signed list of its blocks."));
    return NULL;
  }
  self = g_new0 (BlockCache, 1);
  self->fd = fcntl (fd, F_DUPFD_CLOEXEC, 3);
  self->head = g_steal_pointer (&head);
  self->source = g_steal_pointer (&source);
  g_mutex_init (&self->fetching);
  return self;
}

void
block_cache_free (BlockCache *self)
{
  close (self->fd);
  bundle_head_free (self->head);
  http_source_free (self->source);
  g_mutex_clear (&self->fetching);
  g_free (self);
}

/* Whether the cache has the block. */
static gboolean
look (BlockCache *self, guint64 index, guint8 *buffer)
{
  gsize size = bundle_head_get_block_size (self->head, index);
  ssize_t got;

  do
    got = pread (self->fd, buffer, size, (off_t) (index * BUNDLE_BLOCK_SIZE));
  while (got < 0 && errno == EINTR);
  return got == (ssize_t) size && bundle_head_check_block (self->head, index, buffer);
}

static gboolean
fetch (BlockCache *self, guint64 first, guint count, guint8 *buffer, GCancellable *cancellable, GError **error)
{
  gsize size = (gsize) (count - 1) * BUNDLE_BLOCK_SIZE + bundle_head_get_block_size (self->head, first + count - 1);

  if (!http_source_read (self->source, first * BUNDLE_BLOCK_SIZE, buffer, size, cancellable, error))
    return FALSE;
  for (guint i = 0; i < count; i++)
    if (!bundle_head_check_block (self->head, first + i, buffer + (gsize) i * BUNDLE_BLOCK_SIZE)) {
      g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Remove the app, and install it from somebody you trust.",
                                               "What the server gives is not what was signed."));
      return FALSE;
    }
  /* Without room for it, it is fetched again the next time. */
  if (pwrite (self->fd, buffer, size, (off_t) (first * BUNDLE_BLOCK_SIZE)) != (ssize_t) size)
    g_info ("What was fetched of a bundle cannot be kept: %s", g_strerror (errno));
  return TRUE;
}

/* How many blocks from @first on the cache does not have. */
static guint
count_missing (BlockCache *self, guint64 first, guint count, guint8 *buffer)
{
  guint missing = 0;

  while (missing < count && !look (self, first + missing, buffer + (gsize) missing * BUNDLE_BLOCK_SIZE))
    missing++;
  return missing;
}

/**
 * block_cache_read:
 * @first: number of a block
 * @count: how many, from there on
 * @buffer: (out): room for @count whole blocks
 * @cancellable: (nullable): to stop
 * @error: %DMC_ERROR_INTEGRITY, and as of http_source_read()
 *
 * Reads what the cache has, and fetches the rest. May be called from several threads.
 *
 * Returns: whether all of @buffer is what was signed
 */
gboolean
block_cache_read (BlockCache *self, guint64 first, guint count, guint8 *buffer, GCancellable *cancellable, GError **error)
{
  guint at = 0;

  while (at < count) {
    guint8 *into = buffer + (gsize) at * BUNDLE_BLOCK_SIZE;
    g_autoptr (GMutexLocker) locker = NULL;
    guint missing = count_missing (self, first + at, count - at, into);

    if (missing > 0) { /* another thread may have had it come meanwhile */
      locker = g_mutex_locker_new (&self->fetching);
      missing = count_missing (self, first + at, missing, into);
    }
    if (missing > 0 && !fetch (self, first + at, missing, into, cancellable, error))
      return FALSE;
    at += missing > 0 ? missing : 1;
  }
  return TRUE;
}

/**
 * block_cache_verify:
 * @self: a cache with a whole bundle in it, from wherever that came
 * @cancellable: (nullable): to stop
 * @error: %DMC_ERROR_INTEGRITY, %DMC_ERROR_CANCELLED
 *
 * Asks no server.
 *
 * Returns: whether each block is what was signed
 */
gboolean
block_cache_verify (BlockCache *self, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (BUNDLE_BLOCK_SIZE);
  guint64 blocks = bundle_head_get_blocks (self->head);

  for (guint64 i = 0; i < blocks; i++) {
    if (g_cancellable_is_cancelled (cancellable)) {
      g_propagate_error (error, dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The work was cancelled."));
      return FALSE;
    }
    if (!look (self, i, buffer)) {
      g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Get the bundle again, or ask whoever keeps the server; nothing was installed.",
                                               "What the server gives is not what was signed."));
      return FALSE;
    }
  }
  return TRUE;
}

/* Fetches all that is missing; progress() is told bytes of the image. Full medium: %DMC_ERROR_RESOURCE. */
gboolean
block_cache_fill (BlockCache *self, BlockCacheProgress progress, gpointer data, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *buffer = g_malloc ((gsize) FILL_BLOCKS * BUNDLE_BLOCK_SIZE);
  guint64 blocks = bundle_head_get_blocks (self->head);
  int code = posix_fallocate (self->fd, 0, (off_t) self->head->image_size);

  if (code == ENOSPC || code == EDQUOT) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_RESOURCE, "Remove something, or make the workspace larger.",
                                             "The bundle does not fit into the workspace."));
    return FALSE;
  }
  for (guint64 i = 0; i < blocks; i += FILL_BLOCKS) {
    guint count = (guint) MIN (FILL_BLOCKS, blocks - i);

    if (!block_cache_read (self, i, count, buffer, cancellable, error))
      return FALSE;
    progress (MIN ((i + count) * BUNDLE_BLOCK_SIZE, self->head->image_size), self->head->image_size, data);
  }
  if (fsync (self->fd) == 0)
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The bundle cannot be written: %s.", g_strerror (errno)));
  return FALSE;
}

/* A medium that is full takes less than it is given, and no error is told. */
static gboolean
put (int fd, const void *data, gsize size, guint64 at)
{
  ssize_t written = pwrite (fd, data, size, (off_t) at);

  if (written >= 0 && (gsize) written < size)
    errno = ENOSPC;
  return written == (ssize_t) size;
}

/**
 * block_cache_begin:
 * @fd: an empty file
 * @url: where a bundle is
 * @cancellable: (nullable): to stop
 * @error: as of bundle_head_parse() and http_source_read_end(); %DMC_ERROR_RESOURCE
 *
 * Makes a cache of a bundle: it has the length, list, manifest and trailer, all checked, and a hole where the image is.
 */
gboolean
block_cache_begin (int fd, const char *url, GCancellable *cancellable, GError **error)
{
  g_autoptr (HttpSource) source = http_source_new (url, error);
  g_autoptr (BundleHead) head = NULL;
  g_autofree guint8 *tail = NULL;
  guint64 total, image, size;
  BundleTrailer trailer;

  if (source == NULL || !http_source_read_end (source, trailer.bytes, sizeof trailer.bytes, &total, cancellable, error)
      || !bundle_trailer_parse (&trailer, total, &image, &size, error))
    return FALSE;
  tail = g_malloc (size);
  if (!http_source_read (source, image, tail, size, cancellable, error))
    return FALSE;
  head = bundle_head_parse (&trailer, tail, total, error);
  if (head == NULL)
    return FALSE;
  if (ftruncate (fd, (off_t) total) == 0 && put (fd, tail, size, image) && put (fd, trailer.bytes, sizeof trailer.bytes, image + size)
      && fsync (fd) == 0)
    return TRUE;
  g_propagate_error (error, dmc_error_new (errno == ENOSPC || errno == EDQUOT ? DMC_ERROR_RESOURCE : DMC_ERROR_IO,
                                           "Remove something, or make the workspace larger.",
                                           "The workspace cannot take the bundle: %s.", g_strerror (errno)));
  return FALSE;
}
