/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/connection.h"

#include "rpc/channel.h"
#include "rpc/error.h"
#include "rpc/framing.h"
#include "rpc/json-span.h"
#include "rpc/json.h"
#include "rpc/message.h"
#include "rpc/request-private.h"
#include "rpc/server-private.h"

/* A client is not read while more of its requests than this are unanswered, until half are. */
#define MAX_IN_FLIGHT 256
/* A client for which more bytes than this wait is dropped; samples are left out well before. */
#define MAX_WAITING    (8 * 1024 * 1024)
#define BEHIND_WAITING (1024 * 1024)
#define MAX_SUBSCRIPTIONS 64

struct _DmcConnection {
  GObject     parent_instance;
  DmcServer  *server; /* unowned; NULL once closed */
  DmcChannel *channel; /* NULL once closed */
  char       *role;
  GHashTable *in_flight; /* set of DmcRequest, unowned: each takes itself out when it is answered */
  GPtrArray  *subscriptions;
  GSource    *hangup; /* after the client's last line: tells when it stops listening too */
  gsize       batched; /* bytes that wait in batches */
  gboolean    ended;
  guint       drop; /* idle source that closes a connection which is not to be closed right now */
};

G_DEFINE_FINAL_TYPE (DmcConnection, dmc_connection, G_TYPE_OBJECT)

struct _DmcBatch {
  DmcConnection *connection;
  GString       *text;
};

static void
dmc_connection_finalize (GObject *object)
{
  DmcConnection *self = DMC_CONNECTION (object);

  g_assert (self->channel == NULL);
  g_hash_table_unref (self->in_flight);
  g_ptr_array_unref (self->subscriptions);
  g_free (self->role);
  G_OBJECT_CLASS (dmc_connection_parent_class)->finalize (object);
}

static void
dmc_connection_class_init (DmcConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_connection_finalize;
}

static void
dmc_connection_init (DmcConnection *self)
{
  self->in_flight = g_hash_table_new (NULL, NULL);
  self->subscriptions = g_ptr_array_new_with_free_func ((GDestroyNotify) dmc_subscription_free);
}

/* --- the end ---------------------------------------------------------------------------------- */

static gboolean
drop_now (gpointer data)
{
  DmcConnection *self = data;

  self->drop = 0;
  dmc_connection_close (self);
  return G_SOURCE_REMOVE;
}

/* Closing frees subscriptions and may end in a handler's hands, so it never happens while sending.
 */
static void
drop_soon (DmcConnection *self)
{
  if (self->drop == 0 && self->channel != NULL)
    self->drop = g_idle_add_full (G_PRIORITY_HIGH, drop_now, g_object_ref (self), g_object_unref);
}

/* A client that has sent its last line stays as long as there is something for it to hear. */
static void
close_when_done (DmcConnection *self)
{
  if (self->channel != NULL && self->ended && g_hash_table_size (self->in_flight) == 0
      && self->subscriptions->len == 0 && dmc_channel_get_waiting (self->channel) == 0)
    drop_soon (self);
}

/**
 * dmc_connection_close: (skip)
 * @self: a connection
 *
 * Ends it: its subscriptions end, its requests under way are told, what waits is dropped.
 */
void
dmc_connection_close (DmcConnection *self)
{
  DmcServer *server = self->server;
  g_autoptr (DmcConnection) keep = g_object_ref (self);
  g_autoptr (GPtrArray) requests = NULL;
  GHashTableIter iter;
  gpointer request;

  if (self->channel == NULL)
    return;
  g_clear_handle_id (&self->drop, g_source_remove);
  if (self->hangup != NULL)
    g_source_destroy (self->hangup);
  g_clear_pointer (&self->hangup, g_source_unref);
  g_clear_pointer (&self->channel, dmc_channel_close);
  self->server = NULL;
  g_ptr_array_set_size (self->subscriptions, 0);

  requests = g_ptr_array_new_with_free_func (g_object_unref);
  g_hash_table_iter_init (&iter, self->in_flight);
  while (g_hash_table_iter_next (&iter, &request, NULL))
    g_ptr_array_add (requests, g_object_ref (request));
  for (guint i = 0; i < requests->len; i++)
    dmc_request_abandon (g_ptr_array_index (requests, i));
  dmc_server_forget (server, self);
}

/* --- sending ---------------------------------------------------------------------------------- */

static void
check_waiting (DmcConnection *self)
{
  gsize waiting = self->batched + dmc_channel_get_waiting (self->channel);

  if (waiting <= MAX_WAITING || self->drop != 0)
    return;
  g_info ("A client does not read: %" G_GSIZE_FORMAT " bytes wait for it, it is dropped", waiting);
  drop_soon (self);
}

static void
send_line (DmcConnection *self, GString *text)
{
  if (self->channel == NULL || self->drop != 0)
    return;
  g_string_append_c (text, '\n');
  dmc_channel_send (self->channel, text->str, text->len);
  check_waiting (self);
}

static void
send_error (DmcConnection *self, DmcBatch *batch, const char *id, const GError *error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  dmc_message_append_error (text, id, error);
  dmc_connection_answer (self, NULL, batch, text);
}

