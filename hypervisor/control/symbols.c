/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "symbols.h"

#include "port.h"

/* Further behind the start of a function than this an address is not in it. */
#define FUNCTION_MAX 0x10000u

uint32_t
symbols_of_image (const char *name)
{
  struct pv_sysctl operation = { .cmd = PV_SYSCTL_IMAGE };

  for (; port_sysctl (&operation) == 0; operation.index++) {
    if (memcmp (operation.u.image.name, name, PV_NAME_MAX) == 0) {
      return operation.index;
    }
  }
  return UINT32_MAX;
}

/* Whether all of `length` bytes were there. */
static bool
read_table (uint32_t index, uint32_t offset, void *to, uint32_t length)
{
  return port_symbols_read (index, offset, to, length) == (long)length;
}

bool
symbols_find (uint32_t index, uint32_t address, char name[SYMBOL_NAME_MAX], uint32_t *offset)
{
  struct pv_symbol symbol = { 0, 0 }, middle;
  uint32_t low = 0, high;

  if (!read_table (index, 0, &high, sizeof high)) {
    return false;
  }
  /* The last symbol that is not above the address is below `low`. */
  while (low < high) {
    uint32_t at = low + (high - low) / 2;

    if (at > (UINT32_MAX - 4) / sizeof middle
        || !read_table (index, 4 + at * (uint32_t)sizeof middle, &middle, sizeof middle)) {
      return false;
    }
    if (middle.address > address) {
      high = at;
    } else {
      symbol = middle;
      low = at + 1;
    }
  }
  if (low == 0 || address - symbol.address > FUNCTION_MAX) {
    return false;
  }
  long length = port_symbols_read (index, symbol.name, name, SYMBOL_NAME_MAX - 1);

  if (length <= 0) {
    return false;
  }
  name[length] = '\0';
  *offset = address - symbol.address;
  return true;
}
