/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/buffer.h"

G_BEGIN_DECLS

/* The longest message an endpoint takes, and the longest a client takes from an endpoint, in bytes
 * without the line's end. */
#define DMC_MAX_REQUEST (1024 * 1024)
#define DMC_MAX_REPLY   (16 * 1024 * 1024)

/* Cuts a stream of bytes into lines. Bytes are put in as they come, lines are taken out while the
 * caller wants more: a caller that stops taking stops reading, and the peer feels it. */
typedef struct {
  DmcBuffer buffer;
  gsize     limit;
  gsize     searched; /* bytes at the buffer's front known to hold no line's end */
  gsize     taken;    /* length of the line handed out last, its end included */
  gboolean  skipping; /* inside a line that is too long */
} DmcFramer;

/**
 * DmcLine: (skip)
 * @DMC_LINE_NONE: no whole line yet
 * @DMC_LINE_WHOLE: one line
 * @DMC_LINE_TOO_LONG: a line over the limit has begun; it is told once and skipped to its end
 */
typedef enum {
  DMC_LINE_NONE,
  DMC_LINE_WHOLE,
  DMC_LINE_TOO_LONG,
} DmcLine;

void    dmc_framer_init (DmcFramer *self, gsize limit);
void    dmc_framer_clear (DmcFramer *self);
char   *dmc_framer_reserve (DmcFramer *self, gsize room);
void    dmc_framer_commit (DmcFramer *self, gsize length);
DmcLine dmc_framer_next (DmcFramer *self, const char **line, gsize *length);

/* Whether a line has begun that has not ended: at the end of a stream, it was cut off. */
gboolean dmc_framer_has_rest (DmcFramer *self);

G_END_DECLS
