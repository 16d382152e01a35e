/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The workspace's source empties the FIFO only while somebody records from it. So the FIFO is kept full of silence: when there is
 * room in it, the host's microphone is opened, and when there has been none for a while, it is closed. */
#include "sound/microphone.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <unistd.h>

#include "sound/host-stream.h"
#include "sound/samples.h"

#define FIFO_BYTES 4096
#define CHUNK      CHUNK_BYTES (MICROPHONE_CHANNELS)

typedef struct {
  int fifo;
  HostStream *host; /* NULL: there is silence only */
  GMainLoop *loop;
  guint room_source; /* waits until somebody records; 0 while the host or the clock says when to go on */
  guint clock_source;
  guint quiet_source; /* runs while the host's stream is there */
  gint64 last_us;     /* when the last samples were taken */
} Microphone;

static gboolean
put (Microphone *self, const void *samples, gsize size)
{
  if (write (self->fifo, samples, size) <= 0) /* what does not fit is late anyway */
    return FALSE;
  self->last_us = g_get_monotonic_time ();
  return TRUE;
}

static gboolean on_room (int fd, GIOCondition condition, gpointer data);

static void
wait_for_room (Microphone *self)
{
  if (self->room_source == 0 && self->clock_source == 0)
    self->room_source = g_unix_fd_add (self->fifo, G_IO_OUT | G_IO_ERR, on_room, self);
}

static gboolean
on_clock (gpointer data)
{
  Microphone *self = data;

  self->clock_source = 0;
  wait_for_room (self);
  return G_SOURCE_REMOVE;
}

static void
put_silence (Microphone *self)
{
  static const guint8 silence[CHUNK];

  put (self, silence, sizeof silence);
  if (self->clock_source == 0)
    self->clock_source = g_timeout_add (CHUNK_MS, on_clock, self);
}

/* Full again, so that room means that somebody records. */
static void
fill (Microphone *self)
{
  static const guint8 silence[FIFO_BYTES];

  while (put (self, silence, sizeof silence) || put (self, silence, SAMPLE_SIZE))
    continue;
}

static gboolean
on_quiet (gpointer data)
{
  Microphone *self = data;

  if (g_get_monotonic_time () - self->last_us < QUIET_MS * 1000)
    return G_SOURCE_CONTINUE;
  self->quiet_source = 0;
  host_stream_stop (self->host, FALSE);
  wait_for_room (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_room (int fd, GIOCondition condition, gpointer data)
{
  Microphone *self = data;

  self->room_source = 0;
  if (condition & G_IO_ERR) {
    g_main_loop_quit (self->loop);
    return G_SOURCE_REMOVE;
  }
  if (self->host != NULL)
    host_stream_start (self->host);
  if (self->host == NULL || host_stream_get_state (self->host) == HOST_STREAM_AWAY)
    put_silence (self);
  else if (self->quiet_source == 0) {
    self->last_us = g_get_monotonic_time ();
    self->quiet_source = g_timeout_add (QUIET_MS / 2, on_quiet, self);
  }
  return G_SOURCE_REMOVE;
}

static void
on_host (HostStream *host, gpointer data)
{
  Microphone *self = data;
  const void *samples;
  gsize size;

  if (host_stream_get_state (host) == HOST_STREAM_AWAY) {
    g_clear_handle_id (&self->quiet_source, g_source_remove);
    wait_for_room (self);
    return;
  }
  while (host_stream_get_state (host) == HOST_STREAM_READY && host_stream_read (host, &samples, &size)) {
    if (samples != NULL)
      put (self, samples, size);
    host_stream_drop (host);
  }
}

void
microphone_run (int fifo, pa_mainloop_api *api, const char *name, GMainLoop *loop)
{
  Microphone *self = g_new0 (Microphone, 1);

  self->fifo = fifo;
  self->loop = loop;
  self->host = api != NULL ? host_stream_new (api, name, TRUE, on_host, self) : NULL;
  fcntl (fifo, F_SETPIPE_SZ, FIFO_BYTES);
  fill (self);
  wait_for_room (self);
}
