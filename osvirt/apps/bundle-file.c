/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apps/bundle-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/error.h"
#include "rpc/json.h"

#define CHUNK  (1024 * 1024)

G_STATIC_ASSERT (sizeof (((BundleSigner *) NULL)->secret_key) == crypto_sign_SECRETKEYBYTES);

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

static void
set_number (BundleTrailer *trailer, int at, guint64 value)
{
  value = GUINT64_TO_LE (value);
  memcpy (trailer->bytes + at, &value, sizeof value);
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

/* --- making ------------------------------------------------------------------------------------------------ */

static gboolean
cancelled (GCancellable *cancellable, GError **error)
{
  if (!g_cancellable_is_cancelled (cancellable))
    return FALSE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The work was cancelled."));
  return TRUE;
}

/* Reads up to @size bytes from where the file is. Returns how many there were, or -1. */
static gssize
read_some (int fd, guint8 *buffer, gsize size, GError **error)
{
  gsize done = 0;

  while (done < size) {
    ssize_t got = read (fd, buffer + done, size - done);

    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      failed (error, "read");
      return -1;
    }
    if (got == 0)
      break;
    done += (gsize) got;
  }
  return (gssize) done;
}

/* Returns: (transfer full) (nullable): a hash for each block of the file */
static GByteArray *
hash_blocks (int fd, GCancellable *cancellable, GError **error)
{
  g_autoptr (GByteArray) list = g_byte_array_new ();
  g_autofree guint8 *block = g_malloc (BUNDLE_BLOCK_SIZE);
  gssize got;

  while ((got = read_some (fd, block, BUNDLE_BLOCK_SIZE, error)) > 0) {
    guint8 hash[BUNDLE_HASH_SIZE];

    if (cancelled (cancellable, error))
      return NULL;
    crypto_hash_sha256 (hash, block, (gsize) got);
    g_byte_array_append (list, hash, sizeof hash);
  }
  return got < 0 ? NULL : g_steal_pointer (&list);
}

/* The manifest as it is signed: with what it says of the list. */
static char *
print_manifest (JsonNode *manifest, const GByteArray *list, gsize *length)
{
  g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, list->data, list->len);

  json_object_set_object_member (json_node_get_object (manifest), "blocks",
                                 dmc_json_object ("size:i", (gint64) BUNDLE_BLOCK_SIZE, "sha256:s", sum, NULL));
  return dmc_json_print (manifest, length);
}

/**
 * bundle_file_sign:
 * @fd: a file with the image and nothing behind it, open for reading and writing
 * @manifest: (transfer none): goes behind the image; "blocks" is set in it
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
  off_t image = lseek (fd, 0, SEEK_END), begin = lseek (fd, 0, SEEK_SET);
  g_autoptr (GByteArray) list = image >= 0 && begin == 0 ? hash_blocks (fd, NULL, error) : NULL;
  g_autofree char *text = NULL;
  crypto_sign_state state;
  BundleTrailer trailer = { 0 };
  gsize length = 0;

  if (image < 0 || begin != 0)
    return failed (error, "read");
  if (list == NULL)
    return FALSE;
  text = print_manifest (manifest, list, &length);
  memcpy (trailer.bytes, BUNDLE_MAGIC, strlen (BUNDLE_MAGIC));
  set_number (&trailer, BUNDLE_AT_IMAGE, (guint64) image);
  set_number (&trailer, BUNDLE_AT_MANIFEST, length);
  set_number (&trailer, BUNDLE_AT_HASHES, list->len);
  memcpy (trailer.bytes + BUNDLE_AT_SIGNER, signer->public_key, BUNDLE_KEY_SIZE);
  crypto_sign_init (&state);
  crypto_sign_update (&state, (const guint8 *) text, length);
  crypto_sign_update (&state, trailer.bytes, BUNDLE_SIGNED);
  crypto_sign_final_create (&state, trailer.bytes + BUNDLE_SIGNED, NULL, signer->secret_key);
  if (write (fd, list->data, list->len) != (ssize_t) list->len || write (fd, text, length) != (ssize_t) length
      || write (fd, trailer.bytes, sizeof trailer.bytes) != (ssize_t) sizeof trailer.bytes || fsync (fd) != 0)
    return failed (error, "written");
  return TRUE;
}

/* --- reading ----------------------------------------------------------------------------------------------- */

/* In the first form the signature is of every byte before it. */
static gboolean
check_first_form (int fd, const BundleHead *head, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (CHUNK);
  guint64 left = head->image_size + head->tail_size;
  crypto_sign_state state;

  crypto_sign_init (&state);
  while (left > 0) {
    gssize got = read_some (fd, buffer, MIN (left, CHUNK), error);

    if (got < 0 || cancelled (cancellable, error))
      return FALSE;
    if (got == 0)
      return damaged (error, "it is cut off");
    crypto_sign_update (&state, buffer, (gsize) got);
    left -= (guint64) got;
  }
  crypto_sign_update (&state, head->trailer.bytes, BUNDLE_SIGNED);
  if (crypto_sign_final_verify (&state, head->trailer.bytes + BUNDLE_SIGNED, head->trailer.bytes + BUNDLE_AT_SIGNER) != 0)
    return damaged (error, "its signature does not fit what it holds");
  return TRUE;
}

static gboolean
check_blocks (int fd, const BundleHead *head, GCancellable *cancellable, GError **error)
{
  g_autofree guint8 *block = g_malloc (BUNDLE_BLOCK_SIZE);

  for (guint64 i = 0; i < bundle_head_get_blocks (head); i++) {
    gsize size = bundle_head_get_block_size (head, i);
    gssize got = read_some (fd, block, size, error);

    if (got < 0 || cancelled (cancellable, error))
      return FALSE;
    if (got != (gssize) size || !bundle_head_check_block (head, i, block))
      return damaged (error, "its signature does not fit what it holds");
  }
  return TRUE;
}

/**
 * bundle_file_read:
 * @fd: a file
 * @cancellable: (nullable): to stop
 * @error: %DMC_ERROR_INTEGRITY, %DMC_ERROR_IO, %DMC_ERROR_CANCELLED
 *
 * Reads all of it, and blocks meanwhile.
 *
 * Returns: (transfer full) (nullable): what the signer says of it; the signature is good for all of it, whoever that is
 */
BundleHead *
bundle_file_read (int fd, GCancellable *cancellable, GError **error)
{
  g_autoptr (BundleHead) head = bundle_head_read (fd, error);
  gboolean good;

  if (head == NULL)
    return NULL;
  if (lseek (fd, 0, SEEK_SET) != 0) {
    failed (error, "read");
    return NULL;
  }
  good = head->hashes != NULL ? check_blocks (fd, head, cancellable, error) : check_first_form (fd, head, cancellable, error);
  return good ? g_steal_pointer (&head) : NULL;
}
