/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json-check.h"

#include "utf8.h"

struct cursor {
  const char *at, *end;
};

static int
peek (const struct cursor *self)
{
  return self->at < self->end ? (unsigned char)*self->at : -1;
}

static bool
accept (struct cursor *self, char byte)
{
  if (peek (self) != (unsigned char)byte) {
    return false;
  }
  self->at++;
  return true;
}

static void
skip_space (struct cursor *self)
{
  while (peek (self) == ' ' || peek (self) == '\t' || peek (self) == '\r' || peek (self) == '\n') {
    self->at++;
  }
}

static bool
is_digit (int byte)
{
  return byte >= '0' && byte <= '9';
}

static bool
is_hex_digit (int byte)
{
  return is_digit (byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

static bool
check_digits (struct cursor *self)
{
  if (!is_digit (peek (self))) {
    return false;
  }
  while (is_digit (peek (self))) {
    self->at++;
  }
  return true;
}

static bool
check_number (struct cursor *self)
{
  accept (self, '-');
  if (!accept (self, '0') && !check_digits (self)) {
    return false;
  }
  if (accept (self, '.') && !check_digits (self)) {
    return false;
  }
  if (accept (self, 'e') || accept (self, 'E')) {
    if (!accept (self, '+')) {
      accept (self, '-');
    }
    return check_digits (self);
  }
  return true;
}

static bool
check_escape (struct cursor *self)
{
  int byte = peek (self);

  if (byte < 0) {
    return false;
  }
  self->at++;
  if (byte == 'u') {
    for (int i = 0; i < 4; i++, self->at++) {
      if (!is_hex_digit (peek (self))) {
        return false;
      }
    }
    return true;
  }
  return byte == '"' || byte == '\\' || byte == '/' || byte == 'b' || byte == 'f' || byte == 'n'
         || byte == 'r' || byte == 't';
}

static bool
check_string (struct cursor *self)
{
  if (!accept (self, '"')) {
    return false;
  }
  while (!accept (self, '"')) {
    int length;

    if (peek (self) < 0x20) { /* the end too */
      return false;
    }
    length = utf8_length (self->at, (size_t)(self->end - self->at));
    if (length <= 0) {
      return false;
    }
    self->at += length;
    if (self->at[-1] == '\\' && !check_escape (self)) {
      return false;
    }
  }
  return true;
}

static bool
check_word (struct cursor *self, const char *word)
{
  for (; *word != '\0'; word++) {
    if (!accept (self, *word)) {
      return false;
    }
  }
  return true;
}

static bool
check_scalar (struct cursor *self)
{
  switch (peek (self)) {
  case '"':
    return check_string (self);
  case 't':
    return check_word (self, "true");
  case 'f':
    return check_word (self, "false");
  case 'n':
    return check_word (self, "null");
  default:
    return check_number (self);
  }
}

static bool
check_name (struct cursor *self)
{
  skip_space (self);
  if (!check_string (self)) {
    return false;
  }
  skip_space (self);
  return accept (self, ':');
}

/* After a value: closes containers and steps over a comma. Sets *done after the outermost value. */
static bool
check_after_value (struct cursor *self, const bool *in_object, int *depth, bool *done)
{
  for (;;) {
    skip_space (self);
    if (*depth == 0) {
      *done = true;
      return self->at == self->end;
    }
    if (accept (self, ',')) {
      return !in_object[*depth] || check_name (self);
    }
    if (!accept (self, in_object[*depth] ? '}' : ']')) {
      return false;
    }
    --*depth;
  }
}

bool
json_check (const char *text, size_t length)
{
  struct cursor cursor = { text, text + length };
  bool in_object[JSON_CHECK_DEPTH + 1];
  int depth = 0;
  bool done = false;

  while (!done) {
    bool object, empty = false;

    skip_space (&cursor);
    object = peek (&cursor) == '{';
    if (object || peek (&cursor) == '[') {
      if (depth == JSON_CHECK_DEPTH) {
        return false;
      }
      cursor.at++;
      in_object[++depth] = object;
      skip_space (&cursor);
      empty = peek (&cursor) == (object ? '}' : ']');
      if (!empty) {
        if (object && !check_name (&cursor)) {
          return false;
        }
        continue;
      }
    } else if (!check_scalar (&cursor)) {
      return false;
    }
    if (!check_after_value (&cursor, in_object, &depth, &done)) {
      return false;
    }
  }
  return true;
}
