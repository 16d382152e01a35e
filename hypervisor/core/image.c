/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/image.h"

#include <stddef.h>
#include "core/string.h"
#include <xen/errno.h>
#include "core/config.h"
#include "core/sha256.h"

#define CHECK_PIECE 1024u /* bytes in one go */

static const uint8_t *flash_bytes;
static const struct hv_image_table *table;
static uint32_t image_count;

uint32_t
hv_images_init (const void *flash, uint32_t size)
{
  flash_bytes = flash;
  table = flash;
  image_count = 0;
  if (table->magic != HV_IMAGE_TABLE_MAGIC || table->version != HV_IMAGE_TABLE_VERSION
      || table->count > HV_IMAGES)
    return 0;
  for (; image_count < table->count; image_count++) {
    const struct hv_image *image = &table->image[image_count];
    if (image->offset > size || image->size > size - image->offset || (image->offset & 3) != 0
        || image->symbols_offset > size || image->symbols_size > size - image->symbols_offset
        || image->name[PV_NAME_MAX - 1] != 0 || image->label[PV_NAME_MAX - 1] != 0)
      break;
  }
  return image_count;
}

const struct hv_image *
hv_image_get (uint32_t index)
{
  return index < image_count ? &table->image[index] : NULL;
}

const struct hv_image *
hv_image_find (const char *name)
{
  for (uint32_t i = 0; i < image_count; i++)
    if (memcmp (table->image[i].name, name, PV_NAME_MAX) == 0)
      return &table->image[i];
  return NULL;
}

const uint8_t *
hv_image_bytes (const struct hv_image *image)
{
  return flash_bytes + image->offset;
}

const uint8_t *
hv_image_symbols (const struct hv_image *image, uint32_t *size)
{
  *size = image->symbols_size;
  return flash_bytes + image->symbols_offset;
}

const struct pv_image_header *
hv_image_header (const struct hv_image *image)
{
  return (const struct pv_image_header *)(const void *)hv_image_bytes (image);
}

static int
check_header (const struct hv_image *image)
{
  const struct pv_image_header *header = hv_image_header (image);
  if (image->size < sizeof *header || header->magic != PV_IMAGE_MAGIC
      || header->abi >> 16 != PV_ABI_VERSION >> 16 || header->start != PV_KERNEL_START
      || header->file_end - header->start != image->size || header->memory_end < header->file_end
      || header->memory_end >= PV_HYPERVISOR_START || header->entry < header->start
      || header->entry >= header->file_end)
    return -XEN_ENOEXEC;
  return 0;
}

int
hv_image_check_piece (const struct hv_image *image, struct hv_image_check *check)
{
  uint32_t left = image->size - check->done;
  uint32_t piece = left < CHECK_PIECE ? left : CHECK_PIECE;
  uint8_t digest[32];
  if (check->done == 0)
    hv_sha256_begin (&check->hash);
  hv_sha256_add (&check->hash, hv_image_bytes (image) + check->done, piece);
  check->done += piece;
  if (piece < left)
    return -XEN_EAGAIN;
  hv_sha256_end (&check->hash, digest);
  if (memcmp (digest, image->sha256, sizeof digest) != 0)
    return -XEN_EBADMSG;
  return check_header (image);
}

int
hv_image_check (const struct hv_image *image)
{
  struct hv_image_check check = { .done = 0 };
  int result;
  do
    result = hv_image_check_piece (image, &check);
  while (result == -XEN_EAGAIN);
  return result;
}
