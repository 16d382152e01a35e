/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "helper/helper-client.h"

G_BEGIN_DECLS

/* Knows whether this host has a helper service, also while that is being started again. */
typedef struct _HelperFinder HelperFinder;

HelperFinder *helper_finder_new (const char *socket_path);
void          helper_finder_free (HelperFinder *self);
DmcHelper    *helper_finder_connect (HelperFinder *self, GError **error);
void          helper_finder_note_seen (HelperFinder *self);
gboolean      helper_finder_expects (HelperFinder *self);
void          helper_finder_wait_async (HelperFinder *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
DmcHelper    *helper_finder_wait_finish (GAsyncResult *result);
const char   *helper_finder_get_lack (HelperFinder *self);
void          helper_finder_set_missing (gboolean isolated, GError **error);

G_END_DECLS
