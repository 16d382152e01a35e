/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Vectors for what secure boot builds on. A vector: kind, whether it is right (1) or must be refused (0), then fields;
 * all numbers 32 bits, little-endian; a field is its length and its bytes, filled up to a multiple of four. Kind 0 ends.
 */
#ifndef PRIMITIVES_H
#define PRIMITIVES_H

#include <stdint.h>

enum vector_kind {
  VECTOR_END = 0,
  VECTOR_SHA256 = 1, /* message, digest */
  VECTOR_HKDF = 2,   /* key material, salt, info, output */
  VECTOR_SEAL = 3,   /* key, nonce, associated data, ciphertext, tag, message */
  VECTOR_ECDSA = 4,  /* point, message, signature */
};

/* Tries all; -> how many there were. `failed` is called with the number of each that was not answered as it must be. */
uint32_t primitives_try (const uint8_t *vectors, void (*failed) (uint32_t number, uint32_t kind));

#endif
