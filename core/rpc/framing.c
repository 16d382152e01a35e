/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/framing.h"

#include <string.h>

/**
 * dmc_framer_init: (skip)
 * @self: an uninitialized framer
 * @limit: the longest line in bytes, without its end
 */
void
dmc_framer_init (DmcFramer *self, gsize limit)
{
  *self = (DmcFramer){ .limit = limit };
}

/**
 * dmc_framer_clear: (skip)
 * @self: a framer
 *
 * Wipes and frees what it holds.
 */
void
dmc_framer_clear (DmcFramer *self)
{
  dmc_buffer_clear (&self->buffer);
  dmc_framer_init (self, self->limit);
}

/* The line handed out last is let go only when the caller comes back, who reads it where it stands.
 */
static void
drop_taken (DmcFramer *self)
{
  dmc_buffer_consume (&self->buffer, self->taken);
  self->taken = 0;
}

/**
 * dmc_framer_reserve: (skip)
 * @self: a framer
 * @room: bytes
 *
 * Returns: where @room bytes from the stream may be read to, before dmc_framer_commit()
 */
char *
dmc_framer_reserve (DmcFramer *self, gsize room)
{
  drop_taken (self);
  return dmc_buffer_reserve (&self->buffer, room);
}

/**
 * dmc_framer_commit: (skip)
 * @self: a framer
 * @length: how many bytes came
 */
void
dmc_framer_commit (DmcFramer *self, gsize length)
{
  dmc_buffer_commit (&self->buffer, length);
}

/**
 * dmc_framer_next: (skip)
 * @self: a framer
 * @line: (out): the line, without its end and not ended by a NUL; valid until the next call
 * @length: (out): its length in bytes
 *
 * Returns: what there is
 */
DmcLine
dmc_framer_next (DmcFramer *self, const char **line, gsize *length)
{
  drop_taken (self);
  for (;;) {
    const char *data = dmc_buffer_get_data (&self->buffer);
    gsize available = dmc_buffer_get_length (&self->buffer);
    const char *end = NULL;

    if (available > self->searched)
      end = memchr (data + self->searched, '\n', available - self->searched);

    if (self->skipping) {
      dmc_buffer_consume (&self->buffer, end != NULL ? (gsize) (end - data) + 1 : available);
      self->searched = 0;
      if (end == NULL)
        return DMC_LINE_NONE;
      self->skipping = FALSE;
      continue;
    }
    if ((end != NULL ? (gsize) (end - data) : available) > self->limit) {
      self->skipping = TRUE;
      return DMC_LINE_TOO_LONG;
    }
    if (end == NULL) {
      self->searched = available;
      return DMC_LINE_NONE;
    }
    *line = data;
    *length = (gsize) (end - data);
    self->taken = *length + 1;
    self->searched = 0;
    return DMC_LINE_WHOLE;
  }
}

/**
 * dmc_framer_has_rest: (skip)
 * @self: a framer
 *
 * Returns: whether a line has begun that has not ended
 */
gboolean
dmc_framer_has_rest (DmcFramer *self)
{
  drop_taken (self);
  return dmc_buffer_get_length (&self->buffer) > 0;
}
