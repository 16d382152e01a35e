/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/server.h"

#include <unistd.h>

#include "rpc/json.h"
#include "rpc/listener.h"
#include "rpc/request-private.h"
#include "rpc/server-private.h"

/* A process has some thousand descriptors at most, and needs some for its own work. */
#define MAX_CLIENTS 512

typedef struct {
  DmcMethodFunc  func;
  gpointer       user_data;
  GDestroyNotify destroy;
} Method;

struct _DmcServer {
  GObject      parent_instance;
  char        *endpoint;
  DmcOpenrpc  *openrpc;
  GHashTable  *methods; /* name -> Method */
  GHashTable  *topics;  /* name -> DmcTopic */
  GPtrArray   *connections;
  GQueue       jobs; /* of DmcJob, oldest first */
  DmcListener *listener;
  guint64      last_number;
  gboolean     checks_results;
};

G_DEFINE_FINAL_TYPE (DmcServer, dmc_server, G_TYPE_OBJECT)

static void
method_free (gpointer data)
{
  Method *method = data;

  if (method->destroy != NULL)
    method->destroy (method->user_data);
  g_free (method);
}

static void
dmc_server_dispose (GObject *object)
{
  DmcServer *self = DMC_SERVER (object);

  dmc_server_close (self);
  g_queue_clear_full (&self->jobs, g_object_unref);
  g_hash_table_remove_all (self->methods);
  g_hash_table_remove_all (self->topics);
  G_OBJECT_CLASS (dmc_server_parent_class)->dispose (object);
}

static void
dmc_server_finalize (GObject *object)
{
  DmcServer *self = DMC_SERVER (object);

  g_clear_pointer (&self->openrpc, dmc_openrpc_unref);
  g_hash_table_unref (self->methods);
  g_hash_table_unref (self->topics);
  g_ptr_array_unref (self->connections);
  g_free (self->endpoint);
  G_OBJECT_CLASS (dmc_server_parent_class)->finalize (object);
}

static void
dmc_server_class_init (DmcServerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dmc_server_dispose;
  G_OBJECT_CLASS (klass)->finalize = dmc_server_finalize;
}

static void
dmc_server_init (DmcServer *self)
{
  self->methods = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, method_free);
  self->topics
      = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) dmc_topic_free);
  self->connections = g_ptr_array_new_with_free_func (g_object_unref);
  g_queue_init (&self->jobs);
  self->checks_results = g_getenv ("DOMICILE_CHECK_RESULTS") != NULL;
}

/**
 * dmc_server_new:
 * @endpoint: "control" or "agent"
 * @openrpc: (nullable): the endpoint's own OpenRPC document as JSON text; the methods of every
 * endpoint are merged into it
 * @error: what is wrong with the document
 *
 * Makes a server that answers rpc.discover, events.*, and job.*. It lives on the thread-default
 * main context. With DOMICILE_CHECK_RESULTS in the environment it also checks its own answers, and
 * warns.
 *
 * Returns: (transfer full): the server
 */
DmcServer *
dmc_server_new (const char *endpoint, GBytes *openrpc, GError **error)
{
  g_autoptr (DmcServer) self = g_object_new (DMC_TYPE_SERVER, NULL);

  g_return_val_if_fail (endpoint != NULL, NULL);
  self->endpoint = g_strdup (endpoint);
  self->openrpc = dmc_openrpc_new (openrpc, error);
  if (self->openrpc == NULL)
    return NULL;
  dmc_server_add_common_methods (self);
  dmc_server_add_job_methods (self);
  return g_steal_pointer (&self);
}

/* --- clients ---------------------------------------------------------------------------------- */

static void
client_came (GSocketConnection *stream, gpointer data)
{
  dmc_server_add_stream (data, G_IO_STREAM (stream), "admin");
}

/**
 * dmc_server_listen:
 * @self: a server
 * @socket_path: where to listen; its folder is made (0700) where it is missing
 * @error: DMC_ERROR_EXISTS where another process listens there, DMC_ERROR_IO otherwise
 *
 * Serves a unix socket of mode 0600 to processes of our own user and root. A socket that a dead
 * process left behind is replaced.
 *
 * Returns: whether it listens
 */
