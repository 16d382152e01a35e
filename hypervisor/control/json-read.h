/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads one JSON message: tokens by jsmn, checked access to the values. Nothing is copied or
 * changed. */
#ifndef CONTROL_JSON_READ_H
#define CONTROL_JSON_READ_H

#include "base.h"
#define JSMN_HEADER /* declarations only */
#include "jsmn-options.h"
#include <jsmn.h>

/* Far more values than any request has. */
#define JSON_TOKENS_MAX 512

/* A value of a message, by number; JSON_NONE where there is none. */
typedef int json_value;
#define JSON_NONE (-1)

struct json_document {
  const char *text;
  int count;
  jsmntok_t token[JSON_TOKENS_MAX];
};

enum json_type { JSON_ABSENT, JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_OTHER };

/* -> whether `text` is one JSON object or array that fits the limits; it is value 0. `text` must
 * stay. */
bool json_parse (struct json_document *self, const char *text, size_t length);

enum json_type json_type_of (const struct json_document *self, json_value value);
/* Member `key` of an object; JSON_NONE where there is none or `object` is not one. */
json_value json_member (const struct json_document *self, json_value object, const char *key);
/* The first element, and the one after `element`; JSON_NONE past the last. */
json_value json_first (const struct json_document *self, json_value array);
json_value json_next (const struct json_document *self, json_value element);
/* The text of a value as it stands in the message, with the quotes of a string. */
const char *json_source (const struct json_document *self, json_value value, size_t *length);

/* Whether `value` is the string `text`. */
bool json_equals (const struct json_document *self, json_value value, const char *text);
/* Whether `value` is true or false; then *yes is which. */
bool json_get_bool (const struct json_document *self, json_value value, bool *yes);
/* The integer that `value` is; false where it is none, or negative, or about to pass 2^63. */
bool json_get_uint (const struct json_document *self, json_value value, uint64_t *number);
/* The string that `value` is, in UTF-8, ended by a zero that *length does not count. -> false where
   it is none, does not fit `size`, or has a lone surrogate or broken UTF-8. `length` may be NULL;
   then a zero inside is refused too. */
bool json_get_string (
    const struct json_document *self, json_value value, char *buffer, size_t size, size_t *length);
/* The bytes that `value` is in base64, padded. -> false where it is no such string, or they do not
   fit `size`. */
bool json_get_base64 (const struct json_document *self,
                      json_value value,
                      uint8_t *buffer,
                      size_t size,
                      size_t *length);

#endif
