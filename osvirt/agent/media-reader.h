/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "agent/workspace-file.h"

G_BEGIN_DECLS

/* What was found where a workspace is or may be. */
typedef struct {
  char *path;
  WorkspaceFile *file; /* NULL where it cannot be used, and then: */
  GError *error;       /* why */
  gboolean medium_there; /* the folder above it exists */
  guint64 used_bytes;
} MediaFinding;

void       media_read_async (GPtrArray          *known_paths,
                             GPtrArray          *roots,
                             guint               depth,
                             GAsyncReadyCallback callback,
                             gpointer            user_data);
GPtrArray *media_read_finish (GAsyncResult *result, GError **error);

G_END_DECLS