/**
 * dmc_connection_send_event: (skip)
 * @self: a connection
 * @text: a notification, without the line's end; it is changed
 */
void
dmc_connection_send_event (DmcConnection *self, GString *text)
{
  send_line (self, text);
}

/**
 * dmc_connection_is_behind: (skip)
 * @self: a connection
 *
 * Returns: whether so much waits for the client that samples had better be left out
 */
gboolean
dmc_connection_is_behind (DmcConnection *self)
{
  return self->channel == NULL || dmc_channel_get_waiting (self->channel) > BEHIND_WAITING;
}

/* --- batches ---------------------------------------------------------------------------------- */

static DmcBatch *
batch_new (DmcConnection *connection)
{
  DmcBatch *self = g_rc_box_new (DmcBatch);

  self->connection = g_object_ref (connection);
  self->text = g_string_new (NULL);
  return self;
}

/**
 * dmc_batch_ref: (skip)
 * @self: a batch
 *
 * Returns: (transfer full): @self, which waits for one answer more
 */
DmcBatch *
dmc_batch_ref (DmcBatch *self)
{
  return g_rc_box_acquire (self);
}

static void
batch_add (DmcBatch *self, GString *text)
{
  g_string_append_c (self->text, self->text->len == 0 ? '[' : ',');
  g_string_append_len (self->text, text->str, (gssize) text->len);
  self->connection->batched += text->len;
  if (self->connection->channel != NULL)
    check_waiting (self->connection);
}

static void
batch_send (gpointer data)
{
  DmcBatch *self = data;

  self->connection->batched -= MIN (self->connection->batched, self->text->len);
  if (self->text->len > 0) {
    g_string_append_c (self->text, ']');
    send_line (self->connection, self->text);
  }
  g_string_free (self->text, TRUE);
  g_object_unref (self->connection);
}

/**
 * dmc_batch_unref: (skip)
 * @self: (transfer full): a batch
 *
 * The last one who lets go sends it; a batch without answers (of notifications only) sends nothing.
 */
void
dmc_batch_unref (DmcBatch *self)
{
  g_rc_box_release_full (self, batch_send);
}

/* --- requests --------------------------------------------------------------------------------- */

/**
 * dmc_connection_answer: (skip)
 * @self: a connection
 * @request: (nullable): the request that is answered
 * @batch: (nullable): the batch it belongs to
 * @text: (nullable): the response; NULL for a notification
 */
void
dmc_connection_answer (DmcConnection *self, DmcRequest *request, DmcBatch *batch, GString *text)
{
  if (request != NULL)
    g_hash_table_remove (self->in_flight, request);
  if (text != NULL && self->channel != NULL) {
    if (batch != NULL)
      batch_add (batch, text);
    else
      send_line (self, text);
  }
  if (self->channel == NULL)
    return;
  if (g_hash_table_size (self->in_flight) <= MAX_IN_FLIGHT / 2)
    dmc_channel_set_paused (self->channel, FALSE);
  close_when_done (self);
}

static void
handle_message (
    DmcConnection *self, JsonNode *node, const char *text, gsize length, DmcBatch *batch)
{
  g_auto (DmcMessage) message = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcRequest) request = NULL;

  if (!dmc_message_read_request (&message, node, text, length, &error)) {
    if (message.id != NULL || error->code == DMC_ERROR_REQUEST)
      send_error (self, batch, message.id, error);
    return;
  }
  request = dmc_request_new (self, batch, message.id, message.method, message.params);
  g_hash_table_add (self->in_flight, request);
  if (g_hash_table_size (self->in_flight) > MAX_IN_FLIGHT)
    dmc_channel_set_paused (self->channel, TRUE);
  dmc_server_dispatch (self->server, request);
}

static void
handle_batch (DmcConnection *self, JsonArray *array, const char *text, gsize length)
{
  const char *cursor = text;
  const char *element = NULL;
  gsize element_length = 0;
  DmcBatch *batch;

  if (json_array_get_length (array) == 0) {
    g_autoptr (GError) error = dmc_error_new (DMC_ERROR_REQUEST, NULL, "A batch must not be empty");

    send_error (self, NULL, NULL, error);
    return;
  }
  batch = batch_new (self);
  for (guint i = 0; i < json_array_get_length (array) && self->channel != NULL && self->drop == 0;
       i++) {
    dmc_json_span_element (&cursor, text + length, &element, &element_length);
    handle_message (self, json_array_get_element (array, i), element, element_length, batch);
  }
  dmc_batch_unref (batch);
}

