/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stream/http-deadline.h"

/* A server has so long to begin, and then so long for each byte: a line of old mobile phones is faster. */
#define BEGIN_US   (30 * G_USEC_PER_SEC)
#define BYTES_PER_S 4096

struct HttpDeadline {
  GCancellable *inner, *outer; /* @outer: nullable */
  gulong on_cancelled;
  GThread *thread;
  GMutex lock;
  GCond changed;
  gint64 end; /* monotonic; moved while bytes come */
  gboolean done, over;
};

static gpointer
watch (gpointer data)
{
  HttpDeadline *self = data;

  g_mutex_lock (&self->lock);
  while (!self->done && !self->over)
    if (!g_cond_wait_until (&self->changed, &self->lock, self->end))
      self->over = !self->done && g_get_monotonic_time () >= self->end;
  g_mutex_unlock (&self->lock);
  if (self->over) /* nobody changes it any more */
    g_cancellable_cancel (self->inner);
  return NULL;
}

static void
on_cancelled (GCancellable *outer, gpointer data)
{
  g_cancellable_cancel (data);
}

/**
 * http_deadline_new:
 * @outer: (nullable): what ends the request otherwise
 *
 * Returns: (transfer full): the time that a request has, which begins now
 */
HttpDeadline *
http_deadline_new (GCancellable *outer)
{
  HttpDeadline *self = g_new0 (HttpDeadline, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->inner = g_cancellable_new ();
  self->outer = outer != NULL ? g_object_ref (outer) : NULL;
  if (outer != NULL)
    self->on_cancelled = g_cancellable_connect (outer, G_CALLBACK (on_cancelled), g_object_ref (self->inner), g_object_unref);
  self->end = g_get_monotonic_time () + BEGIN_US;
  self->thread = g_thread_new ("deadline", watch, self);
  return self;
}

void
http_deadline_free (HttpDeadline *self)
{
  g_mutex_lock (&self->lock);
  self->done = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  if (self->outer != NULL)
    g_cancellable_disconnect (self->outer, self->on_cancelled);
  g_clear_object (&self->outer);
  g_object_unref (self->inner);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

/* Returns: (transfer none): for the request */
GCancellable *
http_deadline_get_cancellable (HttpDeadline *self)
{
  return self->inner;
}

/* Some of the answer has come: there is time for more. */
void
http_deadline_got (HttpDeadline *self, gsize bytes)
{
  g_mutex_lock (&self->lock);
  self->end += (gint64) bytes * G_USEC_PER_SEC / BYTES_PER_S;
  g_mutex_unlock (&self->lock);
}

/* Whether the request was ended for its slowness. */
gboolean
http_deadline_is_over (HttpDeadline *self)
{
  gboolean over;

  g_mutex_lock (&self->lock);
  over = self->over;
  g_mutex_unlock (&self->lock);
  return over;
}
