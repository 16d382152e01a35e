/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What a bundle says of itself, apart from its image: enough to judge it, and each block of the image after that.
 *
 * The file is the image, the list of hashes, the manifest, and a trailer of BUNDLE_TRAILER_SIZE bytes: the magic; the sizes of
 * image, manifest and list as 64-bit little endian numbers; the signer's Ed25519 key; and an Ed25519ph signature (RFC 8032).
 * The list has a SHA-256 for each BUNDLE_BLOCK_SIZE bytes of the image (the last may be shorter); the manifest has the SHA-256
 * of the list ("blocks"); the signature is of the manifest and of the trailer before it. So each block is signed for, and can
 * be judged alone. In the first form of bundles (BUNDLE_MAGIC_1) there is no list, and the signature is of all that is before. */
#define BUNDLE_MAGIC        "DMCBNDL2"
#define BUNDLE_MAGIC_1      "DMCBNDL1"
#define BUNDLE_TRAILER_SIZE 128
#define BUNDLE_KEY_SIZE     32
#define BUNDLE_MANIFEST_MAX (1024 * 1024)
#define BUNDLE_BLOCK_SIZE   (64 * 1024)
#define BUNDLE_HASH_SIZE    32
#define BUNDLE_IMAGE_MAX    (G_GUINT64_CONSTANT (1) << 36) /* 64 GiB: a list of 32 MiB */
#define BUNDLE_SIGNED       (BUNDLE_TRAILER_SIZE - 64)     /* of the trailer */

/* Where the numbers are in the trailer. */
enum { BUNDLE_AT_IMAGE = 8, BUNDLE_AT_MANIFEST = 16, BUNDLE_AT_HASHES = 24, BUNDLE_AT_SIGNER = 32 };

typedef struct {
  guint8 bytes[BUNDLE_TRAILER_SIZE];
} BundleTrailer;

/**
 * BundleHead:
 * @manifest: what the signer says of the app
 * @signer: the key in hexadecimal
 * @trailer: as it is in the file
 * @image_size: bytes
 * @tail_size: bytes of list and manifest, which follow the image
 * @hashes: (nullable): the list; %NULL in the first form
 */
typedef struct {
  JsonObject *manifest;
  char *signer;
  BundleTrailer trailer;
  guint64 image_size;
  guint64 tail_size;
  GBytes *hashes;
} BundleHead;

gboolean    bundle_trailer_parse (const BundleTrailer *trailer, guint64 total, guint64 *image_size, guint64 *tail_size, GError **error);
BundleHead *bundle_head_parse (const BundleTrailer *trailer, const guint8 *tail, guint64 total, GError **error);
BundleHead *bundle_head_read (int fd, GError **error);
void        bundle_head_free (BundleHead *self);
guint64     bundle_head_get_blocks (const BundleHead *self);
gsize       bundle_head_get_block_size (const BundleHead *self, guint64 index);
gboolean    bundle_head_check_block (const BundleHead *self, guint64 index, const guint8 *data);
char       *bundle_key_to_string (const guint8 *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BundleHead, bundle_head_free)

G_END_DECLS
