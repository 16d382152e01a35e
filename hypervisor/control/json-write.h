/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes JSON as a stream: the buffer goes to the sink whenever it is full, so that an answer may
 * be longer than any memory set aside for it. Commas, colons and closing brackets are the writer's.
 */
#ifndef CONTROL_JSON_WRITE_H
#define CONTROL_JSON_WRITE_H

#include <stdarg.h>
#include "base.h"

/* Deeper than any answer; a value past it is left out, and `broken` says so. */
#define JSON_WRITE_DEPTH 16
/* One transfer of the channel. */
#define JSON_WRITE_BUFFER 16384

typedef void (*json_sink) (const char *bytes, size_t length);

struct json_writer {
  json_sink sink;
  size_t used;
  unsigned depth;
  bool filled[JSON_WRITE_DEPTH + 1]; /* whether the container at this depth has a value already */
  char closer[JSON_WRITE_DEPTH + 1];
  bool after_key;
  bool broken;
  char buffer[JSON_WRITE_BUFFER];
};

void json_writer_init (struct json_writer *self, json_sink sink);
/* Hands everything written so far to the sink. */
void json_flush (struct json_writer *self);

void json_begin_object (struct json_writer *self);
void json_begin_array (struct json_writer *self);
/* Closes the innermost container. */
void json_end (struct json_writer *self);
/* Closes containers until `depth` are open. */
void json_end_to (struct json_writer *self, unsigned depth);
/* Ends the message. */
void json_newline (struct json_writer *self);

/* Names the next value. `key` is our own text and needs no escapes. */
void json_key (struct json_writer *self, const char *key);
void json_bool (struct json_writer *self, bool value);
void json_uint (struct json_writer *self, uint64_t value);
/* Any bytes: control characters are escaped, what is not UTF-8 becomes U+FFFD. */
void json_text (struct json_writer *self, const char *bytes, size_t length);
/* A text in a field of `size` bytes, which a broken producer may have left without its zero. */
void json_field (struct json_writer *self, const char *text, size_t size);
/* Text of our own that ends with a zero. */
void json_string (struct json_writer *self, const char *text);
/* `bytes` in hexadecimal. */
void json_hex (struct json_writer *self, const uint8_t *bytes, size_t length);
/* A string in base64, in pieces: each but the last a multiple of three bytes. */
void json_begin_base64 (struct json_writer *self);
void json_add_base64 (struct json_writer *self, const char *bytes, size_t length);
void json_end_base64 (struct json_writer *self);
/* A string by a format that knows %s (any bytes), %u (unsigned) and %%. */
void json_vformat (struct json_writer *self, const char *format, va_list arguments);
void json_format (struct json_writer *self, const char *format, ...);
/* A value that is JSON text already. */
void json_raw (struct json_writer *self, const char *text, size_t length);

void json_member_string (struct json_writer *self, const char *key, const char *text);
void json_member_field (struct json_writer *self, const char *key, const char *text, size_t size);
void json_member_uint (struct json_writer *self, const char *key, uint64_t value);
void json_member_bool (struct json_writer *self, const char *key, bool value);

/* The length of `bytes` without a UTF-8 sequence that is cut off at its end: what a later piece of
   the same stream completes must not be shown as two broken halves. */
size_t json_whole_characters (const char *bytes, size_t length);

#endif
