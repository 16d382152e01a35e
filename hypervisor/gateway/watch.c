/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch.h"

typedef struct {
  char *topic;
  guint wanted_ms;     /* 0: not wanted */
  guint asked_ms;      /* what `subscription` was made with */
  char *subscription;  /* at the control domain; NULL: none */
  gboolean busy;       /* a call about it is under way */
  DmcClient *client;   /* NULL while there is no connection */
  GCancellable *calls; /* ends the call under way together with the connection */
} Watch;

struct _DmcWatchSet {
  GHashTable *watches; /* topic -> Watch */
  DmcClient *client;
};

static void watch_sync (Watch *watch);

static void
watch_disconnect (Watch *watch)
{
  g_cancellable_cancel (watch->calls);
  g_clear_object (&watch->calls);
  g_clear_object (&watch->client);
  g_clear_pointer (&watch->subscription, g_free);
  watch->busy = FALSE;
}

static void
watch_free (Watch *watch)
{
  watch_disconnect (watch);
  g_free (watch->topic);
  g_free (watch);
}

/* Whether the answer still belongs to anybody; the watch of a cancelled call may be gone. */
static JsonNode *
finish_call (GObject *source, GAsyncResult *result, gboolean *cancelled)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = dmc_client_call_finish (DMC_CLIENT (source), result, &error);

  *cancelled = FALSE;
  if (node == NULL) {
    *cancelled = g_error_matches (error, DMC_ERROR, DMC_ERROR_CANCELLED)
                 || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
                 || !dmc_client_is_open (DMC_CLIENT (source));
    if (!*cancelled) {
      g_warning ("The control domain refused a subscription: %s", error->message);
    }
  }
  return node;
}

static void
on_unsubscribed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watch *watch = user_data;
  gboolean cancelled;
  g_autoptr (JsonNode) node = finish_call (source, result, &cancelled);

  if (!cancelled) {
    watch->busy = FALSE;
    watch_sync (watch);
  }
}

static void
on_subscribed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watch *watch = user_data;
  gboolean cancelled;
  g_autoptr (JsonNode) node = finish_call (source, result, &cancelled);

  if (cancelled) {
    return;
  }
  watch->busy = FALSE;
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node)) {
    return; /* asked again when the wish changes or the connection is made anew */
  }
  watch->subscription = g_strdup (json_object_get_string_member_with_default (
      json_node_get_object (node), "subscription", NULL));
  watch_sync (watch);
}

static void
unsubscribe (Watch *watch)
{
  g_autoptr (JsonNode) params = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();

  json_object_set_string_member (object, "subscription", watch->subscription);
  json_node_set_object (params, object);
  g_clear_pointer (&watch->subscription, g_free);
  watch->asked_ms = 0;
  watch->busy = TRUE;
  dmc_client_call_async (watch->client, "events.unsubscribe", params, watch->calls, on_unsubscribed,
                         watch);
}

static void
subscribe (Watch *watch)
{
  g_autoptr (JsonNode) params = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();
  JsonArray *topics = json_array_new ();

  json_array_add_string_element (topics, watch->topic);
  json_object_set_array_member (object, "topics", topics);
  json_object_set_int_member (object, "interval_ms", watch->wanted_ms);
  json_node_set_object (params, object);
  watch->asked_ms = watch->wanted_ms;
  watch->busy = TRUE;
  dmc_client_call_async (watch->client, "events.subscribe", params, watch->calls, on_subscribed,
                         watch);
}

/* Does the next step towards what is wanted. */
static void
watch_sync (Watch *watch)
{
  if (watch->client == NULL || watch->busy) {
    return;
  }
  if (watch->subscription != NULL && watch->asked_ms != watch->wanted_ms) {
    unsubscribe (watch);
  } else if (watch->subscription == NULL && watch->wanted_ms != 0) {
    subscribe (watch);
  }
}

static void
watch_connect (Watch *watch, DmcClient *client)
{
  watch->client = g_object_ref (client);
  watch->calls = g_cancellable_new ();
  watch->asked_ms = 0;
  watch_sync (watch);
}

DmcWatchSet *
dmc_watch_set_new (void)
{
  DmcWatchSet *self = g_new0 (DmcWatchSet, 1);

  self->watches = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)watch_free);
  return self;
}

void
dmc_watch_set_free (DmcWatchSet *self)
{
  g_hash_table_unref (self->watches);
  g_clear_object (&self->client);
  g_free (self);
}

void
dmc_watch_set_want (DmcWatchSet *self, const char *topic, guint interval_ms)
{
  Watch *watch = g_hash_table_lookup (self->watches, topic);

  if (watch == NULL) {
    watch = g_new0 (Watch, 1);
    watch->topic = g_strdup (topic);
    g_hash_table_insert (self->watches, watch->topic, watch);
    if (self->client != NULL) {
      watch_connect (watch, self->client);
    }
  }
  watch->wanted_ms = interval_ms;
  watch_sync (watch);
}

gboolean
dmc_watch_set_wants (DmcWatchSet *self, const char *topic)
{
  Watch *watch = topic != NULL ? g_hash_table_lookup (self->watches, topic) : NULL;

  return watch != NULL && watch->wanted_ms != 0;
}

void
dmc_watch_set_connect (DmcWatchSet *self, DmcClient *client)
{
  GHashTableIter iter;
  gpointer watch;

  g_set_object (&self->client, client);
  g_hash_table_iter_init (&iter, self->watches);
  while (g_hash_table_iter_next (&iter, NULL, &watch)) {
    watch_connect (watch, client);
  }
}

void
dmc_watch_set_disconnect (DmcWatchSet *self)
{
  GHashTableIter iter;
  gpointer watch;

  g_clear_object (&self->client);
  g_hash_table_iter_init (&iter, self->watches);
  while (g_hash_table_iter_next (&iter, NULL, &watch)) {
    watch_disconnect (watch);
  }
}
