/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image.h"

#include <stddef.h>
#include "core/string.h"
#include <xen/errno.h>
#include "boot/piece.h"
#include <bearssl_hash.h>

const struct boot_info *hv_boot;
static const uint8_t *control_bytes, *flash_bytes;
static br_sha256_context hash; /* of the image under way */
static uint32_t verified;     /* one bit an image */

void
hv_images_init (const struct boot_info *info, const uint8_t *control, const uint8_t *flash)
{
  hv_boot = info;
  verified = 1u << info->control;
  control_bytes = control;
  flash_bytes = flash;
}

const struct hv_image *
hv_image_get (uint32_t index)
{
  return index < hv_boot->header.count ? &hv_boot->header.image[index] : NULL;
}

const struct hv_image *
hv_image_find (const char *name)
{
  const struct hv_image *image;
  for (uint32_t i = 0; (image = hv_image_get (i)); i++)
    if (image->kind == STORE_KERNEL && memcmp (image->name, name, PV_NAME_MAX) == 0)
      return image;
  return NULL;
}

int
hv_image_check (const struct hv_image *image)
{
  uint32_t file_end = PV_KERNEL_START + image->size;
  if (image->kind != STORE_KERNEL || image->abi >> 16 != PV_ABI_VERSION >> 16
      || image->memory_end < file_end || image->memory_end >= PV_HYPERVISOR_START
      || image->entry < PV_KERNEL_START || image->entry >= file_end)
    return -XEN_ENOEXEC;
  return 0;
}

static uint32_t
number_of (const struct hv_image *image)
{
  return (uint32_t)(image - hv_boot->header.image);
}

/* The ROM has verified that copy, and nobody can write to it. */
static int
put_control (const struct hv_image *image, uint32_t number, uint8_t *to)
{
  memcpy (to, control_bytes + number * STORE_PIECE, piece_length (image, number));
  return number + 1 < store_pieces (image) ? -XEN_EAGAIN : 0;
}

int
hv_image_put (const struct hv_image *image, uint32_t number, uint8_t *to)
{
  uint8_t digest[32];
  if (number_of (image) == hv_boot->control)
    return put_control (image, number, to);
  if (!piece_unseal (hv_boot->key[number_of (image)], image, flash_bytes, number, to))
    return -XEN_EBADMSG;
  if (number == 0)
    br_sha256_init (&hash);
  br_sha256_update (&hash, to, piece_length (image, number));
  if (number + 1 < store_pieces (image))
    return -XEN_EAGAIN;
  br_sha256_out (&hash, digest);
  if (memcmp (digest, image->sha256, sizeof digest) != 0)
    return -XEN_EBADMSG;
  verified |= 1u << number_of (image);
  return 0;
}

bool
hv_image_verified (const struct hv_image *image)
{
  return image->kind != STORE_KERNEL || (verified >> number_of (image) & 1) != 0;
}

const uint8_t *
hv_image_symbols (const struct hv_image *image, uint32_t number)
{
  static uint8_t piece[STORE_PIECE];
  bool good = piece_unseal (hv_boot->key[number_of (image)], image, flash_bytes,
                            store_pieces (image) + number, piece);
  return good ? piece : NULL;
}
