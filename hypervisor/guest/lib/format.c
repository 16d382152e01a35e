/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formatting. It makes no hypercalls: user processes link it too. */
#include "pv.h"

struct writer {
  char *buffer;
  size_t size, length;
};

static void
put (struct writer *to, char byte)
{
  if (to->length + 1 < to->size)
    to->buffer[to->length] = byte;
  to->length++;
}

static void
put_field (struct writer *to, const char *text, size_t length, size_t width, char fill, bool left)
{
  for (size_t i = length; !left && i < width; i++)
    put (to, fill);
  for (size_t i = 0; i < length; i++)
    put (to, text[i]);
  for (size_t i = length; left && i < width; i++)
    put (to, ' ');
}

struct field {
  size_t width;
  char fill;
  bool left, wide;
};

static void
put_number (struct writer *to, uint64_t value, uint32_t base, bool negative, struct field field)
{
  char digits[24];
  size_t at = sizeof digits;
  do {
    digits[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value > 0);
  if (negative)
    digits[--at] = '-';
  put_field (to, digits + at, sizeof digits - at, field.width, field.fill, field.left);
}

static const char *
parse_field (const char *format, struct field *field)
{
  *field = (struct field){ .fill = ' ' };
  for (; *format == '-' || *format == '0'; format++)
    if (*format == '-')
      field->left = true;
    else
      field->fill = '0';
  for (; *format >= '0' && *format <= '9'; format++)
    field->width = field->width * 10 + (size_t)(*format - '0');
  while (*format == 'l' || *format == 'z') {
    field->wide = format[0] == 'l' && format[1] == 'l';
    format += field->wide ? 2 : 1;
    if (field->wide)
      break;
  }
  return format;
}

int
pv_vsnprintf (char *buffer, size_t size, const char *format, va_list args)
{
  struct writer to = { buffer, size, 0 };
  struct field field;
  for (; *format; format++) {
    if (*format != '%') {
      put (&to, *format);
      continue;
    }
    format = parse_field (format + 1, &field);
    switch (*format) {
    case 's': {
      const char *text = va_arg (args, const char *);
      put_field (&to, text, strlen (text), field.width, ' ', field.left);
      break;
    }
    case 'c': {
      char byte = (char)va_arg (args, int);
      put_field (&to, &byte, 1, field.width, ' ', field.left);
      break;
    }
    case 'd': {
      int64_t value = field.wide ? va_arg (args, int64_t) : va_arg (args, int32_t);
      put_number (&to, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, value < 0, field);
      break;
    }
    case 'u':
    case 'x': {
      uint64_t value = field.wide ? va_arg (args, uint64_t) : va_arg (args, uint32_t);
      put_number (&to, value, *format == 'u' ? 10 : 16, false, field);
      break;
    }
    default:
      put (&to, *format);
    }
  }
  if (size > 0)
    buffer[to.length < size ? to.length : size - 1] = 0;
  return (int)to.length;
}

int
pv_snprintf (char *buffer, size_t size, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  int length = pv_vsnprintf (buffer, size, format, args);
  va_end (args);
  return length;
}
