/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a layer lies over. */
typedef enum {
  LAYER_OVER_HOST,
  LAYER_OVER_FOLDERS, /* of the host, each by itself: the reduced mode, which keeps folders in the layer for that */
  LAYER_OVER_BASE,    /* of the workspace's own: isolated */
} LayerBelow;

int layer_open (int vault);

/* How lines of a list of a layer end, and the whole. */
#define LAYER_FOLDER        "/"
#define LAYER_CLOSED_FOLDER "//"
#define LAYER_LIST_END      "."

void     layer_list_async (int layer, int list, GAsyncReadyCallback callback, gpointer user_data);
gboolean layer_list_finish (GAsyncResult *result);

void layer_unhide (int layer, LayerBelow below);
void layer_unhide_async (int layer, LayerBelow below, GAsyncReadyCallback callback, gpointer user_data);
void layer_unhide_finish (GAsyncResult *result);

G_END_DECLS
