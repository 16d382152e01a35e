/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/subscription.h"

#include "rpc/connection.h"
#include "rpc/json.h"

/* One topic of one subscription. */
typedef struct {
  DmcSubscription *subscription;
  DmcTopic        *topic;
  gint64           sent_at; /* monotonic µs of the last sample; 0 before the first */
  char            *newest;  /* the sample that waits for its turn */
  gint64           newest_time_us;
  guint            timer;
} DmcTopicListener;

struct _DmcSubscription {
  DmcConnection *connection; /* owns us */
  char          *id;
  guint          interval_ms;
  gint64         seq;
  GPtrArray     *listeners; /* of DmcTopicListener */
};

/* --- topics ----------------------------------------------------------------------------------- */

/**
 * dmc_topic_new: (skip)
 * @name: the topic's name
 * @sampled: whether events are samples, of which the newest counts
 *
 * Returns: (transfer full): a topic nobody listens to
 */
DmcTopic *
dmc_topic_new (const char *name, gboolean sampled)
{
  DmcTopic *self = g_new0 (DmcTopic, 1);

  self->name = g_strdup (name);
  self->sampled = sampled;
  self->listeners = g_ptr_array_new ();
  return self;
}

/**
 * dmc_topic_free: (skip)
 * @self: a topic nobody listens to any more
 */
void
dmc_topic_free (DmcTopic *self)
{
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_ptr_array_unref (self->listeners);
  g_free (self->name);
  g_free (self);
}

static void
update_demand (DmcTopic *self)
{
  guint shortest = 0;

  for (guint i = 0; i < self->listeners->len; i++) {
    DmcTopicListener *listener = g_ptr_array_index (self->listeners, i);
    guint interval_ms = listener->subscription->interval_ms;

    if (shortest == 0 || interval_ms < shortest)
      shortest = interval_ms;
  }
  if (shortest == self->interval_ms)
    return;
  self->interval_ms = shortest;
  if (self->demand != NULL)
    self->demand (self->name, shortest, self->user_data);
}

/* --- sending ---------------------------------------------------------------------------------- */

static void
send_event (DmcTopicListener *listener, gint64 time_us, const char *data)
{
  DmcSubscription *subscription = listener->subscription;
  g_autoptr (GString) text = NULL;

  subscription->seq++;
  /* Samples are not worth queueing for a client that lags behind; its seq will show the gap. */
  if (listener->topic->sampled && dmc_connection_is_behind (subscription->connection))
    return;
  text = g_string_new ("{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"subscription\":");
  dmc_json_append_string (text, subscription->id);
  g_string_append_printf (
      text, ",\"seq\":%" G_GINT64_FORMAT ",\"time_us\":%" G_GINT64_FORMAT ",\"topic\":",
      subscription->seq, time_us);
  dmc_json_append_string (text, listener->topic->name);
  g_string_append (text, ",\"data\":");
  g_string_append (text, data);
  g_string_append (text, "}}");
  dmc_connection_send_event (subscription->connection, text);
}

static void
send_sample (DmcTopicListener *listener, gint64 time_us, const char *data)
{
  listener->sent_at = g_get_monotonic_time ();
  send_event (listener, time_us, data);
}

static gboolean
sample_due (gpointer user_data)
{
  DmcTopicListener *listener = user_data;
  g_autofree char *data = g_steal_pointer (&listener->newest);

  listener->timer = 0;
  send_sample (listener, listener->newest_time_us, data);
  return G_SOURCE_REMOVE;
}

static void
offer_sample (DmcTopicListener *listener, gint64 time_us, const char *data)
{
  gint64 due = listener->sent_at + (gint64) listener->subscription->interval_ms * 1000;
  gint64 now = g_get_monotonic_time ();

  if (listener->timer == 0 && (listener->sent_at == 0 || now >= due)) {
    send_sample (listener, time_us, data);
    return;
  }
  g_free (listener->newest);
  listener->newest = g_strdup (data);
  listener->newest_time_us = time_us;
  if (listener->timer == 0)
    listener->timer = g_timeout_add ((guint) ((due - now + 999) / 1000), sample_due, listener);
}

/**
 * dmc_topic_emit: (skip)
 * @self: a topic
 * @time_us: when it happened
 * @data: what happened, as JSON text
 *
 * Sends to all who listen. Connections do not close in here, so that the listeners stay as they
 * are.
 */
void
dmc_topic_emit (DmcTopic *self, gint64 time_us, const char *data)
{
  for (guint i = 0; i < self->listeners->len; i++) {
    DmcTopicListener *listener = g_ptr_array_index (self->listeners, i);

    if (self->sampled)
      offer_sample (listener, time_us, data);
    else
      send_event (listener, time_us, data);
  }
}

/* --- subscriptions ---------------------------------------------------------------------------- */

static void
listener_free (gpointer data)
{
  DmcTopicListener *listener = data;

  g_clear_handle_id (&listener->timer, g_source_remove);
  g_ptr_array_remove_fast (listener->topic->listeners, listener);
  update_demand (listener->topic);
  g_free (listener->newest);
  g_free (listener);
}

/**
 * dmc_subscription_new: (skip)
 * @connection: who listens; it owns the subscription
 * @id: the subscription's name on the wire
 * @topics: (element-type DmcTopic): to what
 * @interval_ms: how often samples may come
 *
 * Returns: (transfer full): a subscription that is active at once
 */
DmcSubscription *
dmc_subscription_new (DmcConnection *connection,
                      const char *id,
                      GPtrArray *topics,
                      guint interval_ms)
{
  DmcSubscription *self = g_new0 (DmcSubscription, 1);

  self->connection = connection;
  self->id = g_strdup (id);
  self->interval_ms = interval_ms;
  self->listeners = g_ptr_array_new_with_free_func (listener_free);
  for (guint i = 0; i < topics->len; i++) {
    DmcTopicListener *listener = g_new0 (DmcTopicListener, 1);

    listener->subscription = self;
    listener->topic = g_ptr_array_index (topics, i);
    g_ptr_array_add (self->listeners, listener);
    g_ptr_array_add (listener->topic->listeners, listener);
    update_demand (listener->topic);
  }
  return self;
}

/**
 * dmc_subscription_free: (skip)
 * @self: a subscription
 */
void
dmc_subscription_free (DmcSubscription *self)
{
  g_ptr_array_unref (self->listeners);
  g_free (self->id);
  g_free (self);
}

/**
 * dmc_subscription_get_id: (skip)
 * @self: a subscription
 *
 * Returns: (transfer none): its name on the wire
 */
const char *
dmc_subscription_get_id (DmcSubscription *self)
{
  return self->id;
}
