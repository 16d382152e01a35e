/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/channel.h"

#include "rpc/framing.h"

#define BLOCK (64 * 1024)

struct _DmcChannel {
  GIOStream                *stream;
  const DmcChannelHandlers *handlers;
  gpointer                  owner;
  GCancellable *cancellable; /* ends the reads and writes under way when the channel closes */
  DmcFramer                 framer;
  DmcBuffer                 sending; /* untouched while a write is under way */
  DmcBuffer                 waiting;
  gboolean                  reading;
  gboolean                  writing;
  gboolean                  pumping;
  gboolean                  paused;
  gboolean                  ended;
  gboolean                  closed;
};

static void pump (DmcChannel *self);
static void start_write (DmcChannel *self);

static void
channel_clear (gpointer data)
{
  DmcChannel *self = data;

  g_clear_object (&self->stream);
  g_clear_object (&self->cancellable);
  dmc_framer_clear (&self->framer);
  dmc_buffer_clear (&self->sending);
  dmc_buffer_clear (&self->waiting);
}

static void
channel_unref (DmcChannel *self)
{
  g_rc_box_release_full (self, channel_clear);
}

/**
 * dmc_channel_new: (skip)
 * @stream: the connection
 * @limit: the longest line taken, in bytes
 * @handlers: what to tell; static
 * @owner: handed to them; it closes the channel before it goes away
 *
 * Returns: (transfer full): a channel, to be ended by dmc_channel_close(); nothing is read before
 *   dmc_channel_start()
 */
DmcChannel *
dmc_channel_new (GIOStream *stream, gsize limit, const DmcChannelHandlers *handlers, gpointer owner)
{
  DmcChannel *self = g_rc_box_new0 (DmcChannel);

  self->stream = g_object_ref (stream);
  self->handlers = handlers;
  self->owner = owner;
  self->cancellable = g_cancellable_new ();
  dmc_framer_init (&self->framer, limit);
  return self;
}

static void
stream_failed (DmcChannel *self, const GError *error)
{
  if (!self->closed && !self->ended)
    self->ended = TRUE;
  if (!self->closed)
    self->handlers->failed (self->owner, error);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void
read_done (GObject *source, GAsyncResult *result, gpointer data)
{
  DmcChannel *self = data;
  g_autoptr (GError) error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  self->reading = FALSE;
  if (n < 0) {
    stream_failed (self, error);
  } else if (n == 0) {
    self->ended = TRUE;
    if (!self->closed)
      self->handlers->ended (self->owner, dmc_framer_has_rest (&self->framer));
  } else {
    dmc_framer_commit (&self->framer, (gsize) n);
    pump (self);
  }
  channel_unref (self);
}

static void
start_read (DmcChannel *self)
{
  if (self->reading || self->ended)
    return;
  self->reading = TRUE;
  g_input_stream_read_async (g_io_stream_get_input_stream (self->stream),
                             dmc_framer_reserve (&self->framer, BLOCK), BLOCK, G_PRIORITY_DEFAULT,
                             self->cancellable, read_done, g_rc_box_acquire (self));
}

/* Hands out the lines that are there, then asks for more. A handler may come back by resuming. */
static void
pump (DmcChannel *self)
{
  DmcLine kind = DMC_LINE_NONE;

  if (self->pumping || self->reading)
    return;
  self->pumping = TRUE;
  g_rc_box_acquire (self);
  while (!self->closed && !self->paused) {
    const char *line = NULL;
    gsize length = 0;

    kind = dmc_framer_next (&self->framer, &line, &length);
    if (kind == DMC_LINE_NONE)
      break;
    self->handlers->line (self->owner, kind == DMC_LINE_WHOLE ? line : NULL, length);
  }
  self->pumping = FALSE;
  if (!self->closed && !self->paused)
    start_read (self);
  channel_unref (self);
}

/**
 * dmc_channel_start: (skip)
 * @self: a channel
 *
 * Begins to read.
 */
void
dmc_channel_start (DmcChannel *self)
{
  pump (self);
}

/**
 * dmc_channel_set_paused: (skip)
 * @self: a channel
 * @paused: whether to stop handing out lines, and reading
 */
void
dmc_channel_set_paused (DmcChannel *self, gboolean paused)
{
  if (self->paused == paused)
    return;
  self->paused = paused;
  if (!paused && !self->closed)
    pump (self);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void
write_done (GObject *source, GAsyncResult *result, gpointer data)
{
  DmcChannel *self = data;
  g_autoptr (GError) error = NULL;
  gssize n = g_output_stream_write_finish (G_OUTPUT_STREAM (source), result, &error);

  self->writing = FALSE;
  if (n < 0) {
    stream_failed (self, error);
  } else {
    dmc_buffer_consume (&self->sending, (gsize) n);
    start_write (self);
    if (!self->writing && !self->closed)
      self->handlers->drained (self->owner);
  }
  channel_unref (self);
}

static void
start_write (DmcChannel *self)
{
  if (self->writing || self->closed)
    return;
  if (dmc_buffer_get_length (&self->sending) == 0) {
    DmcBuffer empty = self->sending;

    self->sending = self->waiting;
    self->waiting = empty;
  }
  if (dmc_buffer_get_length (&self->sending) == 0)
    return;
  self->writing = TRUE;
  g_output_stream_write_async (g_io_stream_get_output_stream (self->stream),
                               dmc_buffer_get_data (&self->sending),
                               dmc_buffer_get_length (&self->sending), G_PRIORITY_DEFAULT,
                               self->cancellable, write_done, g_rc_box_acquire (self));
}

/**
 * dmc_channel_send: (skip)
 * @self: a channel
 * @text: whole lines with their ends
 * @length: their length in bytes
 *
 * Sends when the peer takes it; the text is copied.
 */
void
dmc_channel_send (DmcChannel *self, const char *text, gsize length)
{
  if (self->closed)
    return;
  dmc_buffer_append (&self->waiting, text, length);
  start_write (self);
}

/**
 * dmc_channel_get_waiting: (skip)
 * @self: a channel
 *
 * Returns: how many bytes the peer has not taken yet
 */
gsize
dmc_channel_get_waiting (DmcChannel *self)
{
  return dmc_buffer_get_length (&self->sending) + dmc_buffer_get_length (&self->waiting);
}

/**
 * dmc_channel_get_stream: (skip)
 * @self: a channel
 *
 * Returns: (transfer none): its stream
 */
GIOStream *
dmc_channel_get_stream (DmcChannel *self)
{
  return self->stream;
}

/**
 * dmc_channel_close: (skip)
 * @self: (transfer full): a channel
 *
 * Drops what waits, closes the stream and frees the channel. No handler is called any more.
 */
void
dmc_channel_close (DmcChannel *self)
{
  g_return_if_fail (!self->closed);
  self->closed = TRUE;
  g_cancellable_cancel (self->cancellable);
  if (G_IS_SOCKET_CONNECTION (self->stream))
    g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (self->stream)), TRUE,
                       TRUE, NULL);
  g_io_stream_close_async (self->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  channel_unref (self);
}
