/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

#include "apps/bundle-head.h"
#include "launcher/wire.h"

G_BEGIN_DECLS

/* Where a vault has bundles: apps/KEY.bundle is a whole one; apps/KEY.stream is the cache of one that lies on a server, and
 * apps/KEY.url says where. While one comes, it has another name. Functions take the vault's root directory, and block. */
#define BUNDLE_STREAM_SUFFIX ".stream"
#define BUNDLE_INCOMING      BUNDLE_FOLDER "/.incoming"

typedef enum {
  BUNDLE_NONE,
  BUNDLE_WHOLE,
  BUNDLE_STREAMED,
} BundleKind;

BundleKind  bundle_store_find (int vault, const char *key);
int         bundle_store_open (int vault, const char *key, BundleKind kind);
char       *bundle_store_read_url (int vault, const char *key, GError **error);
int         bundle_store_take (int vault, const char *name, const char *key, const char *url);
gboolean    bundle_store_complete (int vault, const char *key, GError **error);
int         bundle_store_drop (int vault, const char *key);
GPtrArray  *bundle_store_list_streams (int vault);
BundleHead *bundle_store_read_head (int vault, const char *key, GError **error);
void        bundle_store_sizes (int vault, const char *key, guint64 *size, guint64 *present);

G_END_DECLS
