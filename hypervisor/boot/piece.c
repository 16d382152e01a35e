/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/piece.h"

#include <bearssl.h>

/* In a time that does not tell where the two differ. */
static bool
same_tag (const uint8_t *a, const uint8_t *b)
{
  uint32_t difference = 0;
  for (uint32_t i = 0; i < STORE_TAG; i++)
    difference |= a[i] ^ b[i];
  return difference == 0;
}

/* The library authenticates before it decrypts, but in one call: the tag is compared after it. What is not authentic
   never leaves this function. */
bool
piece_unseal (const uint8_t key[32],
              const struct hv_image *image,
              const uint8_t *flash,
              uint32_t number,
              uint8_t *bytes)
{
  const uint8_t *sealed = flash + piece_offset (image, number);
  uint32_t length = piece_length (image, number);
  uint8_t nonce[12] = { 0 }, stored[STORE_TAG], tag[STORE_TAG];
  memcpy (nonce, &number, sizeof number);
  memcpy (bytes, sealed, length);
  memcpy (stored, sealed + length, sizeof stored);
  br_poly1305_ctmul_run (key, nonce, bytes, length, NULL, 0, tag, br_chacha20_ct_run, 0);
  if (same_tag (tag, stored))
    return true;
  memset (bytes, 0, length);
  return false;
}