static void
handle_line (gpointer owner, const char *text, gsize length)
{
  DmcConnection *self = owner;
  g_autoptr (DmcConnection) keep = g_object_ref (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;

  if (self->drop != 0)
    return;
  if (text == NULL)
    error = dmc_error_new (DMC_ERROR_PARSE, NULL, "The message is longer than %d bytes",
                           DMC_MAX_REQUEST);
  else
    node = dmc_json_parse (text, (gssize) length, &error);
  if (node == NULL)
    send_error (self, NULL, NULL, error);
  else if (JSON_NODE_HOLDS_ARRAY (node))
    handle_batch (self, json_node_get_array (node), text, length);
  else
    handle_message (self, node, text, length, NULL);
}

/* --- the stream ------------------------------------------------------------------------------- */

static gboolean
peer_gone (GSocket *socket, GIOCondition condition, gpointer data)
{
  dmc_connection_close (data);
  return G_SOURCE_REMOVE;
}

/* A client may close only its sending side (printf … | nc); it is gone when it hangs up. */
static void
watch_hangup (DmcConnection *self)
{
  GIOStream *stream = dmc_channel_get_stream (self->channel);
  GSocket *socket;

  if (!G_IS_SOCKET_CONNECTION (stream)) {
    drop_soon (self);
    return;
  }
  socket = g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream));
  self->hangup = g_socket_create_source (socket, G_IO_HUP | G_IO_ERR, NULL);
  g_source_set_callback (self->hangup, G_SOURCE_FUNC (peer_gone), self, NULL);
  g_source_attach (self->hangup, g_main_context_get_thread_default ());
}

static void
stream_ended (gpointer owner, gboolean cut)
{
  DmcConnection *self = owner;

  self->ended = TRUE;
  if (cut) {
    g_autoptr (GError) error = dmc_error_new (DMC_ERROR_PARSE, "End each message with a line feed",
                                              "The last message was cut off");

    send_error (self, NULL, NULL, error);
  }
  watch_hangup (self);
  close_when_done (self);
}

static void
stream_failed (gpointer owner, const GError *error)
{
  dmc_connection_close (owner);
}

static void
stream_drained (gpointer owner)
{
  close_when_done (owner);
}

static const DmcChannelHandlers handlers = {
  .line = handle_line,
  .ended = stream_ended,
  .failed = stream_failed,
  .drained = stream_drained,
};

/**
 * dmc_connection_new: (skip)
 * @server: the server; it closes the connection before it goes away
 * @stream: the stream
 * @role: what the client may do
 *
 * Returns: (transfer full): a connection; nothing is read before dmc_connection_start()
 */
DmcConnection *
dmc_connection_new (DmcServer *server, GIOStream *stream, const char *role)
{
  DmcConnection *self = g_object_new (DMC_TYPE_CONNECTION, NULL);

  self->server = server;
  self->role = g_strdup (role);
  self->channel = dmc_channel_new (stream, DMC_MAX_REQUEST, &handlers, self);
  return self;
}

/**
 * dmc_connection_start: (skip)
 * @self: a connection
 *
 * Begins to read.
 */
void
dmc_connection_start (DmcConnection *self)
{
  dmc_channel_start (self->channel);
}

/**
 * dmc_connection_get_server: (skip)
 * @self: a connection
 *
 * Returns: (transfer none) (nullable): its server; NULL once it is closed
 */
DmcServer *
dmc_connection_get_server (DmcConnection *self)
{
  return self->server;
}

/**
 * dmc_connection_get_role: (skip)
 * @self: a connection
 *
 * Returns: (transfer none): what its client may do
 */
const char *
dmc_connection_get_role (DmcConnection *self)
{
  return self->role;
}

/* --- subscriptions ---------------------------------------------------------------------------- */

/**
 * dmc_connection_check_subscribe: (skip)
 * @self: a connection
 * @error: DMC_ERROR_RESOURCE
 *
 * Returns: whether the client may have one more subscription
 */
gboolean
dmc_connection_check_subscribe (DmcConnection *self, GError **error)
{
  GError *refused;

  if (self->subscriptions->len < MAX_SUBSCRIPTIONS)
    return TRUE;
  refused = dmc_error_new (DMC_ERROR_RESOURCE, "End one with events.unsubscribe",
                           "This connection has too many subscriptions");
  dmc_error_set_data (refused, "resource",
                      json_node_init_string (json_node_alloc (), "subscriptions"));
  dmc_error_set_data (refused, "limit",
                      json_node_init_int (json_node_alloc (), MAX_SUBSCRIPTIONS));
  g_propagate_error (error, refused);
  return FALSE;
}

/**
 * dmc_connection_add_subscription: (skip)
 * @self: a connection
 * @id: the subscription's name on the wire
 * @topics: (element-type DmcTopic): to what
 * @interval_ms: how often samples may come
 */
void
dmc_connection_add_subscription (DmcConnection *self,
                                 const char *id,
                                 GPtrArray *topics,
                                 guint interval_ms)
{
  if (self->channel != NULL)
    g_ptr_array_add (self->subscriptions, dmc_subscription_new (self, id, topics, interval_ms));
}

/**
 * dmc_connection_remove_subscription: (skip)
 * @self: a connection
 * @id: a subscription's name on the wire
 *
 * Returns: whether this connection had it
 */
gboolean
dmc_connection_remove_subscription (DmcConnection *self, const char *id)
{
  for (guint i = 0; i < self->subscriptions->len; i++)
    if (g_str_equal (dmc_subscription_get_id (g_ptr_array_index (self->subscriptions, i)), id)) {
      g_ptr_array_remove_index (self->subscriptions, i);
      close_when_done (self);
      return TRUE;
    }
  return FALSE;
}