gboolean
dmc_server_listen (DmcServer *self, const char *socket_path, GError **error)
{
  g_return_val_if_fail (DMC_IS_SERVER (self), FALSE);
  g_return_val_if_fail (self->listener == NULL, FALSE);
  self->listener = dmc_listener_new (socket_path, client_came, self, error);
  return self->listener != NULL;
}

/**
 * dmc_server_add_stream:
 * @self: a server
 * @stream: a connection
 * @role: what its client may do: "viewer", "operator" or "admin"
 *
 * Serves one more client.
 */
void
dmc_server_add_stream (DmcServer *self, GIOStream *stream, const char *role)
{
  DmcConnection *connection;

  g_return_if_fail (DMC_IS_SERVER (self));
  g_return_if_fail (G_IS_IO_STREAM (stream));
  if (self->connections->len >= MAX_CLIENTS) {
    g_warning ("More than %d clients: one is turned away", MAX_CLIENTS);
    g_io_stream_close (stream, NULL, NULL);
    return;
  }
  connection = dmc_connection_new (self, stream, role);
  g_ptr_array_add (self->connections, connection);
  dmc_connection_start (connection);
}

/**
 * dmc_server_forget: (skip)
 * @self: a server
 * @connection: one of its connections, closed
 */
void
dmc_server_forget (DmcServer *self, DmcConnection *connection)
{
  g_ptr_array_remove_fast (self->connections, connection);
}

/**
 * dmc_server_close:
 * @self: a server
 *
 * Stops listening, removes the socket, closes all clients and cancels all jobs.
 */
void
dmc_server_close (DmcServer *self)
{
  g_return_if_fail (DMC_IS_SERVER (self));
  g_clear_pointer (&self->listener, dmc_listener_free);
  while (self->connections->len > 0)
    dmc_connection_close (g_ptr_array_index (self->connections, self->connections->len - 1));
  for (GList *l = self->jobs.head; l != NULL; l = l->next)
    g_cancellable_cancel (dmc_job_get_cancellable (l->data));
}

/**
 * dmc_server_get_n_clients:
 * @self: a server
 *
 * Returns: how many clients are connected
 */
guint
dmc_server_get_n_clients (DmcServer *self)
{
  g_return_val_if_fail (DMC_IS_SERVER (self), 0);
  return self->connections->len;
}

/* --- methods ---------------------------------------------------------------------------------- */

/**
 * dmc_server_add_method:
 * @self: a server
 * @name: the method, which the document describes
 * @func: (scope notified): what answers it
 * @user_data: handed to @func
 * @destroy: (nullable): frees @user_data
 */
void
dmc_server_add_method (DmcServer     *self,
                       const char    *name,
                       DmcMethodFunc  func,
                       gpointer       user_data,
                       GDestroyNotify destroy)
{
  Method *method;

  g_return_if_fail (DMC_IS_SERVER (self));
  g_return_if_fail (name != NULL && func != NULL);
  if (!dmc_openrpc_has_method (self->openrpc, name)) {
    g_critical ("The method %s is not in the OpenRPC document of %s and cannot be served", name,
                self->endpoint);
    if (destroy != NULL)
      destroy (user_data);
    return;
  }
  method = g_new0 (Method, 1);
  method->func = func;
  method->user_data = user_data;
  method->destroy = destroy;
  g_hash_table_insert (self->methods, g_strdup (name), method);
}

/**
 * dmc_server_dispatch: (skip)
 * @self: a server
 * @request: a request that has come
 *
 * Has it answered.
 */
void
dmc_server_dispatch (DmcServer *self, DmcRequest *request)
{
  const char *name = dmc_request_get_method (request);
  Method *method = g_hash_table_lookup (self->methods, name);
  g_autoptr (DmcServer) keep = g_object_ref (self);
  GError *error = NULL;

  if (method == NULL) {
    dmc_request_fail (request, dmc_error_new (DMC_ERROR_METHOD, "rpc.discover lists the methods",
                                              "The %s endpoint has no method \"%.100s\"",
                                              self->endpoint, name));
    return;
  }
  if (!dmc_openrpc_check_params (self->openrpc, name, dmc_request_get_params (request), &error)) {
    dmc_request_fail (request, error);
    return;
  }
  method->func (request, dmc_request_get_params (request), method->user_data);
}

