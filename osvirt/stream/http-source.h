/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file on an HTTP server, read in parts. Functions block, and may be called from any thread; one asks the server at a time. */
typedef struct HttpSource HttpSource;

/* @total is 0 where the server does not say. */
typedef void (*HttpSourceProgress) (guint64 done, guint64 total, gpointer data);

HttpSource *http_source_new (const char *url, GError **error);
void        http_source_free (HttpSource *self);
gboolean    http_source_read_end (HttpSource *self, guint8 *buffer, gsize length, guint64 *total, GCancellable *cancellable, GError **error);
gboolean    http_source_read (HttpSource *self, guint64 offset, guint8 *buffer, gsize length, GCancellable *cancellable, GError **error);
gboolean    http_source_save (HttpSource *self, int fd, HttpSourceProgress progress, gpointer data, GCancellable *cancellable, GError **error);
GBytes     *http_source_read_whole (HttpSource *self, gsize max, GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpSource, http_source_free)

G_END_DECLS
