/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The image of a suspended workspace in its storage, below state/suspend. @root is the storage's root directory. All of these
 * block on the medium. An image serves once: it is spent before anything runs from it. */

gint64   suspend_store_find (int root);
int      suspend_store_begin (int root, GError **error);
gboolean suspend_store_commit (int root, int image, JsonNode *record, GError **error);
int      suspend_store_open (int root, JsonObject **record, GError **error);
gboolean suspend_store_is_spent (int image);
void     suspend_store_drop (int root);

G_END_DECLS
