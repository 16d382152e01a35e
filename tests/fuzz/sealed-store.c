/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manifest of a store of sealed images, which the ROM looks at before anything is verified. */
#include "boot/store.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree uint8_t *copy = g_memdup2 (data, size);
  uint32_t length;

  if (size > STORE_ROOM || store_length (copy, (uint32_t)size, &length) != STORE_OK)
    return 0;
  for (uint32_t flash = STORE_ROOM; flash <= 64u << 20; flash <<= 5) {
    const struct store_header *header = (const void *)copy;

    if (store_check (header, length, flash) != STORE_OK)
      continue;
    for (uint32_t i = 0; i < header->count; i++)
      if (header->image[i].offset > flash
          || store_sealed_size (header->image[i].size) > flash - header->image[i].offset)
        g_error ("image %u lies outside of the flash", i);
  }
  return 0;
}
