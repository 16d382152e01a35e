/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/client.h"

#include "rpc/channel.h"
#include "rpc/framing.h"
#include "rpc/json.h"
#include "rpc/listener.h"
#include "rpc/message.h"

/* A call under way; freeing it stops the watch over its cancellable. */
typedef struct {
  DmcClient *client; /* unowned: it owns us */
  guint64    id;
  GTask     *task;
  GSource   *cancelled;
} Call;

struct _DmcClient {
  GObject       parent_instance;
  DmcChannel   *channel; /* NULL once closed */
  GMainContext *context; /* where answers arrive */
  GHashTable   *calls;   /* &Call.id -> Call */
  guint64       last_id;
};

G_DEFINE_FINAL_TYPE (DmcClient, dmc_client, G_TYPE_OBJECT)

enum { EVENT, NOTIFICATION, CLOSED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
call_free (gpointer data)
{
  Call *call = data;

  if (call->cancelled != NULL)
    g_source_destroy (call->cancelled);
  g_clear_pointer (&call->cancelled, g_source_unref);
  g_object_unref (call->task);
  g_free (call);
}

static void
dmc_client_dispose (GObject *object)
{
  DmcClient *self = DMC_CLIENT (object);

  dmc_client_close (self);
  G_OBJECT_CLASS (dmc_client_parent_class)->dispose (object);
}

static void
dmc_client_finalize (GObject *object)
{
  DmcClient *self = DMC_CLIENT (object);

  g_hash_table_unref (self->calls);
  g_clear_pointer (&self->context, g_main_context_unref);
  G_OBJECT_CLASS (dmc_client_parent_class)->finalize (object);
}

static void
dmc_client_class_init (DmcClientClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dmc_client_dispose;
  G_OBJECT_CLASS (klass)->finalize = dmc_client_finalize;

  /**
   * DmcClient::event:
   * @self: the client
   * @subscription: which subscription it belongs to
   * @seq: its number in there; a gap shows that events were lost
   * @topic: the topic
   * @data: what happened
   */
  signals[EVENT]
      = g_signal_new ("event", DMC_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                      4, G_TYPE_STRING, G_TYPE_INT64, G_TYPE_STRING, JSON_TYPE_NODE);
  /**
   * DmcClient::notification:
   * @self: the client
   * @method: the notification's method
   * @params: its parameters
   */
  signals[NOTIFICATION]
      = g_signal_new ("notification", DMC_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_STRING, JSON_TYPE_OBJECT);
  /**
   * DmcClient::closed:
   * @self: the client
   * @why: what ended the connection
   */
  signals[CLOSED] = g_signal_new ("closed", DMC_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
dmc_client_init (DmcClient *self)
{
  self->calls = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, call_free);
  self->context = g_main_context_ref_thread_default ();
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Every call under way fails, then "closed" is told. */
static void
end (DmcClient *self, const GError *why)
{
  g_autoptr (DmcClient) keep = g_object_ref (self);
  g_autoptr (GHashTable) calls = NULL;
  GHashTableIter iter;
  gpointer call;

  if (self->channel == NULL)
    return;
  g_clear_pointer (&self->channel, dmc_channel_close);
  calls = g_steal_pointer (&self->calls);
  self->calls = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, call_free);
  g_hash_table_iter_init (&iter, calls);
  while (g_hash_table_iter_next (&iter, NULL, &call))
    g_task_return_error (((Call *) call)->task, g_error_copy (why));
  g_signal_emit (self, signals[CLOSED], 0, why);
}

static GError *
lost (const char *detail)
{
  return dmc_error_new (DMC_ERROR_IO, NULL, "The connection to the endpoint was lost%s%s",
                        detail != NULL ? ": " : "", detail != NULL ? detail : "");
}

/**
 * dmc_client_close:
 * @self: a client
 *
 * Ends the connection. Calls under way fail with DMC_ERROR_CANCELLED.
 */
void
dmc_client_close (DmcClient *self)
{
  g_autoptr (GError) why = NULL;

  g_return_if_fail (DMC_IS_CLIENT (self));
  if (self->channel == NULL)
    return;
  why = dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The connection was closed on this side");
  end (self, why);
}

/**
 * dmc_client_is_open:
 * @self: a client
 *
 * Returns: whether calls can be made
 */
gboolean
dmc_client_is_open (DmcClient *self)
{
  g_return_val_if_fail (DMC_IS_CLIENT (self), FALSE);
  return self->channel != NULL;
}

/* --- what comes ------------------------------------------------------------------------------- */

static void
tell_notification (DmcClient *self, DmcMessage *message)
{
  JsonObject *params = message->params;
  JsonNode *data = json_object_get_member (params, "data");
  const char *subscription = dmc_json_get_string (params, "subscription", NULL);
  const char *topic = dmc_json_get_string (params, "topic", NULL);

  g_signal_emit (self, signals[NOTIFICATION], 0, message->method, params);
  if (g_str_equal (message->method, "event") && subscription != NULL && topic != NULL
      && data != NULL)
    g_signal_emit (self, signals[EVENT], 0, subscription, dmc_json_get_int (params, "seq", 0),
                   topic, data);
}

static void
finish_call (DmcClient *self, DmcMessage *message)
{
  guint64 id = 0;
  Call *call = NULL;

  if (message->id != NULL
      && g_ascii_string_to_unsigned (message->id, 10, 1, G_MAXUINT64, &id, NULL))
    call = g_hash_table_lookup (self->calls, &id);
  if (call == NULL) {
    /* An answer to a call that was cancelled, or a complaint about what it could not read. */
    if (message->error != NULL && id == 0)
      g_warning ("The endpoint complains: %s", message->error->message);
    return;
  }
  g_hash_table_steal (self->calls, &id);
  if (message->error != NULL)
    g_task_return_error (call->task, g_steal_pointer (&message->error));
  else
    g_task_return_pointer (call->task, g_steal_pointer (&message->result),
                           (GDestroyNotify) json_node_unref);
  call_free (call);
}

static void
handle_line (gpointer owner, const char *text, gsize length)
{
  DmcClient *self = owner;
  g_autoptr (DmcClient) keep = g_object_ref (self);
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (DmcMessage) message = { 0 };

  if (text == NULL)
    error = dmc_error_new (DMC_ERROR_PARSE, NULL, "The endpoint sent a message that is too long");
  else
    node = dmc_json_parse (text, (gssize) length, &error);
  if (node == NULL || !dmc_message_read_reply (&message, node, &error)) {
    /* What an endpoint means cannot be known any more once it does not keep to the protocol. */
    end (self, error);
    return;
  }
  if (message.method != NULL)
    tell_notification (self, &message);
  else
    finish_call (self, &message);
}

static void
stream_ended (gpointer owner, gboolean cut)
{
  g_autoptr (GError) why = lost (NULL);

  end (owner, why);
}

static void
stream_failed (gpointer owner, const GError *error)
{
  g_autoptr (GError) why = lost (error->message);

  end (owner, why);
}

static void
stream_drained (gpointer owner)
{
}

static const DmcChannelHandlers handlers = {
  .line = handle_line,
  .ended = stream_ended,
  .failed = stream_failed,
  .drained = stream_drained,
};

/* --- connecting ------------------------------------------------------------------------------- */

/**
 * dmc_client_new_for_stream:
 * @stream: a connection to an endpoint
 *
 * Returns: (transfer full): a client on it, on the thread-default main context
 */
DmcClient *
dmc_client_new_for_stream (GIOStream *stream)
{
  DmcClient *self;

  g_return_val_if_fail (G_IS_IO_STREAM (stream), NULL);
  self = g_object_new (DMC_TYPE_CLIENT, NULL);
  self->channel = dmc_channel_new (stream, DMC_MAX_REPLY, &handlers, self);
  dmc_channel_start (self->channel);
  return self;
}

static GError *
explain_connect (const char *path, const GError *why)
{
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_copy (why);
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)
      || g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    return dmc_error_new (DMC_ERROR_IO, "Start it with ./start, or set DOMICILE_RUNTIME_DIR",
                          "Nothing serves the socket %s", path);
  return dmc_error_new (DMC_ERROR_IO, NULL, "The socket %s cannot be reached: %s", path,
                        why->message);
}

static void
connected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) stream =
      g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);

  if (stream == NULL)
    g_task_return_error (task, explain_connect (g_task_get_task_data (task), error));
  else
    g_task_return_pointer (task, dmc_client_new_for_stream (G_IO_STREAM (stream)), g_object_unref);
}

