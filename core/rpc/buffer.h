/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A queue of bytes that wipes what it lets go of: messages may carry passphrases, so neither
 * growing nor consuming leaves a copy in freed memory. */
typedef struct {
  char *data;
  gsize start;
  gsize end;
  gsize allocated;
} DmcBuffer;

void  dmc_buffer_clear (DmcBuffer *self);
char *dmc_buffer_reserve (DmcBuffer *self, gsize room);
void  dmc_buffer_commit (DmcBuffer *self, gsize length);
void  dmc_buffer_append (DmcBuffer *self, const char *text, gsize length);
void  dmc_buffer_append_json_string (DmcBuffer *self, const char *text);
void  dmc_buffer_consume (DmcBuffer *self, gsize length);

static inline gsize
dmc_buffer_get_length (const DmcBuffer *self)
{
  return self->end - self->start;
}

static inline const char *
dmc_buffer_get_data (const DmcBuffer *self)
{
  return self->data + self->start;
}

G_END_DECLS
