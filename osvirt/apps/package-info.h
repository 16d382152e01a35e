/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What the host's package manager knows about the package that brings a desktop file. */
typedef struct {
  char *version;
  guint64 size_bytes;
} PackageInfo;

/* By path of the desktop file. */
void        package_info_read_async (GAsyncReadyCallback callback, gpointer user_data);
GHashTable *package_info_read_finish (GAsyncResult *result, GError **error);
gboolean    package_info_is_newer (gint64 *stamp_us);

G_END_DECLS
