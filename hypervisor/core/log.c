/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/log.h"

#include <stdarg.h>
#include "arch/arch.h"
#include "core/config.h"
#include "core/ring.h"
#include "platform/platform.h"

#define REASON_MAX 160u /* characters of it that are shown */

static char ring[HV_LOG];
static uint64_t written;

static void
emit (const char *text, uint32_t length)
{
  for (uint32_t i = 0; i < length; i++)
    ring[written++ % HV_LOG] = text[i];
  hv_platform_log (text, length);
}

static void
emit_string (const char *text)
{
  uint32_t length = 0;
  while (text[length])
    length++;
  emit (text, length);
}

static void
emit_number (uint32_t value, uint32_t base)
{
  char digits[12];
  uint32_t at = sizeof digits;
  do {
    digits[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value > 0);
  emit (digits + at, sizeof digits - at);
}

static void
emit_format (const char *format, va_list args)
{
  for (; *format; format++) {
    if (*format != '%') {
      emit (format, 1);
      continue;
    }
    switch (*++format) {
    case 's':
      emit_string (va_arg (args, const char *));
      break;
    case 'c':
      emit (&(char){ (char)va_arg (args, int) }, 1);
      break;
    case 'u':
      emit_number (va_arg (args, uint32_t), 10);
      break;
    case 'd': {
      int32_t value = va_arg (args, int32_t);
      if (value < 0)
        emit ("-", 1);
      emit_number (value < 0 ? 0u - (uint32_t)value : (uint32_t)value, 10);
      break;
    }
    case 'x':
      emit_number (va_arg (args, uint32_t), 16);
      break;
    default:
      emit (format, 1);
    }
  }
}

void
hv_log (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  emit ("(hv) ", 5);
  emit_format (format, args);
  emit ("\n", 1);
  va_end (args);
}

void
hv_panic (const char *format, ...)
{
  static char reason[REASON_MAX + 1];
  va_list args;
  hv_arch_stop_others ();
  va_start (args, format);
  emit ("(hv) panic: ", 12);
  uint64_t start = written;
  emit_format (format, args);
  for (uint32_t i = 0; start + i < written && i < REASON_MAX; i++)
    reason[i] = ring[(start + i) % HV_LOG];
  emit ("\n", 1);
  va_end (args);
  hv_arch_show_panic (reason);
  hv_platform_power_off ();
}

long
hv_log_read (uint32_t buffer, uint32_t length, uint64_t *since, uint64_t *next)
{
  return hv_ring_read (ring, HV_LOG, written, buffer, length, since, next);
}
