/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pv.h"

void *
memcpy (void *to, const void *from, size_t length)
{
  char *t = to;
  const char *f = from;
  if ((((uintptr_t)to | (uintptr_t)from) & 3) == 0)
    for (; length >= 4; length -= 4, t += 4, f += 4)
      *(uint32_t *)(void *)t = *(const uint32_t *)(const void *)f;
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
