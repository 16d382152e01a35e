/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/endpoint-private.h"

#include "rpc/json.h"

typedef struct {
  guint          id;
  char         **topics;
  guint          interval_ms;
  DmcEventFunc   func;
  gpointer       user_data;
  GDestroyNotify destroy;
  char          *subscription; /* NULL while it is not subscribed */
  gint64         seq;          /* of the last event */
  gboolean       asked;
} Watch;

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  if (watch->destroy != NULL)
    watch->destroy (watch->user_data);
  g_strfreev (watch->topics);
  g_free (watch->subscription);
  g_free (watch);
}

static Watch *
find_watch (DmcEndpoint *self, guint id)
{
  for (guint i = 0; i < self->watches->len; i++) {
    Watch *watch = g_ptr_array_index (self->watches, i);

    if (watch->id == id)
      return watch;
  }
  return NULL;
}

static void
one_answered (DmcEndpoint *self)
{
  if (self->unanswered > 0 && --self->unanswered == 0)
    g_signal_emit_by_name (self, "resync");
}

typedef struct {
  DmcEndpoint *endpoint;
  guint        watch_id;
  gboolean     counted; /* "resync" waits for it */
} Asked;

static void
unsubscribe (DmcEndpoint *self, const char *subscription)
{
  g_autoptr (JsonNode) params = dmc_json_node ("subscription:s", subscription, NULL);

  dmc_client_call_async (self->client, "events.unsubscribe", params, NULL, NULL, NULL);
}

static void
take_subscription (DmcEndpoint *self, Watch *watch, JsonObject *answer)
{
  const char *subscription = dmc_json_get_string (answer, "subscription", NULL);

  if (subscription == NULL)
    return;
  /* The watch may have ended while the answer was on its way. */
  if (watch == NULL) {
    unsubscribe (self, subscription);
    return;
  }
  g_free (watch->subscription);
  watch->subscription = g_strdup (subscription);
  watch->seq = 0;
}

static void
subscribed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Asked *asked = data;
  g_autoptr (DmcEndpoint) self = asked->endpoint;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = dmc_client_call_finish (DMC_CLIENT (source), result, &error);
  Watch *watch = find_watch (self, asked->watch_id);

  if (self->client != DMC_CLIENT (source))
    return;
  /* An endpoint may lack a topic; then there is nothing to hear, and everything else goes on. */
  if (node == NULL)
    g_info ("The %s endpoint refuses a subscription: %s", self->name, error->message);
  else if (JSON_NODE_HOLDS_OBJECT (node))
    take_subscription (self, watch, json_node_get_object (node));
  if (asked->counted)
    one_answered (self);
}

static void
subscribe (DmcEndpoint *self, Watch *watch)
{
  JsonArray *topics = json_array_new ();
  g_autoptr (JsonNode) params = NULL;
  Asked *asked = g_new (Asked, 1);

  for (char **topic = watch->topics; *topic != NULL; topic++)
    json_array_add_string_element (topics, *topic);
  params = dmc_json_node ("topics:a", topics, "interval_ms:i", (gint64) watch->interval_ms, NULL);
  asked->endpoint = g_object_ref (self);
  asked->watch_id = watch->id;
  asked->counted = self->unanswered > 0;
  self->unanswered += asked->counted ? 1 : 0;
  watch->asked = TRUE;
  dmc_client_call_async (self->client, "events.subscribe", params, self->cancellable, subscribed,
                         asked);
}

static Watch *
find_subscription (DmcEndpoint *self, const char *subscription)
{
  for (guint i = 0; i < self->watches->len; i++) {
    Watch *watch = g_ptr_array_index (self->watches, i);

    if (g_strcmp0 (watch->subscription, subscription) == 0)
      return watch;
  }
  return NULL;
}

/**
 * dmc_endpoint_notified: (skip)
 * @client: the connection
 * @method: the notification's method
 * @params: its parameters
 * @self: an endpoint
 *
 * Hands an event to the watch that asked for it. Where numbers are missing, events were lost, and
 * whoever mirrors state is told to ask for it anew.
 */
