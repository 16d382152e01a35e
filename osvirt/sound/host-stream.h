/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>
#include <pulse/glib-mainloop.h>
#include <pulse/pulseaudio.h>

G_BEGIN_DECLS

/* A stream to or from the default device of the host's sound server, connected when it is asked for. */
typedef struct HostStream HostStream;

typedef enum {
  HOST_STREAM_AWAY, /* not asked for, or there is no server, or it takes no stream */
  HOST_STREAM_CONNECTING,
  HOST_STREAM_READY,
} HostStreamState;

/* Called when its state has changed, and, while it is ready, when it takes samples or has some. */
typedef void (*HostStreamFunc) (HostStream *self, gpointer data);

HostStream     *host_stream_new (pa_mainloop_api *api, const char *name, gboolean records, HostStreamFunc callback, gpointer data);
void            host_stream_start (HostStream *self);
void            host_stream_stop (HostStream *self, gboolean hangs);
HostStreamState host_stream_get_state (HostStream *self);
/* Whether it did not do its part when it was asked last: nobody shall wait for it. */
gboolean        host_stream_hangs (HostStream *self);
gsize           host_stream_get_room (HostStream *self);
void            host_stream_write (HostStream *self, const void *samples, gsize size);
gboolean        host_stream_read (HostStream *self, const void **samples, gsize *size);
void            host_stream_drop (HostStream *self);

G_END_DECLS
