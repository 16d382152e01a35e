/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot/store.h"

#include <stdbool.h>
#include <stddef.h>

#define IMAGE_CONTROL 1u          /* PV_IMAGE_CONTROL */
#define SIZE_MAX_OF   0x03000000u /* bytes of an image: no sum of such sizes overflows */

_Static_assert(sizeof (struct hv_image) == 160, "the form in flash has no gaps");
_Static_assert(sizeof (struct store_header) == 152, "the form in flash has no gaps");
_Static_assert(sizeof (struct store_header) + STORE_IMAGES * sizeof (struct hv_image) + STORE_SIGNATURE
                   <= STORE_ROOM,
               "the manifest has room");

static const char *const texts[STORE_N_ERRORS] = {
  [STORE_OK] = "all is well",
  [STORE_NO_DEVICE_KEYS] = "this device has no keys",
  [STORE_NO_STORE] = "there is no store of sealed images in flash 1",
  [STORE_BAD_FORMAT] = "the store is of a format that this ROM does not know",
  [STORE_BAD_LENGTH] = "the length of the manifest cannot be",
  [STORE_BAD_SIGNATURE] = "the manifest is not signed by the maker of this device",
  [STORE_OTHER_DEVICE] = "the images are sealed for another device",
  [STORE_ROLLED_BACK] = "the images are older than what this device has run",
  [STORE_BAD_TABLE] = "the table of images cannot be",
  [STORE_NO_HYPERVISOR] = "there is not one hypervisor and at most one policy in the store",
  [STORE_NO_CONTROL] = "there is not one control domain in the store",
  [STORE_TOO_LARGE] = "an image is too large for the memory that it is unsealed to",
  [STORE_BAD_PIECE] = "an image is damaged, or not sealed with the key of this device",
  [STORE_BAD_DIGEST] = "an image is not the one that the maker signed",
  [STORE_BAD_COUNTER] = "the counter of versions is damaged",
  [STORE_COUNTER_STUCK] = "the counter of versions cannot be advanced",
};

const char *
store_error_text (enum store_error error)
{
  return (uint32_t)error < STORE_N_ERRORS ? texts[error] : "an unknown error";
}

enum store_error
store_length (const void *bytes, uint32_t room, uint32_t *length)
{
  const struct store_header *header = bytes;
  if (room < sizeof *header || header->magic != STORE_MAGIC)
    return STORE_NO_STORE;
  if (header->format != STORE_FORMAT)
    return STORE_BAD_FORMAT;
  if (header->count == 0 || header->count > STORE_IMAGES
      || header->length != sizeof *header + header->count * sizeof (struct hv_image)
      || header->length > room || room - header->length < STORE_SIGNATURE)
    return STORE_BAD_LENGTH;
  *length = header->length;
  return STORE_OK;
}

/* A text that ends in its field, with nothing behind its end. */
static bool
is_text (const char *text, uint32_t room)
{
  uint32_t at = 0;
  for (; at < room && text[at]; at++)
    if (text[at] < ' ' || text[at] > '~')
      return false;
  if (at == room)
    return false;
  for (; at < room; at++)
    if (text[at])
      return false;
  return true;
}

static bool
same_name (const struct hv_image *a, const struct hv_image *b)
{
  uint32_t at = 0;
  while (at < STORE_NAME && a->name[at] == b->name[at])
    at++;
  return at == STORE_NAME;
}

static bool
is_image (const struct hv_image *image, uint32_t flash_size)
{
  if (!is_text (image->name, sizeof image->name) || !image->name[0]
      || !is_text (image->version, sizeof image->version)
      || !is_text (image->label, sizeof image->label))
    return false;
  if (image->kind < STORE_HYPERVISOR || image->kind > STORE_KERNEL || image->size == 0
      || image->size > SIZE_MAX_OF || image->symbols > SIZE_MAX_OF)
    return false;
  if (image->kind != STORE_KERNEL && image->flags != 0)
    return false;
  uint32_t end = store_sealed_size (store_pieces (image) * STORE_PIECE + image->symbols);
  return image->offset >= STORE_ROOM && (image->offset & 3) == 0 && image->offset <= flash_size
         && end <= flash_size - image->offset;
}

enum store_error
store_check (const struct store_header *header, uint32_t length, uint32_t flash_size)
{
  uint32_t of_kind[STORE_KERNEL + 1] = { 0 }, controls = 0;
  if (length != sizeof *header + header->count * sizeof (struct hv_image)
      || !is_text (header->maker, sizeof header->maker))
    return STORE_BAD_TABLE;
  for (uint32_t i = 0; i < header->count; i++) {
    const struct hv_image *image = &header->image[i];
    if (!is_image (image, flash_size))
      return STORE_BAD_TABLE;
    for (uint32_t other = 0; other < i; other++)
      if (same_name (image, &header->image[other]))
        return STORE_BAD_TABLE;
    of_kind[image->kind]++;
    controls += image->kind == STORE_KERNEL && (image->flags & IMAGE_CONTROL) != 0;
  }
  if (of_kind[STORE_HYPERVISOR] != 1 || of_kind[STORE_POLICY] > 1)
    return STORE_NO_HYPERVISOR;
  return controls == 1 ? STORE_OK : STORE_NO_CONTROL;
}
