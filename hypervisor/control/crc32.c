/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crc32.h"

#define POLYNOMIAL 0xedb88320u

static uint32_t table[256];

static void
make_table (void)
{
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;

    for (int bit = 0; bit < 8; bit++) {
      crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
    }
    table[byte] = crc;
  }
}

uint32_t
crc32_update (uint32_t crc, const void *bytes, size_t length)
{
  const uint8_t *at = bytes, *end = at + length;

  if (table[1] == 0) {
    make_table ();
  }
  crc = ~crc;
  while (at < end) {
    crc = crc >> 8 ^ table[(crc ^ *at++) & 0xff];
  }
  return ~crc;
}
