/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json-read.h"

#include "json-check.h"
#include "utf8.h"

static bool
is_value (const struct json_document *self, json_value value)
{
  return value >= 0 && value < self->count;
}

static const char *
start_of (const struct json_document *self, json_value value)
{
  return self->text + self->token[value].start;
}

static size_t
length_of (const struct json_document *self, json_value value)
{
  return (size_t)(self->token[value].end - self->token[value].start);
}

bool
json_parse (struct json_document *self, const char *text, size_t length)
{
  jsmn_parser parser;

  self->text = text;
  self->count = 0;
  if (length > INT32_MAX || !json_check (text, length)) {
    return false;
  }
  jsmn_init (&parser);
  self->count = jsmn_parse (&parser, text, length, self->token, JSON_TOKENS_MAX);
  if (self->count <= 0) {
    self->count = 0;
    return false;
  }
  return true;
}

enum json_type
json_type_of (const struct json_document *self, json_value value)
{
  if (!is_value (self, value)) {
    return JSON_ABSENT;
  }
  switch (self->token[value].type) {
  case JSMN_OBJECT:
    return JSON_OBJECT;
  case JSMN_ARRAY:
    return JSON_ARRAY;
  case JSMN_STRING:
    return JSON_STRING;
  default:
    return JSON_OTHER;
  }
}

json_value
json_first (const struct json_document *self, json_value array)
{
  if (!is_value (self, array) || self->token[array].size == 0) {
    return JSON_NONE;
  }
  return array + 1;
}

json_value
json_next (const struct json_document *self, json_value element)
{
  int parent = self->token[element].parent;

  for (json_value next = element + 1; next < self->count; next++) {
    if (self->token[next].parent == parent) {
      return next;
    }
    if (self->token[next].parent < parent) {
      break;
    }
  }
  return JSON_NONE;
}

json_value
json_member (const struct json_document *self, json_value object, const char *key)
{
  if (json_type_of (self, object) != JSON_OBJECT) {
    return JSON_NONE;
  }
  /* The value of a member is the one child of its name. */
  for (json_value name = json_first (self, object); name != JSON_NONE;
       name = json_next (self, name)) {
    if (json_equals (self, name, key)) {
      return json_first (self, name);
    }
  }
  return JSON_NONE;
}

const char *
json_source (const struct json_document *self, json_value value, size_t *length)
{
  size_t quotes = json_type_of (self, value) == JSON_STRING ? 1 : 0;

  *length = length_of (self, value) + 2 * quotes;
  return start_of (self, value) - quotes;
}

bool
json_equals (const struct json_document *self, json_value value, const char *text)
{
  size_t length = strlen (text);

  return json_type_of (self, value) == JSON_STRING && length_of (self, value) == length
         && memcmp (start_of (self, value), text, length) == 0;
}

bool
json_get_bool (const struct json_document *self, json_value value, bool *yes)
{
  if (json_type_of (self, value) != JSON_OTHER) {
    return false;
  }
  *yes = *start_of (self, value) == 't'; /* of the values of this type only true starts so */
  return *yes || *start_of (self, value) == 'f';
}

bool
json_get_uint (const struct json_document *self, json_value value, uint64_t *number)
{
  const char *digits;
  size_t length;
  uint64_t sum = 0;

  if (json_type_of (self, value) != JSON_OTHER) {
    return false;
  }
  digits = start_of (self, value);
  length = length_of (self, value);
  for (size_t i = 0; i < length; i++) {
    if (digits[i] < '0' || digits[i] > '9') {
      return false;
    }
    if (sum > (INT64_MAX - 9) / 10) {
      return false;
    }
    sum = sum * 10 + (uint64_t)(digits[i] - '0');
  }
  *number = sum;
  return length > 0;
}

