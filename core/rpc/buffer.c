/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/buffer.h"

#include <string.h>

/* An empty buffer larger than this gives its memory back. */
#define KEEP (256 * 1024)

static void
release (DmcBuffer *self)
{
  if (self->data != NULL)
    explicit_bzero (self->data, self->end);
  g_free (self->data);
}

/**
 * dmc_buffer_clear: (skip)
 * @self: a buffer
 *
 * Wipes and frees all it holds; the buffer is empty and may be used again.
 */
void
dmc_buffer_clear (DmcBuffer *self)
{
  release (self);
  *self = (DmcBuffer){ 0 };
}

/**
 * dmc_buffer_reserve: (skip)
 * @self: a buffer
 * @room: bytes
 *
 * Returns: where at least @room bytes may be written, before dmc_buffer_commit()
 */
char *
dmc_buffer_reserve (DmcBuffer *self, gsize room)
{
  gsize length = dmc_buffer_get_length (self);

  if (self->allocated - self->end >= room)
    return self->data + self->end;

  if (self->start >= room && self->allocated >= length + room && self->start >= length) {
    memcpy (self->data, self->data + self->start, length);
    explicit_bzero (self->data + length, self->end - length);
  } else {
    gsize size = MAX (self->allocated, 4096);
    char *bigger;

    while (size - length < room)
      size *= 2;
    bigger = g_malloc (size);
    if (length > 0)
      memcpy (bigger, self->data + self->start, length);
    release (self);
    self->data = bigger;
    self->allocated = size;
  }
  self->start = 0;
  self->end = length;
  return self->data + self->end;
}

/**
 * dmc_buffer_commit: (skip)
 * @self: a buffer
 * @length: how many bytes of the reserved room were written
 */
void
dmc_buffer_commit (DmcBuffer *self, gsize length)
{
  g_assert (length <= self->allocated - self->end);
  self->end += length;
}

/**
 * dmc_buffer_append: (skip)
 * @self: a buffer
 * @text: bytes
 * @length: how many
 */
void
dmc_buffer_append (DmcBuffer *self, const char *text, gsize length)
{
  if (length == 0)
    return;
  memcpy (dmc_buffer_reserve (self, length), text, length);
  dmc_buffer_commit (self, length);
}

/**
 * dmc_buffer_append_json_string: (skip)
 * @self: a buffer
 * @text: UTF-8 text, a secret perhaps
 *
 * Appends @text as a JSON string with its quotes, with no copy anywhere else.
 */
void
dmc_buffer_append_json_string (DmcBuffer *self, const char *text)
{
  static const char hex[] = "0123456789abcdef";

  dmc_buffer_append (self, "\"", 1);
  for (const char *p = text; *p != '\0'; p++) {
    guchar c = (guchar) *p;

    if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
      char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

      dmc_buffer_append (self, escape, sizeof escape);
    } else {
      dmc_buffer_append (self, p, 1);
    }
  }
  dmc_buffer_append (self, "\"", 1);
}

/**
 * dmc_buffer_consume: (skip)
 * @self: a buffer
 * @length: bytes at its front
 *
 * Wipes and drops @length bytes.
 */
void
dmc_buffer_consume (DmcBuffer *self, gsize length)
{
  g_assert (length <= dmc_buffer_get_length (self));
  if (length == 0)
    return;
  explicit_bzero (self->data + self->start, length);
  self->start += length;
  if (self->start == self->end) {
    self->start = self->end = 0;
    if (self->allocated > KEEP)
      dmc_buffer_clear (self);
  }
}
