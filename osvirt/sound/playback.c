/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host sets the pace: as many samples are taken from the FIFO as its stream has room for, so that two clocks need not agree.
 * The workspace's sink closes down when nothing plays, then the FIFO is empty, and the host's stream is let go. */
#include "sound/playback.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "sound/host-stream.h"
#include "sound/samples.h"

/* What waits in the FIFO is heard late: two pages of memory. */
#define FIFO_BYTES 8192
#define CHUNK      CHUNK_BYTES (PLAYBACK_CHANNELS)
#define FRAME      (SAMPLE_SIZE * PLAYBACK_CHANNELS)

typedef struct {
  int fifo;
  HostStream *host; /* NULL: nothing is played */
  GMainLoop *loop;
  guint samples_source; /* waits for samples; 0 while the host or the clock says when to go on */
  guint clock_source;
  guint quiet_source;   /* runs while the host's stream is there */
  gint64 last_us;       /* when the last samples came */
  guint8 rest[FRAME];   /* of a frame that has come in part */
  gsize n_rest;
} Playback;

static void move (Playback *self);

static gboolean
on_samples (int fd, GIOCondition condition, gpointer data)
{
  Playback *self = data;

  self->samples_source = 0;
  if (condition & G_IO_IN)
    move (self);
  else
    g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

static void
wait_for_samples (Playback *self)
{
  if (self->samples_source == 0 && self->clock_source == 0)
    self->samples_source = g_unix_fd_add (self->fifo, G_IO_IN | G_IO_HUP | G_IO_ERR, on_samples, self);
}

static gboolean
on_quiet (gpointer data)
{
  Playback *self = data;

  const gboolean waits_for_host = self->samples_source == 0 && self->clock_source == 0;

  if (g_get_monotonic_time () - self->last_us < (waits_for_host ? HANG_MS : QUIET_MS) * 1000)
    return G_SOURCE_CONTINUE;
  self->quiet_source = 0;
  host_stream_stop (self->host, waits_for_host);
  wait_for_samples (self);
  return G_SOURCE_REMOVE;
}

/* Returns how many bytes of whole frames are in @buffer, which has room for @size; 0 if there are none now. */
static gsize
take (Playback *self, guint8 *buffer, gsize size)
{
  gsize length;
  gssize got;

  memcpy (buffer, self->rest, self->n_rest);
  got = read (self->fifo, buffer + self->n_rest, size - self->n_rest);
  if (got <= 0)
    return 0;
  self->last_us = g_get_monotonic_time ();
  length = self->n_rest + (gsize) got;
  self->n_rest = length % FRAME;
  memcpy (self->rest, buffer + length - self->n_rest, self->n_rest);
  return length - self->n_rest;
}

static gboolean
on_clock (gpointer data)
{
  Playback *self = data;

  self->clock_source = 0;
  wait_for_samples (self);
  return G_SOURCE_REMOVE;
}

static void
throw_away (Playback *self)
{
  guint8 buffer[CHUNK];

  take (self, buffer, sizeof buffer);
  if (self->clock_source == 0)
    self->clock_source = g_timeout_add (CHUNK_MS, on_clock, self);
}

static void
play (Playback *self)
{
  guint8 buffer[CHUNK];
  gsize room, length;

  while ((room = host_stream_get_room (self->host) / FRAME * FRAME) > 0) {
    length = take (self, buffer, MIN (room, sizeof buffer));
    if (length == 0) {
      wait_for_samples (self);
      return;
    }
    host_stream_write (self->host, buffer, length);
  }
}

/* There are samples, or the host has room for some. */
static void
move (Playback *self)
{
  if (self->host != NULL)
    host_stream_start (self->host);
  switch (self->host != NULL ? host_stream_get_state (self->host) : HOST_STREAM_AWAY) {
  case HOST_STREAM_READY: play (self); break;
  case HOST_STREAM_CONNECTING:
    if (host_stream_hangs (self->host))
      throw_away (self);
    break; /* it will say */
  case HOST_STREAM_AWAY:
  default: throw_away (self); return;
  }
  if (self->quiet_source == 0) {
    self->last_us = g_get_monotonic_time ();
    self->quiet_source = g_timeout_add (HANG_MS / 2, on_quiet, self);
  }
}

static void
on_host (HostStream *host, gpointer data)
{
  Playback *self = data;

  if (host_stream_get_state (host) == HOST_STREAM_READY) {
    if (self->samples_source == 0)
      play (self);
  } else if (host_stream_get_state (host) == HOST_STREAM_AWAY) {
    g_clear_handle_id (&self->quiet_source, g_source_remove);
    wait_for_samples (self);
  }
}

void
playback_run (int fifo, pa_mainloop_api *api, const char *name, GMainLoop *loop)
{
  Playback *self = g_new0 (Playback, 1);

  self->fifo = fifo;
  self->loop = loop;
  self->host = api != NULL ? host_stream_new (api, name, FALSE, on_host, self) : NULL;
  fcntl (fifo, F_SETPIPE_SZ, FIFO_BYTES);
  wait_for_samples (self);
}