static uint32_t
hex4 (const char *digits)
{
  uint32_t value = 0;

  for (int i = 0; i < 4; i++) {
    char digit = digits[i];

    value = value << 4 | (uint32_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
  }
  return value;
}

/* The character of the \u escape whose digits start at *at; moves *at past it. -> 0xffffffff: lone
 * surrogate. */
static uint32_t
unescape_unicode (const char **at, const char *end)
{
  uint32_t high = hex4 (*at), low;

  *at += 4;
  if (high < 0xd800 || high > 0xdfff) {
    return high;
  }
  if (high > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u') {
    return 0xffffffff;
  }
  low = hex4 (*at + 2);
  if (low < 0xdc00 || low > 0xdfff) {
    return 0xffffffff;
  }
  *at += 6;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static size_t
encode_utf8 (uint32_t character, char out[4])
{
  if (character < 0x80) {
    out[0] = (char)character;
    return 1;
  }
  if (character < 0x800) {
    out[0] = (char)(0xc0 | character >> 6);
    out[1] = (char)(0x80 | (character & 0x3f));
    return 2;
  }
  if (character < 0x10000) {
    out[0] = (char)(0xe0 | character >> 12);
    out[1] = (char)(0x80 | (character >> 6 & 0x3f));
    out[2] = (char)(0x80 | (character & 0x3f));
    return 3;
  }
  out[0] = (char)(0xf0 | character >> 18);
  out[1] = (char)(0x80 | (character >> 12 & 0x3f));
  out[2] = (char)(0x80 | (character >> 6 & 0x3f));
  out[3] = (char)(0x80 | (character & 0x3f));
  return 4;
}

/* The next character of a string's source as UTF-8; moves *at. -> its bytes, 0 where it is broken.
 */
static size_t
next_character (const char **at, const char *end, char out[4])
{
  static const char names[] = "bfnrt", bytes[] = "\b\f\n\r\t";
  uint32_t character;
  char escape;

  if (**at != '\\') {
    int length = utf8_length (*at, (size_t)(end - *at));

    if (length <= 0) {
      return 0;
    }
    memcpy (out, *at, (size_t)length);
    *at += length;
    return (size_t)length;
  }
  escape = (*at)[1];
  *at += 2;
  if (escape == 'u') {
    character = unescape_unicode (at, end);
    return character == 0xffffffff ? 0 : encode_utf8 (character, out);
  }
  out[0] = escape;
  for (size_t i = 0; i < sizeof names - 1; i++) {
    if (names[i] == escape) {
      out[0] = bytes[i];
    }
  }
  return 1;
}

bool
json_get_string (
    const struct json_document *self, json_value value, char *buffer, size_t size, size_t *length)
{
  const char *at, *end;
  size_t used = 0;

  if (json_type_of (self, value) != JSON_STRING) {
    return false;
  }
  at = start_of (self, value);
  end = at + length_of (self, value);
  while (at < end) {
    char character[4];
    size_t bytes = next_character (&at, end, character);

    if (bytes == 0 || bytes >= size - used || (length == NULL && character[0] == '\0')) {
      return false;
    }
    memcpy (buffer + used, character, bytes);
    used += bytes;
  }
  buffer[used] = '\0';
  if (length != NULL) {
    *length = used;
  }
  return true;
}

/* -> 0 to 63, or -1. */
static int
base64_digit (char character)
{
  if (character >= 'A' && character <= 'Z') {
    return character - 'A';
  }
  if (character >= 'a' && character <= 'z') {
    return character - 'a' + 26;
  }
  if (character >= '0' && character <= '9') {
    return character - '0' + 52;
  }
  return character == '+' ? 62 : character == '/' ? 63 : -1;
}

bool
json_get_base64 (const struct json_document *self,
                 json_value value,
                 uint8_t *buffer,
                 size_t size,
                 size_t *length)
{
  const char *text;
  size_t count, padding = 0, used = 0;

  if (json_type_of (self, value) != JSON_STRING) {
    return false;
  }
  text = start_of (self, value);
  count = length_of (self, value);
  while (padding < 2 && padding < count && text[count - 1 - padding] == '=') {
    padding++;
  }
  if (count % 4 != 0 || count / 4 * 3 - padding > size) {
    return false;
  }
  for (size_t i = 0; i < count; i += 4) {
    uint32_t bits = 0;

    for (size_t j = i; j < i + 4; j++) {
      int digit = j >= count - padding ? 0 : base64_digit (text[j]);

      if (digit < 0) {
        return false;
      }
      bits = bits << 6 | (uint32_t)digit;
    }
    for (int shift = 16; shift >= 0 && used < count / 4 * 3 - padding; shift -= 8) {
      buffer[used++] = (uint8_t)(bits >> shift);
    }
  }
  *length = used;
  return true;
}
