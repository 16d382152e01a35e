/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/bundle-head.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/app-record.h"
#include "rpc/error.h"
#include "rpc/json.h"

#define MAX_TEXT 4096 /* bytes */

G_STATIC_ASSERT (BUNDLE_KEY_SIZE == crypto_sign_PUBLICKEYBYTES);
G_STATIC_ASSERT (BUNDLE_HASH_SIZE == crypto_hash_sha256_BYTES);
G_STATIC_ASSERT (BUNDLE_TRAILER_SIZE - BUNDLE_SIGNED == crypto_sign_BYTES);

static gboolean
damaged (GError **error, const char *why)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Get the bundle again; nothing was installed.",
                                           "The bundle cannot be used: %s.", why));
  return FALSE;
}

static gboolean
unreadable (GError **error)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The bundle cannot be read: %s.", g_strerror (errno)));
  return FALSE;
}

static guint64
get_number (const BundleTrailer *trailer, int at)
{
  guint64 value;

  memcpy (&value, trailer->bytes + at, sizeof value);
  return GUINT64_FROM_LE (value);
}

/* Returns: (transfer full): a public key in hexadecimal */
char *
bundle_key_to_string (const guint8 *key)
{
  char *text = g_malloc (2 * BUNDLE_KEY_SIZE + 1);

  sodium_bin2hex (text, 2 * BUNDLE_KEY_SIZE + 1, key, BUNDLE_KEY_SIZE);
  return text;
}

static gboolean
is_first_form (const BundleTrailer *trailer)
{
  return memcmp (trailer->bytes, BUNDLE_MAGIC_1, strlen (BUNDLE_MAGIC_1)) == 0;
}

static guint64
blocks_of (guint64 image_size)
{
  return (image_size + BUNDLE_BLOCK_SIZE - 1) / BUNDLE_BLOCK_SIZE;
}

/**
 * bundle_trailer_parse:
 * @trailer: the end of a file
 * @total: bytes of the whole file
 * @image_size: (out): bytes
 * @tail_size: (out): bytes of what is between image and trailer
 * @error: %DMC_ERROR_INTEGRITY
 *
 * Returns: whether the sizes that it states can be those of that file
 */
gboolean
bundle_trailer_parse (const BundleTrailer *trailer, guint64 total, guint64 *image_size, guint64 *tail_size, GError **error)
{
  guint64 image = get_number (trailer, BUNDLE_AT_IMAGE), manifest = get_number (trailer, BUNDLE_AT_MANIFEST);
  guint64 hashes = is_first_form (trailer) ? 0 : get_number (trailer, BUNDLE_AT_HASHES);

  if (!is_first_form (trailer) && memcmp (trailer->bytes, BUNDLE_MAGIC, strlen (BUNDLE_MAGIC)) != 0)
    return damaged (error, "it does not end as bundles do");
  if (manifest == 0 || manifest > BUNDLE_MANIFEST_MAX || image > BUNDLE_IMAGE_MAX
      || (!is_first_form (trailer) && hashes != blocks_of (image) * BUNDLE_HASH_SIZE)
      || image + hashes + manifest + BUNDLE_TRAILER_SIZE != total)
    return damaged (error, "its parts do not make up its length");
  *image_size = image;
  *tail_size = hashes + manifest;
  return TRUE;
}

/* --- judging ----------------------------------------------------------------------------------------------- */

static gboolean
check_signature (const BundleTrailer *trailer, const guint8 *manifest, guint64 size, GError **error)
{
  crypto_sign_state state;

  crypto_sign_init (&state);
  crypto_sign_update (&state, manifest, size);
  crypto_sign_update (&state, trailer->bytes, BUNDLE_SIGNED);
  if (crypto_sign_final_verify (&state, trailer->bytes + BUNDLE_SIGNED, trailer->bytes + BUNDLE_AT_SIGNER) != 0)
    return damaged (error, "its signature does not fit what it holds");
  return TRUE;
}

static JsonObject *
parse_manifest (const guint8 *text, guint64 size, GError **error)
{
  g_autoptr (JsonNode) node = dmc_json_parse ((const char *) text, (gssize) size, NULL);
  JsonObject *manifest = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  static const char *const texts[] = { "name", "version", "summary", "arch", "label" }; /* which people are shown */

  if (manifest == NULL || dmc_json_get_int (manifest, "format", 0) != 1) {
    damaged (error, "its manifest is not of a form that this version knows");
    return NULL;
  }
  if (!app_record_key_is_valid (dmc_json_get_string (manifest, "id", ""))) {
    damaged (error, "its manifest names no app");
    return NULL;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strlen (dmc_json_get_string (manifest, texts[i], "")) > MAX_TEXT) {
      damaged (error, "a text of its manifest is too long");
      return NULL;
    }
  return json_object_ref (manifest);
}

