/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "primitives.h"

#include <bearssl.h>
#include <stdbool.h>
#include <string.h>

#define FIELDS 6u
#define ROOM   4096u

struct field {
  const uint8_t *bytes;
  uint32_t length;
};

static const uint32_t fields_of[] = { 0, 2, 4, 6, 3 };

static uint32_t
word (const uint8_t *at)
{
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool
same (const uint8_t *bytes, const struct field *expected)
{
  return memcmp (bytes, expected->bytes, expected->length) == 0;
}

static void
digest_of (const struct field *message, uint8_t digest[32])
{
  br_sha256_context hash;
  br_sha256_init (&hash);
  br_sha256_update (&hash, message->bytes, message->length);
  br_sha256_out (&hash, digest);
}

static bool
try_sha256 (const struct field *field)
{
  uint8_t digest[32];
  digest_of (&field[0], digest);
  return same (digest, &field[1]);
}

static bool
try_hkdf (const struct field *field)
{
  uint8_t output[256];
  br_hkdf_context hkdf;
  br_hkdf_init (&hkdf, &br_sha256_vtable, field[1].bytes, field[1].length);
  br_hkdf_inject (&hkdf, field[0].bytes, field[0].length);
  br_hkdf_flip (&hkdf);
  br_hkdf_produce (&hkdf, field[2].bytes, field[2].length, output, field[3].length);
  return same (output, &field[3]);
}

static bool
try_seal (const struct field *field)
{
  static uint8_t text[ROOM];
  uint8_t tag[16];
  if (field[3].length > ROOM || field[4].length != sizeof tag)
    return false;
  memcpy (text, field[3].bytes, field[3].length);
  br_poly1305_ctmul_run (field[0].bytes, field[1].bytes, text, field[3].length, field[2].bytes, field[2].length, tag,
                         br_chacha20_ct_run, 0);
  return same (tag, &field[4]) && same (text, &field[5]);
}

static bool
try_ecdsa (const struct field *field)
{
  uint8_t digest[32];
  const br_ec_public_key key = { BR_EC_secp256r1, (unsigned char *)field[0].bytes, field[0].length };
  digest_of (&field[1], digest);
  return br_ecdsa_i31_vrfy_raw (&br_ec_p256_m31, digest, sizeof digest, &key, field[2].bytes, field[2].length) == 1;
}

static bool
try_one (uint32_t kind, const struct field *field)
{
  switch (kind) {
  case VECTOR_SHA256:
    return try_sha256 (field);
  case VECTOR_HKDF:
    return try_hkdf (field);
  case VECTOR_SEAL:
    return try_seal (field);
  default:
    return try_ecdsa (field);
  }
}

uint32_t
primitives_try (const uint8_t *vectors, void (*failed) (uint32_t number, uint32_t kind))
{
  uint32_t number = 0, kind;
  for (; (kind = word (vectors)) != VECTOR_END && kind <= VECTOR_ECDSA; number++) {
    struct field field[FIELDS];
    bool right = word (vectors + 4) == 1;
    vectors += 8;
    for (uint32_t i = 0; i < fields_of[kind]; i++) {
      field[i] = (struct field){ vectors + 4, word (vectors) };
      vectors += 4 + (field[i].length + 3) / 4 * 4;
    }
    if (try_one (kind, field) != right)
      failed (number, kind);
  }
  return number;
}
