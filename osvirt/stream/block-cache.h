/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "apps/bundle-head.h"
#include "stream/http-source.h"

G_BEGIN_DECLS

/* The image of a bundle on a server, with a file that has what was read of it. */
typedef struct {
  int fd; /* the cache: list, manifest and trailer are in it */
  BundleHead *head;
  HttpSource *source;
  GMutex fetching; /* one block is not fetched twice at the same time */
} BlockCache;

typedef void (*BlockCacheProgress) (guint64 done, guint64 total, gpointer data);

BlockCache *block_cache_new (int fd, const char *url, GError **error);
void        block_cache_free (BlockCache *self);
gboolean    block_cache_read (BlockCache *self, guint64 first, guint count, guint8 *buffer, GCancellable *cancellable, GError **error);
gboolean    block_cache_verify (BlockCache *self, GCancellable *cancellable, GError **error);
gboolean    block_cache_fill (BlockCache *self, BlockCacheProgress progress, gpointer data, GCancellable *cancellable, GError **error);
gboolean    block_cache_begin (int fd, const char *url, GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BlockCache, block_cache_free)

G_END_DECLS