static gboolean
check_list (JsonObject *manifest, GBytes *hashes, GError **error)
{
  JsonObject *blocks = dmc_json_get_object (manifest, "blocks");
  g_autofree char *sum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, hashes);

  if (blocks == NULL || dmc_json_get_int (blocks, "size", 0) != BUNDLE_BLOCK_SIZE
      || g_strcmp0 (dmc_json_get_string (blocks, "sha256", NULL), sum) != 0)
    return damaged (error, "its list of hashes is not the one that was signed");
  return TRUE;
}

/**
 * bundle_head_parse:
 * @trailer: the end of the file
 * @tail: what bundle_trailer_parse() says is before it
 * @total: bytes of the whole file
 * @error: %DMC_ERROR_INTEGRITY
 *
 * Returns: (transfer full) (nullable): what the signer says, whoever that is; of the first form, what somebody says
 */
BundleHead *
bundle_head_parse (const BundleTrailer *trailer, const guint8 *tail, guint64 total, GError **error)
{
  g_autoptr (BundleHead) self = g_new0 (BundleHead, 1);
  guint64 size = get_number (trailer, BUNDLE_AT_MANIFEST);
  gsize list;

  if (sodium_init () < 0 || !bundle_trailer_parse (trailer, total, &self->image_size, &self->tail_size, error))
    return NULL;
  list = self->tail_size - size;
  if (!is_first_form (trailer) && !check_signature (trailer, tail + list, size, error))
    return NULL;
  self->manifest = parse_manifest (tail + list, size, error);
  if (self->manifest == NULL)
    return NULL;
  if (!is_first_form (trailer)) {
    self->hashes = g_bytes_new (tail, list);
    if (!check_list (self->manifest, self->hashes, error))
      return NULL;
  }
  self->trailer = *trailer;
  self->signer = bundle_key_to_string (trailer->bytes + BUNDLE_AT_SIGNER);
  return g_steal_pointer (&self);
}

static gboolean
read_at (int fd, void *buffer, gsize size, guint64 offset)
{
  for (gsize done = 0; done < size;) {
    ssize_t got = pread (fd, (guint8 *) buffer + done, size - done, (off_t) (offset + done));

    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      errno = got == 0 ? EIO : errno;
      return FALSE;
    }
    done += (gsize) got;
  }
  return TRUE;
}

/* As bundle_head_parse(), of a file, whose image may have holes. Blocks. Also %DMC_ERROR_IO. */
BundleHead *
bundle_head_read (int fd, GError **error)
{
  BundleTrailer trailer;
  guint64 image, size;
  struct stat info;
  g_autofree guint8 *tail = NULL;

  if (fstat (fd, &info) != 0) {
    unreadable (error);
    return NULL;
  }
  if (info.st_size < BUNDLE_TRAILER_SIZE
      || !read_at (fd, &trailer, sizeof trailer, (guint64) info.st_size - BUNDLE_TRAILER_SIZE)) {
    damaged (error, "it does not end as bundles do");
    return NULL;
  }
  if (!bundle_trailer_parse (&trailer, (guint64) info.st_size, &image, &size, error))
    return NULL;
  tail = g_try_malloc (size);
  if (tail == NULL || !read_at (fd, tail, size, image)) {
    unreadable (error);
    return NULL;
  }
  return bundle_head_parse (&trailer, tail, (guint64) info.st_size, error);
}

void
bundle_head_free (BundleHead *self)
{
  g_clear_pointer (&self->manifest, json_object_unref);
  g_clear_pointer (&self->hashes, g_bytes_unref);
  g_free (self->signer);
  g_free (self);
}

/* --- blocks ------------------------------------------------------------------------------------------------ */

guint64
bundle_head_get_blocks (const BundleHead *self)
{
  return blocks_of (self->image_size);
}

gsize
bundle_head_get_block_size (const BundleHead *self, guint64 index)
{
  return (gsize) MIN (BUNDLE_BLOCK_SIZE, self->image_size - index * BUNDLE_BLOCK_SIZE);
}

/* Whether @data is what was signed for as block @index. */
gboolean
bundle_head_check_block (const BundleHead *self, guint64 index, const guint8 *data)
{
  const guint8 *list = g_bytes_get_data (self->hashes, NULL);
  guint8 hash[BUNDLE_HASH_SIZE];

  crypto_hash_sha256 (hash, data, bundle_head_get_block_size (self, index));
  return memcmp (hash, list + index * BUNDLE_HASH_SIZE, sizeof hash) == 0;
}
