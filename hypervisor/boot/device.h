/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What flash 0 has beside the ROM: the keys of the device, written once when it is made, and the counter of versions,
 * a unary number: version v has the first v bits zero. A bit goes from one to zero by programming; back only by erasing
 * the whole sector.
 */
#ifndef BOOT_DEVICE_H
#define BOOT_DEVICE_H

#include <stdint.h>

#define DEVICE_OFFSET 0x10000u /* in flash 0, behind the ROM */
#define DEVICE_MAGIC  0x564d4444u /* "DDMV" */

#define COUNTER_OFFSET 0x40000u /* a sector of its own */
#define COUNTER_BYTES  0x2000u
#define COUNTER_MAX    (COUNTER_BYTES * 8u)

struct device_keys {
  uint32_t magic;
  uint32_t flags; /* STORE_DEVELOPER: the keys are a build's own */
  uint8_t master[32];
  uint8_t maker_key[65]; /* public, P-256, uncompressed point */
  uint8_t pad[3];
  char serial[32];
};

#endif
