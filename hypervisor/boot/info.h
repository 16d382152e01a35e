/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the ROM leaves in SRAM for the hypervisor: the manifest that it has verified, the keys of the images, and
 * copies of what it has unsealed. The master key is not among it.
 */
#ifndef BOOT_INFO_H
#define BOOT_INFO_H

#include <stdint.h>
#include "boot/store.h"

#define BOOT_INFO_MAGIC 0x494d4f44u /* "DOMI" */

/* Offsets in SRAM. */
#define BOOT_INFO_OFFSET    0x01800000u
#define BOOT_POLICY_OFFSET  0x01900000u
#define BOOT_POLICY_ROOM    0x00200000u
#define BOOT_CONTROL_OFFSET 0x01b00000u
#define BOOT_CONTROL_ROOM   0x00400000u
#define BOOT_ROM_OFFSET     0x01f00000u /* the ROM's own copy and its stack; read-only when the hypervisor runs */
#define BOOT_HYPERVISOR_ROOM 0x00100000u /* at the start of SRAM */

struct boot_info {
  uint32_t magic;
  uint32_t length;      /* bytes of the manifest */
  uint32_t counter;     /* lowest version that this device accepts from now on */
  uint32_t policy_size; /* 0: there is none */
  uint32_t control;     /* number of the image whose copy is at BOOT_CONTROL_OFFSET */
  uint32_t developer;   /* the device or the store is a developer's */
  uint32_t report;      /* report_panic() of the ROM's copy, which draws and uses no memory but the display's */
  char serial[32];
  uint8_t sha256[32];      /* of the manifest */
  uint8_t attest_seed[32]; /* private half of attest_key */
  uint8_t key[STORE_IMAGES][32];
  union {
    struct store_header header;
    uint8_t manifest[STORE_ROOM];
  };
};

#endif
