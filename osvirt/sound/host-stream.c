/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sound/host-stream.h"

#include "sound/samples.h"

/* What is played lags behind by so much; less would stutter on a busy machine. */
#define LATENCY_MS 60
/* How long a server that did not answer is left alone. */
#define RETRY_US   (2 * G_USEC_PER_SEC)

struct HostStream {
  pa_mainloop_api *api;
  char *name; /* the workspace's, which the host's mixer shows */
  gboolean records;
  HostStreamFunc callback;
  gpointer data;

  pa_context *context; /* NULL while it is away */
  pa_stream *stream;   /* NULL until the server has answered */
  gint64 retry_us;
  gboolean hangs;
};

/**
 * host_stream_new:
 * @api: the loop that it runs in
 * @name: the workspace's
 * @records: whether samples come from the host
 * @callback: told when its state changes and samples can be moved
 * @data: for @callback
 *
 * Returns: (transfer full): a stream that is away; it is there for as long as the process
 */
HostStream *
host_stream_new (pa_mainloop_api *api, const char *name, gboolean records, HostStreamFunc callback, gpointer data)
{
  HostStream *self = g_new0 (HostStream, 1);

  self->api = api;
  self->name = g_strdup (name);
  self->records = records;
  self->callback = callback;
  self->data = data;
  return self;
}

/**
 * host_stream_stop:
 * @self: the stream
 * @hangs: whether the server does not do its part, so that it is left alone for a while
 *
 * Ends the connection.
 */
void
host_stream_stop (HostStream *self, gboolean hangs)
{
  pa_context *context = g_steal_pointer (&self->context);
  pa_stream *stream = g_steal_pointer (&self->stream);

  if (stream != NULL) {
    pa_stream_set_state_callback (stream, NULL, NULL);
    pa_stream_set_write_callback (stream, NULL, NULL);
    pa_stream_set_read_callback (stream, NULL, NULL);
    pa_stream_disconnect (stream);
    pa_stream_unref (stream);
  }
  if (context != NULL) {
    pa_context_set_state_callback (context, NULL, NULL);
    pa_context_disconnect (context);
    pa_context_unref (context);
  }
  self->retry_us = hangs ? g_get_monotonic_time () + RETRY_US : 0;
  self->hangs |= hangs;
}

static void
give_up (HostStream *self)
{
  g_debug ("The host's sound server does not answer: %s.", pa_strerror (pa_context_errno (self->context)));
  host_stream_stop (self, TRUE);
  self->callback (self, self->data);
}

static void
on_stream_state (pa_stream *stream, void *data)
{
  HostStream *self = data;
  pa_stream_state_t state = pa_stream_get_state (stream);

  if (state == PA_STREAM_READY) {
    self->hangs = FALSE;
    self->callback (self, self->data);
  } else if (!PA_STREAM_IS_GOOD (state))
    give_up (self);
}

static void
on_samples (pa_stream *stream, size_t size, void *data)
{
  HostStream *self = data;

  if (host_stream_get_state (self) == HOST_STREAM_READY)
    self->callback (self, self->data);
}

static gboolean
connect_stream (HostStream *self)
{
  const guint8 channels = self->records ? MICROPHONE_CHANNELS : PLAYBACK_CHANNELS;
  const pa_sample_spec spec = { PA_SAMPLE_S16LE, SAMPLE_RATE, channels };
  const guint32 any = (guint32) -1;
  const pa_buffer_attr buffer = { any, CHUNK_BYTES (channels) * LATENCY_MS / CHUNK_MS, any, any, CHUNK_BYTES (channels) };

  self->stream = pa_stream_new (self->context, self->name, &spec, NULL);
  if (self->stream == NULL)
    return FALSE;
  pa_stream_set_state_callback (self->stream, on_stream_state, self);
  pa_stream_set_write_callback (self->stream, on_samples, self);
  pa_stream_set_read_callback (self->stream, on_samples, self);
  if (self->records)
    return pa_stream_connect_record (self->stream, NULL, &buffer, PA_STREAM_ADJUST_LATENCY) == 0;
  return pa_stream_connect_playback (self->stream, NULL, &buffer, PA_STREAM_ADJUST_LATENCY, NULL, NULL) == 0;
}

static void
on_context_state (pa_context *context, void *data)
{
  HostStream *self = data;
  pa_context_state_t state = pa_context_get_state (context);

  if (!PA_CONTEXT_IS_GOOD (state) || (state == PA_CONTEXT_READY && !connect_stream (self)))
    give_up (self);
}

/* Connects, unless it does or has already, or the server was not there a moment ago. */
void
host_stream_start (HostStream *self)
{
  g_autofree char *application = NULL;
  pa_proplist *properties;

  if (self->context != NULL || g_get_monotonic_time () < self->retry_us)
    return;
  application = g_strdup_printf ("Domicile: %s", self->name);
  properties = pa_proplist_new ();
  pa_proplist_sets (properties, PA_PROP_APPLICATION_NAME, application);
  pa_proplist_sets (properties, PA_PROP_APPLICATION_ID, "org.domicile.Sound");
  self->context = pa_context_new_with_proplist (self->api, application, properties);
  pa_proplist_free (properties);
  if (self->context == NULL)
    return;
  pa_context_set_state_callback (self->context, on_context_state, self);
  if (pa_context_connect (self->context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) != 0 && self->context != NULL)
    give_up (self);
}

HostStreamState
host_stream_get_state (HostStream *self)
{
  if (self->context == NULL)
    return HOST_STREAM_AWAY;
  return self->stream != NULL && pa_stream_get_state (self->stream) == PA_STREAM_READY ? HOST_STREAM_READY : HOST_STREAM_CONNECTING;
}

gboolean
host_stream_hangs (HostStream *self)
{
  return self->hangs;
}

/* How many bytes a ready stream takes now. */
gsize
host_stream_get_room (HostStream *self)
{
  size_t room = pa_stream_writable_size (self->stream);

  return room == (size_t) -1 ? 0 : room;
}

/* @size: whole frames, of what it has room for */
void
host_stream_write (HostStream *self, const void *samples, gsize size)
{
  pa_stream_write (self->stream, samples, size, NULL, 0, PA_SEEK_RELATIVE);
}

/**
 * host_stream_read:
 * @self: a ready stream that records
 * @samples: (out) (nullable): where they lie until host_stream_drop(); %NULL for some that were lost
 * @size: (out): how many bytes
 *
 * Returns: whether there are any
 */
gboolean
host_stream_read (HostStream *self, const void **samples, gsize *size)
{
  size_t length = 0;

  if (pa_stream_peek (self->stream, samples, &length) != 0)
    return FALSE;
  *size = length;
  return length > 0;
}

/* Those of host_stream_read() are used. */
void
host_stream_drop (HostStream *self)
{
  pa_stream_drop (self->stream);
}
