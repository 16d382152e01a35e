/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

gboolean remove_tree (const char *path, GError **error);
void     remove_tree_async (const char *path, GAsyncReadyCallback callback, gpointer user_data);
gboolean remove_tree_finish (GAsyncResult *result, GError **error);

G_END_DECLS
