/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json-write.h"

#include "utf8.h"

static const char hex_digits[] = "0123456789abcdef";

static void
put_bytes (struct json_writer *self, const char *bytes, size_t length)
{
  while (length > 0) {
    size_t room = sizeof self->buffer - self->used;
    size_t part = length < room ? length : room;

    memcpy (self->buffer + self->used, bytes, part);
    self->used += part;
    bytes += part;
    length -= part;
    if (self->used == sizeof self->buffer) {
      json_flush (self);
    }
  }
}

static void
put (struct json_writer *self, const char *text)
{
  put_bytes (self, text, strlen (text));
}

/* Every value starts here: writes the comma that parts it from the one before. */
static void
begin_value (struct json_writer *self)
{
  if (self->after_key) {
    self->after_key = false;
    return;
  }
  if (self->filled[self->depth]) {
    put (self, ",");
  }
  self->filled[self->depth] = true;
}

static void
begin_container (struct json_writer *self, const char *opener, char closer)
{
  if (self->depth == JSON_WRITE_DEPTH) {
    self->broken = true;
    return;
  }
  begin_value (self);
  put (self, opener);
  self->depth++;
  self->filled[self->depth] = false;
  self->closer[self->depth] = closer;
}

static void
put_escaped_byte (struct json_writer *self, unsigned char byte)
{
  char escape[6] = { '\\', 'u', '0', '0', hex_digits[byte >> 4], hex_digits[byte & 15] };

  switch (byte) {
  case '"':
    put (self, "\\\"");
    break;
  case '\\':
    put (self, "\\\\");
    break;
  case '\n':
    put (self, "\\n");
    break;
  case '\r':
    put (self, "\\r");
    break;
  case '\t':
    put (self, "\\t");
    break;
  default:
    put_bytes (self, escape, sizeof escape);
  }
}

static void
put_escaped (struct json_writer *self, const char *text, size_t length)
{
  const unsigned char *bytes = (const unsigned char *)text;

  for (size_t i = 0; i < length;) {
    size_t plain = i;
    int sequence;

    while (plain < length && bytes[plain] >= 0x20 && bytes[plain] < 0x7f && bytes[plain] != '"'
           && bytes[plain] != '\\') {
      plain++;
    }
    if (plain > i) {
      put_bytes (self, text + i, plain - i);
      i = plain;
      continue;
    }
    sequence = utf8_length (text + i, length - i);
    if (sequence == 1) {
      put_escaped_byte (self, bytes[i]);
    } else if (sequence > 1) {
      put_bytes (self, text + i, (size_t)sequence);
    } else {
      put (self, "\xef\xbf\xbd");
      sequence = 1;
    }
    i += (size_t)sequence;
  }
}

