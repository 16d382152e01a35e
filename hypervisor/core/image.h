/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The images in the store: what they are stands in the manifest, which the ROM has verified and left in SRAM. Their
 * bytes are sealed in flash, and verified piece by piece on their way into a domain.
 */
#ifndef HV_IMAGE_H
#define HV_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <pv/arch.h>
#include <pv/control.h>
#include "boot/info.h"

extern const struct boot_info *hv_boot;

/* What the ROM left, the control domain's kernel that it has unsealed, and the store. */
void hv_images_init (const struct boot_info *info, const uint8_t *control, const uint8_t *flash);
/* All images, by number; NULL past the last. */
const struct hv_image *hv_image_get (uint32_t index);
/* Whether all bytes of an image have been checked since the machine started. */
bool hv_image_verified (const struct hv_image *image);
/* The kernel of that name, or NULL. */
const struct hv_image *hv_image_find (const char *name);
/* 0, or -XEN_ENOEXEC: not a kernel for this hypervisor. */
int hv_image_check (const struct hv_image *image);
/* Puts piece `number` of a kernel to `to`, which has STORE_PIECE bytes; from 0 on, of one image at a time.
   -XEN_EAGAIN: the next one; 0: that was the last, and all of them are what the maker signed; -XEN_EBADMSG: they
   are not. */
int hv_image_put (const struct hv_image *image, uint32_t number, uint8_t *to);
/* Piece `number` of its symbol table, valid until the next call; NULL: it is damaged. */
const uint8_t *hv_image_symbols (const struct hv_image *image, uint32_t number);

#endif
