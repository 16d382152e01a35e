/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A bundle: an app as one file. First an EROFS image of what the app adds to a root directory, which the kernel mounts as it
 * is; then the manifest, JSON; then a trailer of BUNDLE_TRAILER_SIZE bytes: the magic, the sizes of the two as 64-bit little
 * endian numbers, eight bytes 0, the signer's Ed25519 key and an Ed25519ph signature (RFC 8032) of all that is before it. */
#define BUNDLE_MAGIC        "DMCBNDL1"
#define BUNDLE_TRAILER_SIZE 128
#define BUNDLE_KEY_SIZE     32
#define BUNDLE_MANIFEST_MAX (1024 * 1024)

typedef struct {
  JsonObject *manifest;
  char *signer; /* the key in hexadecimal */
} BundleFile;

/* What makes and knows signatures. */
typedef struct {
  guint8 public_key[BUNDLE_KEY_SIZE];
  guint8 secret_key[64];
} BundleSigner;

gboolean    bundle_signer_load (BundleSigner *self, int dir, const char *name, GError **error);
void        bundle_signer_wipe (BundleSigner *self);
gboolean    bundle_file_sign (int fd, JsonNode *manifest, const BundleSigner *signer, GError **error);
BundleFile *bundle_file_read (int fd, GCancellable *cancellable, GError **error);
void        bundle_file_free (BundleFile *self);
char       *bundle_key_to_string (const guint8 *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BundleFile, bundle_file_free)

G_END_DECLS
