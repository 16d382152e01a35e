/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user.h"

#include <stdarg.h>

int pv_vsnprintf (char *buffer, size_t size, const char *format, va_list args);
int __aeabi_idiv0 (void);
int __aeabi_ldiv0 (void);

void
print (const char *format, ...)
{
  char text[256];
  va_list args;
  va_start (args, format);
  int length = pv_vsnprintf (text, sizeof text, format, args);
  va_end (args);
  sys3 (SYS_write, 1, (uint32_t)text,
        (size_t)length < sizeof text ? (uint32_t)length : sizeof text - 1);
}

void
sleep_ms (uint32_t ms)
{
  sys1 (SYS_sleep, ms);
}

uint32_t
uptime_ms (void)
{
  return (uint32_t)sys1 (SYS_uptime, 0);
}

const char *
grouped (uint32_t value, char text[16])
{
  char *at = text + 15;
  uint32_t digits = 0;
  *at = 0;
  do {
    if (digits > 0 && digits % 3 == 0)
      *--at = ',';
    *--at = (char)('0' + value % 10);
    value /= 10;
    digits++;
  } while (value > 0);
  return at;
}

int
__aeabi_idiv0 (void)
{
  print ("division by zero\n");
  sys1 (SYS_exit, 1);
  return 0;
}

int
__aeabi_ldiv0 (void)
{
  return __aeabi_idiv0 ();
}