/* Digits of `value` at the end of `digits`; -> where they start. */
static const char *
decimal (char digits[21], uint64_t value)
{
  char *start = digits + 20;

  *start = '\0';
  do {
    *--start = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  return start;
}

void
json_writer_init (struct json_writer *self, json_sink sink)
{
  self->sink = sink;
  self->used = 0;
  self->depth = 0;
  self->filled[0] = false;
  self->after_key = false;
  self->broken = false;
}

void
json_flush (struct json_writer *self)
{
  size_t used = self->used;

  self->used = 0;
  if (used > 0) {
    self->sink (self->buffer, used);
  }
}

void
json_begin_object (struct json_writer *self)
{
  begin_container (self, "{", '}');
}

void
json_begin_array (struct json_writer *self)
{
  begin_container (self, "[", ']');
}

void
json_end (struct json_writer *self)
{
  if (self->depth == 0) {
    self->broken = true;
    return;
  }
  put_bytes (self, &self->closer[self->depth], 1);
  self->depth--;
}

void
json_end_to (struct json_writer *self, unsigned depth)
{
  while (self->depth > depth) {
    json_end (self);
  }
}

void
json_newline (struct json_writer *self)
{
  json_end_to (self, 0);
  put (self, "\n");
  self->filled[0] = false;
  self->after_key = false;
}

void
json_key (struct json_writer *self, const char *key)
{
  begin_value (self);
  put (self, "\"");
  put (self, key);
  put (self, "\":");
  self->after_key = true;
}

void
json_bool (struct json_writer *self, bool value)
{
  begin_value (self);
  put (self, value ? "true" : "false");
}

void
json_uint (struct json_writer *self, uint64_t value)
{
  char digits[21];

  begin_value (self);
  put (self, decimal (digits, value));
}

void
json_text (struct json_writer *self, const char *bytes, size_t length)
{
  begin_value (self);
  put (self, "\"");
  put_escaped (self, bytes, length);
  put (self, "\"");
}

void
json_field (struct json_writer *self, const char *text, size_t size)
{
  size_t length = 0;

  while (length < size && text[length] != '\0') {
    length++;
  }
  json_text (self, text, length);
}

void
json_string (struct json_writer *self, const char *text)
{
  json_text (self, text, strlen (text));
}

void
json_begin_base64 (struct json_writer *self)
{
  begin_value (self);
  put (self, "\"");
}

void
json_add_base64 (struct json_writer *self, const char *bytes, size_t length)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char *in = (const unsigned char *)bytes;

  for (size_t i = 0; i < length; i += 3) {
    size_t there = length - i;
    unsigned second = there > 1 ? in[i + 1] : 0, third = there > 2 ? in[i + 2] : 0;
    char four[4] = { digits[in[i] >> 2], digits[(in[i] & 3) << 4 | second >> 4],
                     there > 1 ? digits[(second & 15) << 2 | third >> 6] : '=',
                     there > 2 ? digits[third & 63] : '=' };

    put_bytes (self, four, sizeof four);
  }
}

void
json_end_base64 (struct json_writer *self)
{
  put (self, "\"");
}

void
json_hex (struct json_writer *self, const uint8_t *bytes, size_t length)
{
  begin_value (self);
  put (self, "\"");
  for (size_t i = 0; i < length; i++) {
    char pair[2] = { hex_digits[bytes[i] >> 4], hex_digits[bytes[i] & 15] };

    put_bytes (self, pair, sizeof pair);
  }
  put (self, "\"");
}

void
json_vformat (struct json_writer *self, const char *format, va_list arguments)
{
  char digits[21];
  const char *text;

  begin_value (self);
  put (self, "\"");
  for (; *format != '\0'; format++) {
    if (*format != '%') {
      put_escaped (self, format, 1);
      continue;
    }
    format++;
    switch (*format) {
    case 's':
      text = va_arg (arguments, const char *);
      put_escaped (self, text, strlen (text));
      break;
    case 'u':
      put (self, decimal (digits, va_arg (arguments, unsigned)));
      break;
    default:
      put (self, "%");
    }
  }
  put (self, "\"");
}

void
json_format (struct json_writer *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  json_vformat (self, format, arguments);
  va_end (arguments);
}

void
json_raw (struct json_writer *self, const char *text, size_t length)
{
  begin_value (self);
  put_bytes (self, text, length);
}

void
json_member_string (struct json_writer *self, const char *key, const char *text)
{
  json_key (self, key);
  json_string (self, text);
}

void
json_member_field (struct json_writer *self, const char *key, const char *text, size_t size)
{
  json_key (self, key);
  json_field (self, text, size);
}

void
json_member_uint (struct json_writer *self, const char *key, uint64_t value)
{
  json_key (self, key);
  json_uint (self, value);
}

void
json_member_bool (struct json_writer *self, const char *key, bool value)
{
  json_key (self, key);
  json_bool (self, value);
}

size_t
json_whole_characters (const char *bytes, size_t length)
{
  for (size_t back = 1; back <= 3 && back <= length; back++) {
    const unsigned char *start = (const unsigned char *)bytes + length - back;

    if (*start >= 0xc0) {
      return utf8_length (bytes + length - back, back) < 0 ? length - back : length;
    }
    if (*start < 0x80) {
      break;
    }
  }
  return length;
}
