/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decisions of secure boot: whether a store may be used, and the images in it. The same source runs in the ROM and,
 * under attack, on the host (tests/hypervisor/boot).
 */
#ifndef BOOT_OPEN_H
#define BOOT_OPEN_H

#include "boot/device.h"
#include "boot/info.h"

/* Copies the manifest from `flash` into `info`, and checks the copy: signed by the maker, for this device, not older
   than `counter`, and sound. Then derives the keys. What is in `info` is to be used only after STORE_OK. */
enum store_error store_open (const uint8_t *flash,
                             uint32_t size,
                             const struct device_keys *keys,
                             uint32_t counter,
                             struct boot_info *info);

/* Unseals image `number` to `to`, where `room` bytes are. Whatever is not exactly what the maker signed is wiped. */
enum store_error store_unseal (const struct boot_info *info,
                               const uint8_t *flash,
                               uint32_t number,
                               uint8_t *to,
                               uint32_t room);

/* The number of the only image of a kind, or of the control domain's kernel; STORE_IMAGES: there is none. */
uint32_t store_find (const struct boot_info *info, enum store_kind kind);

/* The version that a counter holds; STORE_BAD_COUNTER where it is not a unary number. */
enum store_error counter_value (const uint32_t *words, uint32_t *value);

#endif
