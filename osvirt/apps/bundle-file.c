/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/bundle-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/app-record.h"
#include "rpc/error.h"
#include "rpc/json.h"

#define CHUNK  (1024 * 1024)
#define SIGNED (BUNDLE_TRAILER_SIZE - crypto_sign_BYTES) /* of the trailer */

G_STATIC_ASSERT (BUNDLE_KEY_SIZE == crypto_sign_PUBLICKEYBYTES);
G_STATIC_ASSERT (sizeof (((BundleSigner *) NULL)->secret_key) == crypto_sign_SECRETKEYBYTES);

/* The trailer as it is in the file. */
typedef struct {
  guint8 bytes[BUNDLE_TRAILER_SIZE];
} Trailer;

enum { AT_IMAGE_SIZE = 8, AT_MANIFEST_SIZE = 16, AT_SIGNER = 32, AT_SIGNATURE = SIGNED };

static gboolean
damaged (GError **error, const char *why)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Get the bundle again; nothing was installed.",
                                           "The bundle cannot be used: %s.", why));
  return FALSE;
}

static gboolean
failed (GError **error, const char *what)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The bundle cannot be %s: %s.", what, g_strerror (errno)));
  return FALSE;
}

static guint64
get_number (const Trailer *trailer, int at)
{
  guint64 value;

  memcpy (&value, trailer->bytes + at, sizeof value);
  return GUINT64_FROM_LE (value);
}

static void
set_number (Trailer *trailer, int at, guint64 value)
{
  value = GUINT64_TO_LE (value);
  memcpy (trailer->bytes + at, &value, sizeof value);
}

/* Returns: (transfer full): a public key in hexadecimal */
char *
bundle_key_to_string (const guint8 *key)
{
  char *text = g_malloc (2 * BUNDLE_KEY_SIZE + 1);

  sodium_bin2hex (text, 2 * BUNDLE_KEY_SIZE + 1, key, BUNDLE_KEY_SIZE);
  return text;
}

/* --- signers ----------------------------------------------------------------------------------------------- */

