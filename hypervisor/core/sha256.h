/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256 (FIPS 180-4) of a block of memory. */
#ifndef HV_SHA256_H
#define HV_SHA256_H

#include <stdint.h>

void hv_sha256 (const uint8_t *bytes, uint32_t length, uint8_t digest[32]);

#endif
