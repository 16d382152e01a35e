/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"

G_BEGIN_DECLS

/* Bundles in a view that stands already. An overlay takes no new layer while it is mounted, so such a bundle is mounted beside
 * it, and links lead from where its files belong to where they are. The links are the workspace's own files; what they are is
 * noted before they are made, and at the end, or at the next opening, they are taken back. A whole bundle is a layer from
 * then on; one that is streamed is mounted like this each time. */

void     bundle_live_attach_async (DmcView *view, DmcVault *vault, const char *key, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
gboolean bundle_live_attach_finish (GAsyncResult *result, GError **error);

void     bundle_live_detach_async (DmcView *view, DmcVault *vault, const char *key, GAsyncReadyCallback callback, gpointer user_data);
gboolean bundle_live_detach_finish (GAsyncResult *result, GError **error);

void     bundle_live_attach_all_async (DmcView *view, DmcVault *vault, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
void     bundle_live_attach_all_finish (GAsyncResult *result);

/* Those of a view that was suspended: what they were is in @record, from bundle_live_to_record(). They are mounted for the view that
 * @vault's helper brings back next, which bundle_live_adopt() gives them to. */
JsonArray  *bundle_live_to_record (DmcView *view);
void        bundle_live_keep_async (DmcVault *vault, JsonArray *record, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GHashTable *bundle_live_keep_finish (GAsyncResult *result, GError **error);
void        bundle_live_adopt (DmcView *view, GHashTable *kept);

gboolean bundle_live_has (DmcView *view, const char *key);
void     bundle_live_end (DmcView *view);

G_END_DECLS