/**
 * dmc_server_info_base:
 * @self: a server
 * @request: the request for server.info
 *
 * Returns: (transfer full): {product, version, protocol, endpoint, role, pid}
 */
JsonObject *
dmc_server_info_base (DmcServer *self, DmcRequest *request)
{
  g_return_val_if_fail (DMC_IS_SERVER (self), NULL);
  return dmc_json_object ("product:s", "Domicile", "version:s", DMC_VERSION, "protocol:i",
                          (gint64) 1, "endpoint:s", self->endpoint, "role:s",
                          dmc_request_get_role (request), "pid:i", (gint64) getpid (), NULL);
}

/* --- topics ----------------------------------------------------------------------------------- */

/**
 * dmc_server_add_topic:
 * @self: a server
 * @topic: the topic's name
 * @sampled: whether events are samples, thinned out to what each client asks for
 * @demand: (nullable) (scope notified): told when the demand changes
 * @user_data: handed to @demand
 * @destroy: (nullable): frees @user_data
 */
void
dmc_server_add_topic (DmcServer     *self,
                      const char    *topic,
                      gboolean       sampled,
                      DmcTopicFunc   demand,
                      gpointer       user_data,
                      GDestroyNotify destroy)
{
  DmcTopic *added;

  g_return_if_fail (DMC_IS_SERVER (self));
  g_return_if_fail (topic != NULL && !g_hash_table_contains (self->topics, topic));
  added = dmc_topic_new (topic, sampled);
  added->demand = demand;
  added->user_data = user_data;
  added->destroy = destroy;
  g_hash_table_insert (self->topics, added->name, added);
}

/**
 * dmc_server_emit_at:
 * @self: a server
 * @topic: a topic that was added
 * @time_us: when it happened, µs since the Unix epoch
 * @data: (transfer full): what happened
 *
 * Sends an event to all who listen.
 */
void
dmc_server_emit_at (DmcServer *self, const char *topic, gint64 time_us, JsonNode *data)
{
  g_autoptr (JsonNode) owned = data;
  g_autofree char *text = NULL;
  DmcTopic *found;

  g_return_if_fail (DMC_IS_SERVER (self));
  found = g_hash_table_lookup (self->topics, topic);
  g_return_if_fail (found != NULL);
  if (found->listeners->len == 0)
    return;
  text = dmc_json_print (data, NULL);
  dmc_topic_emit (found, time_us, text);
}

/**
 * dmc_server_emit:
 * @self: a server
 * @topic: a topic that was added
 * @data: (transfer full): what happened, just now
 *
 * Sends an event to all who listen.
 */
void
dmc_server_emit (DmcServer *self, const char *topic, JsonNode *data)
{
  dmc_server_emit_at (self, topic, g_get_real_time (), data);
}

/* --- for the common methods ------------------------------------------------------------------- */

/**
 * dmc_server_get_openrpc: (skip)
 * @self: a server
 *
 * Returns: (transfer none): its document
 */
DmcOpenrpc *
dmc_server_get_openrpc (DmcServer *self)
{
  return self->openrpc;
}

/**
 * dmc_server_get_checks_results: (skip)
 * @self: a server
 *
 * Returns: whether answers are checked against the document
 */
gboolean
dmc_server_get_checks_results (DmcServer *self)
{
  return self->checks_results;
}

/**
 * dmc_server_get_methods: (skip)
 * @self: a server
 *
 * Returns: (transfer none): the methods it serves, by name
 */
GHashTable *
dmc_server_get_methods (DmcServer *self)
{
  return self->methods;
}

/**
 * dmc_server_get_topics: (skip)
 * @self: a server
 *
 * Returns: (transfer none): the topics it has, name to DmcTopic
 */
GHashTable *
dmc_server_get_topics (DmcServer *self)
{
  return self->topics;
}

/**
 * dmc_server_get_jobs: (skip)
 * @self: a server
 *
 * Returns: (transfer none): its jobs, oldest first
 */
GQueue *
dmc_server_get_jobs (DmcServer *self)
{
  return &self->jobs;
}

/**
 * dmc_server_next_number: (skip)
 * @self: a server
 *
 * Returns: a number that was not given before, for subscriptions and jobs
 */
guint64
dmc_server_next_number (DmcServer *self)
{
  return ++self->last_number;
}
