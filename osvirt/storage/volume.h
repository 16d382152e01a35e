/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A file system that can carry workspaces, mounted or waiting to be. */
typedef struct {
  char *id;         /* the device's kernel name: "sdb1" */
  const char *kind; /* "usb", "disk", "image" or "iscsi" */
  char *label;
  char *device;     /* NULL where none is known */
  char *filesystem; /* NULL where it is not mounted */
  char *path;       /* NULL where it is not mounted */
  guint64 size_bytes;
  guint64 free_bytes;
  gboolean read_only;
} Volume;

Volume *volume_copy (const Volume *self);
void    volume_free (Volume *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Volume, volume_free)

void       volume_list_read_async (GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            user_data);
GPtrArray *volume_list_read_finish (GAsyncResult *result, GError **error);

G_END_DECLS
