/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pv.h"

void
pv_console_write (const char *text, size_t length)
{
  while (length > 0) {
    long done = pv_console_io (CONSOLEIO_write, length, (char *)(uintptr_t)text);
    if (done <= 0)
      return;
    text += done;
    length -= (size_t)done;
  }
}

long
pv_console_read (char *buffer, size_t size)
{
  return pv_console_io (CONSOLEIO_read, size, buffer);
}

int
pv_printf (const char *format, ...)
{
  char line[256];
  va_list args;
  va_start (args, format);
  int length = pv_vsnprintf (line, sizeof line, format, args);
  va_end (args);
  pv_console_write (line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
  return length;
}
