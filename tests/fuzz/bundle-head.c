/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a bundle: as a file from anywhere, and as the manifest of somebody who signs what he likes. */
#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

#include "apps/bundle-head.h"
#include "fuzz.h"

#define IMAGE 4096 /* bytes of an image that is not there; one block */

static void
put_number (BundleTrailer *trailer, int at, guint64 number)
{
  const guint64 little = GUINT64_TO_LE (number);

  memcpy (trailer->bytes + at, &little, sizeof little);
}

static void
parse_signed (const uint8_t *manifest, size_t size)
{
  static const unsigned char seed[crypto_sign_SEEDBYTES] = { 1 };
  unsigned char public_key[crypto_sign_PUBLICKEYBYTES], secret_key[crypto_sign_SECRETKEYBYTES];
  g_autofree guint8 *tail = g_malloc0 (BUNDLE_HASH_SIZE + size);
  BundleTrailer trailer = { 0 };
  g_autoptr (BundleHead) head = NULL;
  crypto_sign_state state;

  crypto_sign_seed_keypair (public_key, secret_key, seed);
  memcpy (tail + BUNDLE_HASH_SIZE, manifest, size);
  memcpy (trailer.bytes, BUNDLE_MAGIC, strlen (BUNDLE_MAGIC));
  put_number (&trailer, BUNDLE_AT_IMAGE, IMAGE);
  put_number (&trailer, BUNDLE_AT_MANIFEST, size);
  put_number (&trailer, BUNDLE_AT_HASHES, BUNDLE_HASH_SIZE);
  memcpy (trailer.bytes + BUNDLE_AT_SIGNER, public_key, sizeof public_key);
  crypto_sign_init (&state);
  crypto_sign_update (&state, manifest, size);
  crypto_sign_update (&state, trailer.bytes, BUNDLE_SIGNED);
  crypto_sign_final_create (&state, trailer.bytes + BUNDLE_SIGNED, NULL, secret_key);
  head = bundle_head_parse (&trailer, tail, IMAGE + BUNDLE_HASH_SIZE + size + BUNDLE_TRAILER_SIZE, NULL);
  if (head != NULL && json_object_get_string_member_with_default (head->manifest, "id", NULL) == NULL)
    g_error ("a manifest without an app was accepted");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  int fd = memfd_create ("bundle", MFD_CLOEXEC);
  g_autoptr (BundleHead) head = NULL;

  if (sodium_init () < 0 || fd < 0 || write (fd, data, size) != (ssize_t)size)
    g_error ("no bundle can be made here");
  head = bundle_head_read (fd, NULL);
  close (fd);
  parse_signed (data, size);
  return 0;
}
