/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One sealed piece of an image: ChaCha20-Poly1305 (RFC 8439) under the image's own key, its number as the nonce. */
#ifndef BOOT_PIECE_H
#define BOOT_PIECE_H

#include <stdbool.h>
#include <stdint.h>
#include "boot/store.h"

/* Where piece `number` of `image` is in the flash. */
static inline uint32_t
piece_offset (const struct hv_image *image, uint32_t number)
{
  return image->offset + number * (STORE_PIECE + STORE_TAG);
}

/* Bytes of piece `number`, of the image or its symbols. */
static inline uint32_t
piece_length (const struct hv_image *image, uint32_t number)
{
  uint32_t first = store_pieces (image);
  uint32_t size = number < first ? image->size : image->symbols;
  uint32_t at = (number < first ? number : number - first) * STORE_PIECE;
  return size - at < STORE_PIECE ? size - at : STORE_PIECE;
}

/* Copies the piece out of the flash to `bytes` first, so that what is checked is what is used; then verifies and only
   then decrypts it there. false: it is not what was sealed, and `bytes` are wiped. */
bool piece_unseal (const uint8_t key[32],
                   const struct hv_image *image,
                   const uint8_t *flash,
                   uint32_t number,
                   uint8_t *bytes);

#endif
