/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of guest images in flash, as hypervisor/tools/pack writes it: the table at the start of
 * the flash, the images behind it, each a kernel (struct pv_image_header) with its name, version
 * and SHA-256.
 */
#ifndef HV_IMAGE_H
#define HV_IMAGE_H

#include <stdint.h>
#include <pv/arch.h>
#include <pv/control.h>
#include "core/sha256.h"

#define HV_IMAGE_TABLE_MAGIC   0x54494d44u /* "DMIT" */
#define HV_IMAGE_TABLE_VERSION 2u

struct hv_image {
  char name[PV_NAME_MAX];
  char version[16];
  uint8_t sha256[32];
  uint32_t offset; /* from the start of the flash */
  uint32_t size;
  uint32_t memory_kib; /* when nothing else is said */
  uint32_t weight;
  uint32_t flags; /* PV_IMAGE_* */
  uint32_t count; /* with PV_IMAGE_AUTOSTART: domains to start */
  uint32_t symbols_offset, symbols_size; /* symbol table (pv/control.h), 0: none */
  char label[PV_NAME_MAX]; /* the type of its domains' label; empty: that of every guest */
};

struct hv_image_table {
  uint32_t magic, version, count, reserved;
  struct hv_image image[];
};

/* Looks at the flash; -> number of images that lie in it. */
uint32_t hv_images_init (const void *flash, uint32_t size);
const struct hv_image *hv_image_get (uint32_t index);
const struct hv_image *hv_image_find (const char *name);
const uint8_t *hv_image_bytes (const struct hv_image *image);
const struct pv_image_header *hv_image_header (const struct hv_image *image);
/* The symbol table; *size is 0 where there is none. */
const uint8_t *hv_image_symbols (const struct hv_image *image, uint32_t *size);
/* How far a check has come; to begin with all zero. */
struct hv_image_check {
  struct hv_sha256 hash;
  uint32_t done; /* bytes */
};
/* Does a piece of hv_image_check; -XEN_EAGAIN: call again. */
int hv_image_check_piece (const struct hv_image *image, struct hv_image_check *check);
/* 0, -XEN_EBADMSG (checksum) or -XEN_ENOEXEC (not a kernel for this hypervisor). */
int hv_image_check (const struct hv_image *image);

#endif
