/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/sha256.h"

#include "core/string.h"

static const uint32_t constants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t
rotate (uint32_t value, uint32_t bits)
{
  return value >> bits | value << (32 - bits);
}

static inline uint32_t
load (const uint8_t *bytes)
{
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void
compress (uint32_t state[8], const uint8_t block[64])
{
  uint32_t w[64], s[8];
  for (int i = 0; i < 16; i++)
    w[i] = load (block + 4 * i);
  for (int i = 16; i < 64; i++) {
    uint32_t a = rotate (w[i - 15], 7) ^ rotate (w[i - 15], 18) ^ w[i - 15] >> 3;
    uint32_t b = rotate (w[i - 2], 17) ^ rotate (w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + a + w[i - 7] + b;
  }
  memcpy (s, state, sizeof s);
  for (int i = 0; i < 64; i++) {
    uint32_t e = rotate (s[4], 6) ^ rotate (s[4], 11) ^ rotate (s[4], 25);
    uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    uint32_t t1 = s[7] + e + choice + constants[i] + w[i];
    uint32_t a = rotate (s[0], 2) ^ rotate (s[0], 13) ^ rotate (s[0], 22);
    uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    for (int j = 7; j > 0; j--)
      s[j] = s[j - 1];
    s[4] += t1;
    s[0] = t1 + a + majority;
  }
  for (int i = 0; i < 8; i++)
    state[i] += s[i];
}

void
hv_sha256_begin (struct hv_sha256 *self)
{
  *self = (struct hv_sha256){ .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                         0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } };
}

void
hv_sha256_add (struct hv_sha256 *self, const uint8_t *bytes, uint32_t length)
{
  while (length > 0) {
    uint32_t used = (uint32_t)self->length & 63u;
    uint32_t part = length < 64 - used ? length : 64 - used;
    if (part == 64) {
      compress (self->state, bytes);
    } else {
      memcpy (self->block + used, bytes, part);
      if (used + part == 64)
        compress (self->state, self->block);
    }
    self->length += part;
    bytes += part;
    length -= part;
  }
}

void
hv_sha256_end (struct hv_sha256 *self, uint8_t digest[32])
{
  static const uint8_t padding[64] = { 0x80 };
  uint64_t bits = self->length * 8;
  uint8_t last[8];
  uint32_t used = (uint32_t)self->length & 63u;

  hv_sha256_add (self, padding, used < 56 ? 56 - used : 120 - used);
  for (uint32_t i = 0; i < 8; i++)
    last[7 - i] = (uint8_t)(bits >> (8 * i));
  hv_sha256_add (self, last, sizeof last);
  for (uint32_t i = 0; i < 32; i++)
    digest[i] = (uint8_t)(self->state[i / 4] >> (24 - 8 * (i & 3)));
}

void
hv_sha256 (const uint8_t *bytes, uint32_t length, uint8_t digest[32])
{
  struct hv_sha256 sha256;
  hv_sha256_begin (&sha256);
  hv_sha256_add (&sha256, bytes, length);
  hv_sha256_end (&sha256, digest);
}
