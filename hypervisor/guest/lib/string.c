/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pv.h"

void *
memcpy (void *to, const void *from, size_t length)
{
  char *t = to;
  const char *f = from;
  if ((((uintptr_t)to | (uintptr_t)from) & 3) == 0) {
    uint32_t *tw = to;
    const uint32_t *fw = from;
    for (; length >= 16; length -= 16, tw += 4, fw += 4) {
      uint32_t a = fw[0], b = fw[1], c = fw[2], d = fw[3];
      tw[0] = a, tw[1] = b, tw[2] = c, tw[3] = d;
    }
    for (; length >= 4; length -= 4)
      *tw++ = *fw++;
    t = (char *)tw;
    f = (const char *)fw;
  }
  while (length-- > 0)
    *t++ = *f++;
  return to;
}

void *
memmove (void *to, const void *from, size_t length)
{
  char *t = to;
  const char *f = from;
  if (t <= f || t >= f + length)
    return memcpy (to, from, length);
  while (length-- > 0)
    t[length] = f[length];
  return to;
}

void *
memset (void *to, int byte, size_t length)
{
  char *t = to;
  uint32_t word = (uint8_t)byte * 0x01010101u;
  for (; length > 0 && ((uintptr_t)t & 3) != 0; length--)
    *t++ = (char)byte;
  for (; length >= 16; length -= 16, t += 16) {
    uint32_t *w = (uint32_t *)(void *)t;
    w[0] = w[1] = w[2] = w[3] = word;
  }
  while (length-- > 0)
    *t++ = (char)byte;
  return to;
}

int
memcmp (const void *a, const void *b, size_t length)
{
  const uint8_t *x = a, *y = b;
  for (; length > 0; length--, x++, y++)
    if (*x != *y)
      return *x - *y;
  return 0;
}

size_t
strlen (const char *text)
{
  size_t length = 0;
  while (text[length])
    length++;
  return length;
}

int
strcmp (const char *a, const char *b)
{
  for (; *a && *a == *b; a++, b++)
    continue;
  return (uint8_t)*a - (uint8_t)*b;
}

int
strncmp (const char *a, const char *b, size_t length)
{
  for (; length > 0; length--, a++, b++)
    if (*a != *b || *a == 0)
      return (uint8_t)*a - (uint8_t)*b;
  return 0;
}
