/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdint.h>
#include <string.h>

void *
memmove (void *to, const void *from, size_t length)
{
  uint8_t *out = to;
  const uint8_t *in = from;
  if (out < in)
    for (size_t i = 0; i < length; i++)
      out[i] = in[i];
  else
    while (length-- > 0)
      out[length] = in[length];
  return to;
}
