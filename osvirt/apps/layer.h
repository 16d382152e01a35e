/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The upper layer of a workspace's root, below its vault. */
#define LAYER_UPPER "layers/root/upper"

void layer_list_async (int layer, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
int  layer_list_finish (GAsyncResult *result, GError **error);

void layer_unhide (int layer, gboolean isolated);
void layer_unhide_async (int layer, gboolean isolated, GAsyncReadyCallback callback, gpointer user_data);
void layer_unhide_finish (GAsyncResult *result);

G_END_DECLS
