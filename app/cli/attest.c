/* SPDX-License-Identifier: GPL-2.0-or-later */
/* host attest: asks a machine what it was started from, and checks the answer against its maker's key. */
#include "attest.h"

#include <bearssl.h>
#include <stdio.h>
#include <string.h>

#include "boot/store.h"
#include "table.h"

#define NONCE     32
#define POINT     65
#define SIGNATURE 64

static char *maker_file;
static char *given_nonce;

const GOptionEntry ctl_attest_options[] = {
  { "verify", 0, 0, G_OPTION_ARG_FILENAME, &maker_file, "Check it against this public key of the device's maker",
    "FILE" },
  { "nonce", 0, 0, G_OPTION_ARG_STRING, &given_nonce,
    "16 to 64 bytes in hexadecimal, instead of fresh random ones", "HEX" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* A quote, taken apart. */
typedef struct {
  GBytes *nonce, *manifest, *maker_signature, *signature;
} Quote;

static void
quote_clear (Quote *self)
{
  g_clear_pointer (&self->nonce, g_bytes_unref);
  g_clear_pointer (&self->manifest, g_bytes_unref);
  g_clear_pointer (&self->maker_signature, g_bytes_unref);
  g_clear_pointer (&self->signature, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Quote, quote_clear)

static gboolean
fail (GError **error, const char *text)
{
  g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED, text);
  return FALSE;
}

/* (transfer full): NULL where `text` is not so many bytes in hexadecimal. */
static GBytes *
from_hex (const char *text, gsize least, gsize most)
{
  gsize length = strlen (text);
  g_autofree guint8 *bytes = NULL;

  if (length % 2 != 0 || length / 2 < least || length / 2 > most)
    return NULL;
  bytes = g_malloc (length / 2 + 1);
  for (gsize i = 0; i < length; i += 2) {
    int high = g_ascii_xdigit_value (text[i]), low = g_ascii_xdigit_value (text[i + 1]);

    if (high < 0 || low < 0)
      return NULL;
    bytes[i / 2] = (guint8) (high << 4 | low);
  }
  return g_bytes_new_take (g_steal_pointer (&bytes), length / 2);
}

/* (transfer full): what a challenge needs: bytes that nobody could know before. */
static char *
fresh_nonce (GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path ("/dev/urandom");
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  guint8 bytes[NONCE];
  GString *text;

  if (!stream || !g_input_stream_read_all (G_INPUT_STREAM (stream), bytes, sizeof bytes, NULL, NULL, error))
    return NULL;
  text = g_string_new (NULL);
  for (gsize i = 0; i < sizeof bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

/* The public key of a maker: SubjectPublicKeyInfo of a P-256 key in PEM form, as domicile-seal public gives it. */
static gboolean
load_maker (const char *path, guint8 point[POINT], GError **error)
{
  static const guint8 before[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                                   0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };
  static const char begin[] = "-----BEGIN PUBLIC KEY-----", end[] = "-----END PUBLIC KEY-----";
  g_autofree char *text = NULL;
  g_autofree guint8 *der = NULL;
  char *from, *to;
  gsize length;

  if (!g_file_get_contents (path, &text, NULL, error))
    return FALSE;
  from = strstr (text, begin);
  to = from ? strstr (from, end) : NULL;
  if (to) {
    *to = '\0';
    der = g_base64_decode (from + sizeof begin - 1, &length);
  }
  if (!der || length != sizeof before + POINT || memcmp (der, before, sizeof before) != 0) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
                 "%s is not a maker's public key: a P-256 key in PEM form, as `domicile-seal public` prints it", path);
    return FALSE;
  }
  memcpy (point, der + sizeof before, POINT);
  return TRUE;
}

static gboolean
is_signed (const guint8 digest[32], GBytes *signature, const guint8 point[POINT])
{
  const br_ec_public_key key = { BR_EC_secp256r1, (guint8 *) point, POINT };

  return br_ecdsa_i31_vrfy_raw (&br_ec_p256_m31, digest, 32, &key, g_bytes_get_data (signature, NULL),
                                g_bytes_get_size (signature))
         == 1;
}

static void
digest_manifest (const Quote *quote, guint8 digest[32])
{
  br_sha256_context hash;

  br_sha256_init (&hash);
  br_sha256_update (&hash, g_bytes_get_data (quote->manifest, NULL), g_bytes_get_size (quote->manifest));
  br_sha256_out (&hash, digest);
}

/* What the device signs: the purpose, the nonce with its length, the digest of the manifest. */
static void
digest_quote (const Quote *quote, const guint8 manifest[32], guint8 digest[32])
{
  static const char purpose[] = "domicile quote";
  guint8 length = (guint8) g_bytes_get_size (quote->nonce);
  br_sha256_context hash;

  br_sha256_init (&hash);
  br_sha256_update (&hash, purpose, sizeof purpose - 1);
  br_sha256_update (&hash, &length, 1);
  br_sha256_update (&hash, g_bytes_get_data (quote->nonce, NULL), length);
  br_sha256_update (&hash, manifest, 32);
  br_sha256_out (&hash, digest);
}

static const struct store_header *
header_of (const Quote *quote)
{
  return g_bytes_get_data (quote->manifest, NULL);
}

/* Maker, then manifest, then attestation key: each vouches for the next. */
static gboolean
verify (const Quote *quote, const guint8 maker[POINT], GError **error)
{
  guint8 manifest[32], digest[32], key[POINT] = { 4 };

  digest_manifest (quote, manifest);
  if (!is_signed (manifest, quote->maker_signature, maker))
    return fail (error, "NOT VERIFIED: the list of images is not signed by that maker. This machine runs something else, "
                        "or has another maker.");
  memcpy (key + 1, header_of (quote)->attest_key, sizeof header_of (quote)->attest_key);
  digest_quote (quote, manifest, digest);
  if (!is_signed (digest, quote->signature, key))
    return fail (error, "NOT VERIFIED: the answer is not signed by the device for which the list was sealed, or is not "
                        "the answer to this question. Do not trust this machine.");
  return TRUE;
}

/* FALSE where the answer is not a quote for `nonce` at all. */
static gboolean
read_quote (JsonNode *node, const char *nonce, Quote *quote, GError **error)
{
  JsonObject *object = json_node_get_object (node);
  guint32 length;
  gsize size;

  quote->nonce = from_hex (nonce, 16, 64);
  quote->manifest = from_hex (dmc_json_get_string (object, "manifest", ""), sizeof (struct store_header), STORE_ROOM);
  quote->maker_signature = from_hex (dmc_json_get_string (object, "maker_signature", ""), SIGNATURE, SIGNATURE);
  quote->signature = from_hex (dmc_json_get_string (object, "signature", ""), SIGNATURE, SIGNATURE);
  if (!quote->manifest || !quote->maker_signature || !quote->signature)
    return fail (error, "the answer is no quote");
  size = g_bytes_get_size (quote->manifest);
  if (store_length (header_of (quote), (guint32) (size + SIGNATURE), &length) != STORE_OK || length != size
      || store_check (header_of (quote), length, G_MAXUINT32) != STORE_OK)
    return fail (error, "the list of images in the answer is none");
  return TRUE;
}

static void
print (const Quote *quote, gboolean verified)
{
  static const char *const headings[] = { "IMAGE", "VERSION", ">BYTES", "SHA-256", NULL };
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  const struct store_header *header = header_of (quote);

  ctl_print_field ("Quote", "%s", verified ? "verified" : "not verified (give the maker's key: --verify FILE)");
  ctl_print_field ("Maker", "%s%s", header->maker,
                   header->flags & STORE_DEVELOPER ? " (developer keys, which say nothing)" : "");
  ctl_print_field ("Version", "%u", header->version);
  for (guint32 i = 0; i < header->count; i++) {
    const struct hv_image *image = &header->image[i];
    g_autofree char *size = g_strdup_printf ("%u", image->size);
    g_autoptr (GString) digest = g_string_new (NULL);

    for (gsize at = 0; at < sizeof image->sha256; at++)
      g_string_append_printf (digest, "%02x", image->sha256[at]);
    ctl_table_add (table, image->name, image->version, size, digest->str);
  }
  ctl_table_print (table, "");
}

gboolean
ctl_run_attest (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *nonce = given_nonce ? g_ascii_strdown (given_nonce, -1) : fresh_nonce (error);
  g_autoptr (JsonNode) node = NULL;
  g_auto (Quote) quote = { NULL };
  g_autoptr (JsonObject) parameters = json_object_new ();
  guint8 maker[POINT];

  if (!nonce)
    return FALSE;
  if (maker_file && !load_maker (maker_file, maker, error))
    return FALSE;
  json_object_set_string_member (parameters, "nonce", nonce);
  node = ctl_call (ctl, CTL_CONTROL, "host.attest", dmc_json_take_object (g_steal_pointer (&parameters)), error);
  if (!node || !read_quote (node, nonce, &quote, error))
    return FALSE;
  if (maker_file && !verify (&quote, maker, error))
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  print (&quote, maker_file != NULL);
  return TRUE;
}