/**
 * dmc_client_connect_async:
 * @socket_path: the endpoint's socket
 * @cancellable: (nullable): to give up
 * @callback: called when it is connected, or not
 * @user_data: handed to @callback
 */
void
dmc_client_connect_async (const char          *socket_path,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (GSocketClient) connector = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = NULL;
  GError *error = NULL;

  g_return_if_fail (socket_path != NULL);
  g_task_set_source_tag (task, dmc_client_connect_async);
  g_task_set_task_data (task, g_strdup (socket_path), g_free);
  address = dmc_socket_address_new (socket_path, &error);
  if (address == NULL) {
    g_task_return_error (task, error);
    return;
  }
  g_socket_client_set_enable_proxy (connector, FALSE);
  g_socket_client_connect_async (connector, G_SOCKET_CONNECTABLE (address), cancellable, connected,
                                 g_steal_pointer (&task));
}

/**
 * dmc_client_connect_finish:
 * @result: what the callback got
 * @error: DMC_ERROR_IO: nothing serves that socket, or it cannot be reached
 *
 * Returns: (transfer full) (nullable): the client
 */
DmcClient *
dmc_client_connect_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (G_IS_TASK (result), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

/**
 * dmc_client_connect_sync:
 * @socket_path: the endpoint's socket
 * @cancellable: (nullable): to give up
 * @error: as in dmc_client_connect_finish()
 *
 * Connects, running the thread-default main context until it is done.
 *
 * Returns: (transfer full) (nullable): the client
 */
DmcClient *
dmc_client_connect_sync (const char *socket_path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  g_autoptr (GAsyncResult) result = NULL;

  dmc_client_connect_async (socket_path, cancellable, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (context, TRUE);
  return dmc_client_connect_finish (result, error);
}

/* --- calling ---------------------------------------------------------------------------------- */

static gboolean
call_cancelled (GCancellable *cancellable, gpointer data)
{
  Call *call = data;

  g_hash_table_steal (call->client->calls, &call->id);
  g_task_return_error_if_cancelled (call->task);
  call_free (call);
  return G_SOURCE_REMOVE;
}

/* Readies a call and gives its id; 0 where the connection is closed, and the call has failed then.
 */
static guint64
begin_call (DmcClient           *self,
            GCancellable        *cancellable,
            GAsyncReadyCallback  callback,
            gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Call *call;

  g_task_set_source_tag (task, dmc_client_call_async);
  if (self->channel == NULL) {
    g_task_return_error (
        task, dmc_error_new (DMC_ERROR_IO, NULL, "There is no connection to the endpoint"));
    return 0;
  }
  call = g_new0 (Call, 1);
  call->client = self;
  call->id = ++self->last_id;
  call->task = g_steal_pointer (&task);
  g_hash_table_insert (self->calls, &call->id, call);
  if (cancellable != NULL) {
    call->cancelled = g_cancellable_source_new (cancellable);
    g_source_set_callback (call->cancelled, G_SOURCE_FUNC (call_cancelled), call, NULL);
    g_source_attach (call->cancelled, self->context);
  }
  return call->id;
}

/**
 * dmc_client_call_async:
 * @self: a client
 * @method: the method
 * @params: (transfer none) (nullable): an object with its parameters
 * @cancellable: (nullable): to stop waiting; the endpoint is not told
 * @callback: called with the answer
 * @user_data: handed to @callback
 */
void
dmc_client_call_async (DmcClient           *self,
                       const char          *method,
                       JsonNode            *params,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_autoptr (GString) text = NULL;
  guint64 id;

  g_return_if_fail (DMC_IS_CLIENT (self));
  g_return_if_fail (method != NULL);
  g_return_if_fail (params == NULL || JSON_NODE_HOLDS_OBJECT (params));
  id = begin_call (self, cancellable, callback, user_data);
  if (id == 0)
    return;
  text = g_string_new (NULL);
  dmc_message_append_call (text, id, method, params);
  g_string_append_c (text, '\n');
  dmc_channel_send (self->channel, text->str, text->len);
}

/**
 * dmc_client_call_secret_async:
 * @self: a client
 * @method: the method
 * @params: (transfer none) (nullable): an object with its parameters, but the secret ones
 * @secrets: (array length=n_secrets): the secret ones
 * @n_secrets: how many, at least one
 * @cancellable: (nullable): to stop waiting; the endpoint is not told
 * @callback: called with the answer, to be taken by dmc_client_call_finish()
 * @user_data: handed to @callback
 */
void
dmc_client_call_secret_async (DmcClient           *self,
                              const char          *method,
                              JsonNode            *params,
                              const DmcSecretParam *secrets,
                              guint                n_secrets,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  DmcBuffer line = { 0 };
  guint64 id;

  g_return_if_fail (DMC_IS_CLIENT (self));
  g_return_if_fail (method != NULL && n_secrets > 0);
  g_return_if_fail (params == NULL || JSON_NODE_HOLDS_OBJECT (params));
  id = begin_call (self, cancellable, callback, user_data);
  if (id == 0)
    return;
  dmc_message_begin_secret_call (&line, id, method, params);
  for (guint i = 0; i < n_secrets; i++)
    dmc_message_append_secret (&line, secrets[i].member, dmc_passphrase_get_text (secrets[i].secret), i == n_secrets - 1);
  dmc_channel_send (self->channel, dmc_buffer_get_data (&line), dmc_buffer_get_length (&line));
  dmc_buffer_clear (&line);
}

/**
 * dmc_client_call_finish:
 * @self: a client
 * @result: what the callback got
 * @error: the endpoint's error, or DMC_ERROR_IO where the connection was lost
 *
 * Returns: (transfer full) (nullable): the result
 */
JsonNode *
dmc_client_call_finish (DmcClient *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * dmc_client_call_sync:
 * @self: a client
 * @method: the method
 * @params: (transfer none) (nullable): an object with its parameters
 * @cancellable: (nullable): to stop waiting
 * @error: as in dmc_client_call_finish()
 *
 * Calls, running the client's main context until the answer is there.
 *
 * Returns: (transfer full) (nullable): the result
 */
JsonNode *
dmc_client_call_sync (DmcClient *self,
                      const char *method,
                      JsonNode *params,
                      GCancellable *cancellable,
                      GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  g_return_val_if_fail (DMC_IS_CLIENT (self), NULL);
  dmc_client_call_async (self, method, params, cancellable, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (self->context, TRUE);
  return dmc_client_call_finish (self, result, error);
}

/**
 * dmc_endpoint_socket_path:
 * @endpoint: "control" or "agent"
 *
 * Returns: (transfer full): its socket: in $DOMICILE_RUNTIME_DIR, or else in
 * $XDG_RUNTIME_DIR/domicile
 */
char *
dmc_endpoint_socket_path (const char *endpoint)
{
  const char *folder = g_getenv ("DOMICILE_RUNTIME_DIR");
  g_autofree char *name = g_strconcat (endpoint, ".sock", NULL);

  if (folder != NULL && *folder != '\0')
    return g_build_filename (folder, name, NULL);
  return g_build_filename (g_get_user_runtime_dir (), "domicile", name, NULL);
}