void
dmc_endpoint_notified (DmcClient   *client,
                       const char  *method,
                       JsonObject  *params,
                       DmcEndpoint *self)
{
  g_autoptr (DmcEndpoint) keep = g_object_ref (self);
  const char *subscription = dmc_json_get_string (params, "subscription", NULL);
  const char *topic = dmc_json_get_string (params, "topic", NULL);
  JsonNode *data = json_object_get_member (params, "data");
  gint64 seq = dmc_json_get_int (params, "seq", 0);
  Watch *watch;
  gboolean lost;

  if (!g_str_equal (method, "event") || subscription == NULL || topic == NULL || data == NULL)
    return;
  watch = find_subscription (self, subscription);
  if (watch == NULL)
    return;
  lost = seq != watch->seq + 1;
  watch->seq = seq;
  watch->func (topic, dmc_json_get_int (params, "time_us", 0), data, watch->user_data);
  if (lost)
    g_signal_emit_by_name (self, "resync");
}

/**
 * dmc_endpoint_subscribe_all: (skip)
 * @self: an endpoint that has just connected
 */
void
dmc_endpoint_subscribe_all (DmcEndpoint *self)
{
  for (guint i = 0; self->client != NULL && i < self->watches->len; i++) {
    Watch *watch = g_ptr_array_index (self->watches, i);

    if (!watch->asked)
      subscribe (self, watch);
  }
  one_answered (self);
}

/**
 * dmc_endpoint_forget_subscriptions: (skip)
 * @self: an endpoint whose connection is gone
 */
void
dmc_endpoint_forget_subscriptions (DmcEndpoint *self)
{
  self->unanswered = 0;
  for (guint i = 0; i < self->watches->len; i++) {
    Watch *watch = g_ptr_array_index (self->watches, i);

    g_clear_pointer (&watch->subscription, g_free);
    watch->asked = FALSE;
  }
}

/**
 * dmc_endpoint_init_watches: (skip)
 * @self: a new endpoint
 */
void
dmc_endpoint_init_watches (DmcEndpoint *self)
{
  self->watches = g_ptr_array_new_with_free_func (watch_free);
}

/**
 * dmc_endpoint_watch:
 * @self: an endpoint
 * @topics: (array zero-terminated=1): the topics to hear
 * @interval_ms: how often samples may come, at least 100
 * @func: (scope notified): told of each event
 * @user_data: handed to @func
 * @destroy: (nullable): frees @user_data
 *
 * Hears the topics for as long as the watch lasts, over reconnects.
 *
 * Returns: the watch's number, for dmc_endpoint_unwatch()
 */
guint
dmc_endpoint_watch (DmcEndpoint       *self,
                    const char *const *topics,
                    guint              interval_ms,
                    DmcEventFunc       func,
                    gpointer           user_data,
                    GDestroyNotify     destroy)
{
  Watch *watch;

  g_return_val_if_fail (DMC_IS_ENDPOINT (self), 0);
  g_return_val_if_fail (topics != NULL && topics[0] != NULL && func != NULL, 0);
  watch = g_new0 (Watch, 1);
  watch->id = ++self->last_watch;
  watch->topics = g_strdupv ((char **) topics);
  watch->interval_ms = MAX (interval_ms, 100);
  watch->func = func;
  watch->user_data = user_data;
  watch->destroy = destroy;
  g_ptr_array_add (self->watches, watch);
  if (self->state == DMC_ENDPOINT_CONNECTED)
    subscribe (self, watch);
  return watch->id;
}

/**
 * dmc_endpoint_unwatch:
 * @self: an endpoint
 * @watch_id: what dmc_endpoint_watch() gave
 *
 * Ends a watch.
 */
void
dmc_endpoint_unwatch (DmcEndpoint *self, guint watch_id)
{
  Watch *watch;

  g_return_if_fail (DMC_IS_ENDPOINT (self));
  watch = find_watch (self, watch_id);
  g_return_if_fail (watch != NULL);
  if (watch->subscription != NULL && self->client != NULL)
    unsubscribe (self, watch->subscription);
  g_ptr_array_remove (self->watches, watch);
}