static gboolean
make_key (BundleSigner *self, int dir, const char *name)
{
  int fd;
  gboolean ok;

  crypto_sign_keypair (self->public_key, self->secret_key);
  fd = openat (dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  ok = fd >= 0 && write (fd, self->secret_key, sizeof self->secret_key) == sizeof self->secret_key && fsync (fd) == 0;
  if (fd >= 0)
    close (fd);
  return ok;
}

/**
 * bundle_signer_load:
 * @self: (out): wipe it with bundle_signer_wipe()
 * @dir: the vault's directory
 * @name: the key's file below it; made when there is none
 * @error: %DMC_ERROR_IO, %DMC_ERROR_INTEGRITY
 *
 * Returns: whether there is a key
 */
gboolean
bundle_signer_load (BundleSigner *self, int dir, const char *name, GError **error)
{
  int fd = sodium_init () < 0 ? -1 : openat (dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  ssize_t got;

  if (fd < 0 && errno == ENOENT)
    return make_key (self, dir, name) || failed (error, "signed");
  if (fd < 0)
    return failed (error, "signed");
  got = read (fd, self->secret_key, sizeof self->secret_key);
  close (fd);
  if (got != (ssize_t) sizeof self->secret_key)
    return damaged (error, "the workspace's key for signing is damaged");
  crypto_sign_ed25519_sk_to_pk (self->public_key, self->secret_key);
  return TRUE;
}

void
bundle_signer_wipe (BundleSigner *self)
{
  sodium_memzero (self, sizeof *self);
}

/* --- hashing ----------------------------------------------------------------------------------------------- */

/* Takes @size bytes from where the file is into the hash. */
static gboolean
hash_file (crypto_sign_state *state, int fd, guint64 size, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (CHUNK);

  while (size > 0) {
    ssize_t got = read (fd, buffer, (size_t) MIN (size, CHUNK));

    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return failed (error, "read");
    if (got == 0)
      return damaged (error, "it is cut off");
    if (g_cancellable_is_cancelled (cancellable)) {
      g_propagate_error (error, dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The work was cancelled."));
      return FALSE;
    }
    crypto_sign_update (state, buffer, (size_t) got);
    size -= (guint64) got;
  }
  return TRUE;
}

/**
 * bundle_file_sign:
 * @fd: a file with the image and nothing behind it, open for reading and writing
 * @manifest: (transfer none): goes behind the image
 * @signer: who answers for it
 * @error: %DMC_ERROR_IO
 *
 * Makes a bundle of an image.
 *
 * Returns: whether it is one now
 */
gboolean
bundle_file_sign (int fd, JsonNode *manifest, const BundleSigner *signer, GError **error)
{
  gsize length = 0;
  g_autofree char *text = dmc_json_print (manifest, &length);
  off_t image = lseek (fd, 0, SEEK_END);
  crypto_sign_state state;
  Trailer trailer = { 0 };

  memcpy (trailer.bytes, BUNDLE_MAGIC, strlen (BUNDLE_MAGIC));
  set_number (&trailer, AT_IMAGE_SIZE, (guint64) image);
  set_number (&trailer, AT_MANIFEST_SIZE, length);
  memcpy (trailer.bytes + AT_SIGNER, signer->public_key, BUNDLE_KEY_SIZE);
  if (image < 0 || write (fd, text, length) != (ssize_t) length || lseek (fd, 0, SEEK_SET) != 0)
    return failed (error, "written");
  crypto_sign_init (&state);
  if (!hash_file (&state, fd, (guint64) image + length, NULL, error))
    return FALSE;
  crypto_sign_update (&state, trailer.bytes, SIGNED);
  crypto_sign_final_create (&state, trailer.bytes + AT_SIGNATURE, NULL, signer->secret_key);
  if (write (fd, trailer.bytes, sizeof trailer.bytes) != (ssize_t) sizeof trailer.bytes || fsync (fd) != 0)
    return failed (error, "written");
  return TRUE;
}

/* --- reading ----------------------------------------------------------------------------------------------- */

static gboolean
read_trailer (int fd, Trailer *trailer, GError **error)
{
  struct stat info;
  guint64 image, manifest;

  if (fstat (fd, &info) != 0)
    return failed (error, "read");
  if (info.st_size < BUNDLE_TRAILER_SIZE
      || pread (fd, trailer->bytes, sizeof trailer->bytes, info.st_size - BUNDLE_TRAILER_SIZE) != BUNDLE_TRAILER_SIZE
      || memcmp (trailer->bytes, BUNDLE_MAGIC, strlen (BUNDLE_MAGIC)) != 0)
    return damaged (error, "it does not end as bundles do");
  image = get_number (trailer, AT_IMAGE_SIZE);
  manifest = get_number (trailer, AT_MANIFEST_SIZE);
  if (manifest == 0 || manifest > BUNDLE_MANIFEST_MAX || image > (guint64) info.st_size
      || image + manifest + BUNDLE_TRAILER_SIZE != (guint64) info.st_size)
    return damaged (error, "its parts do not make up its length");
  return TRUE;
}

static gboolean
check_signature (int fd, Trailer *trailer, GCancellable *cancellable, GError **error)
{
  crypto_sign_state state;

  crypto_sign_init (&state);
  if (lseek (fd, 0, SEEK_SET) != 0)
    return failed (error, "read");
  if (!hash_file (&state, fd, get_number (trailer, AT_IMAGE_SIZE) + get_number (trailer, AT_MANIFEST_SIZE), cancellable, error))
    return FALSE;
  crypto_sign_update (&state, trailer->bytes, SIGNED);
  if (crypto_sign_final_verify (&state, trailer->bytes + AT_SIGNATURE, trailer->bytes + AT_SIGNER) != 0)
    return damaged (error, "its signature does not fit what it holds");
  return TRUE;
}

static JsonObject *
read_manifest (int fd, const Trailer *trailer, GError **error)
{
  gsize length = get_number (trailer, AT_MANIFEST_SIZE);
  g_autofree char *text = g_malloc (length);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *manifest;

  if (pread (fd, text, length, (off_t) get_number (trailer, AT_IMAGE_SIZE)) != (ssize_t) length) {
    failed (error, "read");
    return NULL;
  }
  node = dmc_json_parse (text, (gssize) length, NULL);
  manifest = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  if (manifest == NULL || dmc_json_get_int (manifest, "format", 0) != 1) {
    damaged (error, "its manifest is not of a form that this version knows");
    return NULL;
  }
  if (!app_record_key_is_valid (dmc_json_get_string (manifest, "id", ""))) {
    damaged (error, "its manifest names no app");
    return NULL;
  }
  return json_object_ref (manifest);
}

/**
 * bundle_file_read:
 * @fd: a file
 * @cancellable: (nullable): to stop
 * @error: %DMC_ERROR_INTEGRITY, %DMC_ERROR_IO, %DMC_ERROR_CANCELLED
 *
 * Reads all of it, and blocks meanwhile.
 *
 * Returns: (transfer full) (nullable): what the signer says of it; the signature is good, whoever that is
 */
BundleFile *
bundle_file_read (int fd, GCancellable *cancellable, GError **error)
{
  g_autoptr (JsonObject) manifest = NULL;
  BundleFile *self;
  Trailer trailer;

  if (sodium_init () < 0 || !read_trailer (fd, &trailer, error) || !check_signature (fd, &trailer, cancellable, error))
    return NULL;
  manifest = read_manifest (fd, &trailer, error);
  if (manifest == NULL)
    return NULL;
  self = g_new0 (BundleFile, 1);
  self->manifest = g_steal_pointer (&manifest);
  self->signer = bundle_key_to_string (trailer.bytes + AT_SIGNER);
  return self;
}

void
bundle_file_free (BundleFile *self)
{
  json_object_unref (self->manifest);
  g_free (self->signer);
  g_free (self);
}
