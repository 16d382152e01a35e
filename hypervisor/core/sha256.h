/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (FIPS 180-4), of a block of memory or piece by piece. */
#ifndef HV_SHA256_H
#define HV_SHA256_H

#include <stdint.h>

struct hv_sha256 {
  uint32_t state[8];
  uint64_t length;   /* bytes so far */
  uint8_t block[64]; /* those that do not fill a block yet */
};

void hv_sha256_begin (struct hv_sha256 *self);
void hv_sha256_add (struct hv_sha256 *self, const uint8_t *bytes, uint32_t length);
void hv_sha256_end (struct hv_sha256 *self, uint8_t digest[32]);

void hv_sha256 (const uint8_t *bytes, uint32_t length, uint8_t digest[32]);

#endif
