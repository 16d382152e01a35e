/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lwIP asks of a C library beyond the guest library. */
#include "pv.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
atoi (const char *text)
{
  uint32_t value = 0;
  bool negative;
  while (*text == ' ')
    text++;
  negative = *text == '-';
  if (*text == '-' || *text == '+')
    text++;
  for (; *text >= '0' && *text <= '9'; text++)
    value = value * 10 + (uint32_t)(*text - '0');
  return (int)(negative ? 0 - value : value);
}

int
snprintf (char *buffer, size_t size, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  int length = pv_vsnprintf (buffer, size, format, args);
  va_end (args);
  return length;
}

char *
strchr (const char *text, int byte)
{
  for (; *text != (char)byte; text++)
    if (!*text)
      return NULL;
  return (char *)(uintptr_t)text;
}

char *
strstr (const char *text, const char *part)
{
  size_t length = strlen (part);
  for (; strncmp (text, part, length) != 0; text++)
    if (!*text)
      return NULL;
  return (char *)(uintptr_t)text;
}
