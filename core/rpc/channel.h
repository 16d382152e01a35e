/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Lines over a stream, both ways, without ever blocking: what server and client have in common.
 * Reading happens in blocks and stops while paused; what is written is gathered while a write is
 * under way. */
typedef struct _DmcChannel DmcChannel;

/**
 * DmcChannelHandlers: (skip)
 * @line: one line came, @text is valid during the call only; NULL where the line was over the limit
 * @ended: the peer will send no more; @cut: in the middle of a line
 * @failed: the stream broke; nothing more will be told
 * @drained: all that was sent has left
 *
 * Handlers may close the channel; after that none is called.
 */
typedef struct {
  void (*line) (gpointer owner, const char *text, gsize length);
  void (*ended) (gpointer owner, gboolean cut);
  void (*failed) (gpointer owner, const GError *error);
  void (*drained) (gpointer owner);
} DmcChannelHandlers;

DmcChannel *dmc_channel_new (GIOStream *stream,
                             gsize limit,
                             const DmcChannelHandlers *handlers,
                             gpointer owner);
void        dmc_channel_start (DmcChannel *self);
void        dmc_channel_send (DmcChannel *self, const char *text, gsize length);
void        dmc_channel_set_paused (DmcChannel *self, gboolean paused);
gsize       dmc_channel_get_waiting (DmcChannel *self);
GIOStream  *dmc_channel_get_stream (DmcChannel *self);
void        dmc_channel_close (DmcChannel *self);

G_END_DECLS
