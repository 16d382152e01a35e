/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "apps/bundle-head.h"

G_BEGIN_DECLS

/* A bundle: an app as one file, an EROFS image of what the app adds to a root directory that the kernel mounts as it is. */

/* What makes and knows signatures. */
typedef struct {
  guint8 public_key[BUNDLE_KEY_SIZE];
  guint8 secret_key[64];
} BundleSigner;

gboolean    bundle_signer_load (BundleSigner *self, int dir, const char *name, GError **error);
void        bundle_signer_wipe (BundleSigner *self);
gboolean    bundle_file_sign (int fd, JsonNode *manifest, const BundleSigner *signer, GError **error);
BundleHead *bundle_file_read (int fd, GCancellable *cancellable, GError **error);

G_END_DECLS
