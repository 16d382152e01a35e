/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The upper layer of a workspace's root, below its vault. */
#define LAYER_UPPER "layers/root/upper"

/* What a layer lies over. */
typedef enum {
  LAYER_OVER_HOST,
  LAYER_OVER_FOLDERS, /* of the host, each by itself: the reduced mode, which keeps folders in the layer for that */
  LAYER_OVER_BASE,    /* of the workspace's own: isolated */
} LayerBelow;

void layer_list_async (int layer, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
int  layer_list_finish (GAsyncResult *result, GError **error);

void layer_unhide (int layer, LayerBelow below);
void layer_unhide_async (int layer, LayerBelow below, GAsyncReadyCallback callback, gpointer user_data);
void layer_unhide_finish (GAsyncResult *result);

G_END_DECLS
