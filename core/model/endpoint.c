/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/endpoint-private.h"

#include "rpc/json.h"

/* The pause before the next try, in ms: doubled each time, short enough that a restart is hardly
 * seen. */
#define FIRST_PAUSE_MS 250
#define LAST_PAUSE_MS  5000
/* How long a try may take until server.info has answered, in ms. */
#define ANSWER_MS 10000

G_DEFINE_FINAL_TYPE (DmcEndpoint, dmc_endpoint, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_NAME,
  PROP_PATH,
  PROP_STATE,
  PROP_CONNECTED,
  PROP_ERROR_MESSAGE,
  PROP_VERSION,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

enum { RESYNC, N_SIGNALS };
static guint signals[N_SIGNALS];

static void try_to_connect (DmcEndpoint *self);

GType
dmc_endpoint_state_get_type (void)
{
  static gsize type;
  static const GEnumValue values[] = {
    { DMC_ENDPOINT_DISCONNECTED, "DMC_ENDPOINT_DISCONNECTED", "disconnected" },
    { DMC_ENDPOINT_CONNECTING, "DMC_ENDPOINT_CONNECTING", "connecting" },
    { DMC_ENDPOINT_CONNECTED, "DMC_ENDPOINT_CONNECTED", "connected" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("DmcEndpointState", values));
  return type;
}

static void
dmc_endpoint_dispose (GObject *object)
{
  DmcEndpoint *self = DMC_ENDPOINT (object);

  dmc_endpoint_stop (self);
  g_ptr_array_set_size (self->watches, 0);
  G_OBJECT_CLASS (dmc_endpoint_parent_class)->dispose (object);
}

static void
dmc_endpoint_finalize (GObject *object)
{
  DmcEndpoint *self = DMC_ENDPOINT (object);

  g_ptr_array_unref (self->watches);
  g_free (self->name);
  g_free (self->path);
  g_free (self->error_message);
  G_OBJECT_CLASS (dmc_endpoint_parent_class)->finalize (object);
}

static void
dmc_endpoint_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  DmcEndpoint *self = DMC_ENDPOINT (object);

  switch (id) {
  case PROP_NAME:
    g_value_set_string (value, self->name);
    break;
  case PROP_PATH:
    g_value_set_string (value, self->path);
    break;
  case PROP_STATE:
    g_value_set_enum (value, self->state);
    break;
  case PROP_CONNECTED:
    g_value_set_boolean (value, self->state == DMC_ENDPOINT_CONNECTED);
    break;
  case PROP_ERROR_MESSAGE:
    g_value_set_string (value, self->error_message);
    break;
  case PROP_VERSION:
    g_value_set_string (value, dmc_json_get_string (self->server_info, "version", NULL));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
}

static void
dmc_endpoint_class_init (DmcEndpointClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = dmc_endpoint_dispose;
  object_class->finalize = dmc_endpoint_finalize;
  object_class->get_property = dmc_endpoint_get_property;
  props[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  props[PROP_PATH] = g_param_spec_string ("path", NULL, NULL, NULL, flags);
  props[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, DMC_TYPE_ENDPOINT_STATE, 0, flags);
  props[PROP_CONNECTED] = g_param_spec_boolean ("connected", NULL, NULL, FALSE, flags);
  props[PROP_ERROR_MESSAGE] = g_param_spec_string ("error-message", NULL, NULL, NULL, flags);
  props[PROP_VERSION] = g_param_spec_string ("version", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * DmcEndpoint::resync:
   * @self: the endpoint
   *
   * All watches are subscribed, and what was known before may be out of date.
   */
  signals[RESYNC] = g_signal_new ("resync", DMC_TYPE_ENDPOINT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
}

static void
dmc_endpoint_init (DmcEndpoint *self)
{
  dmc_endpoint_init_watches (self);
  self->pause_ms = FIRST_PAUSE_MS;
}

/**
 * dmc_endpoint_new:
 * @name: "control" or "agent"
 * @path: (nullable): its socket; NULL for the usual place
 *
 * Returns: (transfer full): an endpoint that waits for dmc_endpoint_start()
 */
DmcEndpoint *
dmc_endpoint_new (const char *name, const char *path)
{
  DmcEndpoint *self;

  g_return_val_if_fail (name != NULL, NULL);
  self = g_object_new (DMC_TYPE_ENDPOINT, NULL);
  self->name = g_strdup (name);
  self->path = path != NULL ? g_strdup (path) : dmc_endpoint_socket_path (name);
  return self;
}

/* --- state ------------------------------------------------------------------------------------ */

static void
set_state (DmcEndpoint *self, DmcEndpointState state, const char *error_message)
{
  gboolean was_connected = self->state == DMC_ENDPOINT_CONNECTED;
  gboolean changed = self->state != state;

  g_object_freeze_notify (G_OBJECT (self));
  self->state = state;
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_STATE]);
  if (was_connected != (state == DMC_ENDPOINT_CONNECTED)) {
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_CONNECTED]);
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_VERSION]);
  }
  if (g_strcmp0 (self->error_message, error_message) != 0) {
    g_free (self->error_message);
    self->error_message = g_strdup (error_message);
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_ERROR_MESSAGE]);
  }
  g_object_thaw_notify (G_OBJECT (self));
}

static void
drop_client (DmcEndpoint *self)
{
  g_autoptr (DmcClient) client = g_steal_pointer (&self->client);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->server_info, json_object_unref);
  g_clear_handle_id (&self->deadline, g_source_remove);
  dmc_endpoint_forget_subscriptions (self);
  if (client != NULL) {
    g_signal_handlers_disconnect_by_data (client, self);
    dmc_client_close (client);
  }
}

static gboolean
retry_now (gpointer data)
{
  DmcEndpoint *self = data;

  self->retry = 0;
  try_to_connect (self);
  return G_SOURCE_REMOVE;
}

static void
connection_failed (DmcEndpoint *self, const GError *error)
{
  g_autoptr (DmcEndpoint) keep = g_object_ref (self);

  drop_client (self);
  if (self->started && self->retry == 0) {
    self->retry = g_timeout_add (self->pause_ms, retry_now, self);
    self->pause_ms = MIN (self->pause_ms * 2, LAST_PAUSE_MS);
  }
  set_state (self, DMC_ENDPOINT_DISCONNECTED, error->message);
}

/* --- connecting ------------------------------------------------------------------------------- */

static void
client_closed (DmcClient *client, GError *why, DmcEndpoint *self)
{
  connection_failed (self, why);
}

static void
got_info (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (DmcEndpoint) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = dmc_client_call_finish (DMC_CLIENT (source), result, &error);

  if (self->client != DMC_CLIENT (source))
    return;
  if (node != NULL && !JSON_NODE_HOLDS_OBJECT (node))
    error = dmc_error_new (DMC_ERROR_INTERNAL, NULL, "The %s endpoint does not say who it is",
                           self->name);
  if (error != NULL) {
    connection_failed (self, error);
    return;
  }
  self->server_info = json_object_ref (json_node_get_object (node));
  self->pause_ms = FIRST_PAUSE_MS;
  g_clear_handle_id (&self->deadline, g_source_remove);
  /* One for us, so that watches which others add on "connected" do not finish the round early. */
  self->unanswered = 1;
  set_state (self, DMC_ENDPOINT_CONNECTED, NULL);
  dmc_endpoint_subscribe_all (self);
}

static void
checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (DmcEndpoint) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = dmc_client_call_finish (DMC_CLIENT (source), result, &error);

  if (self->client == DMC_CLIENT (source) && error != NULL)
    connection_failed (self, error);
}

/**
 * dmc_endpoint_check:
 * @self: an endpoint
 *
 * Asks a connected endpoint whether it still works. Behind the socket may stand a gateway that is
 * well while what it leads to is gone; then the endpoint counts as disconnected until its
 * server.info answers again.
 */
void
dmc_endpoint_check (DmcEndpoint *self)
{
  g_return_if_fail (DMC_IS_ENDPOINT (self));
  if (self->state == DMC_ENDPOINT_CONNECTED)
    dmc_client_call_async (self->client, "server.info", NULL, self->cancellable, checked,
                           g_object_ref (self));
}

static void
connected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (DmcEndpoint) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcClient) client = dmc_client_connect_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (client == NULL) {
    connection_failed (self, error);
    return;
  }
  self->client = g_steal_pointer (&client);
  g_signal_connect (self->client, "closed", G_CALLBACK (client_closed), self);
  g_signal_connect (self->client, "notification", G_CALLBACK (dmc_endpoint_notified), self);
  dmc_client_call_async (self->client, "server.info", NULL, self->cancellable, got_info,
                         g_object_ref (self));
}

static gboolean
gave_no_answer (gpointer data)
{
  DmcEndpoint *self = data;
  g_autoptr (GError) error = dmc_error_new (DMC_ERROR_IO, NULL,
                                            "The socket %s is served, but gives no answer",
                                            self->path);

  self->deadline = 0;
  connection_failed (self, error);
  return G_SOURCE_REMOVE;
}

static void
try_to_connect (DmcEndpoint *self)
{
  self->cancellable = g_cancellable_new ();
  self->deadline = g_timeout_add (ANSWER_MS, gave_no_answer, self);
  set_state (self, DMC_ENDPOINT_CONNECTING, self->error_message);
  dmc_client_connect_async (self->path, self->cancellable, connected, g_object_ref (self));
}

/**
 * dmc_endpoint_start:
 * @self: an endpoint
 *
 * Connects, and does so again whenever the connection is lost.
 */
void
dmc_endpoint_start (DmcEndpoint *self)
{
  g_return_if_fail (DMC_IS_ENDPOINT (self));
  if (self->started)
    return;
  self->started = TRUE;
  try_to_connect (self);
}

/**
 * dmc_endpoint_retry:
 * @self: an endpoint
 *
 * Tries to connect now instead of when the pause is over.
 */
void
dmc_endpoint_retry (DmcEndpoint *self)
{
  g_return_if_fail (DMC_IS_ENDPOINT (self));
  self->pause_ms = FIRST_PAUSE_MS;
  if (!self->started) {
    dmc_endpoint_start (self);
    return;
  }
  if (self->state != DMC_ENDPOINT_DISCONNECTED)
    return;
  g_clear_handle_id (&self->retry, g_source_remove);
  try_to_connect (self);
}

/**
 * dmc_endpoint_stop:
 * @self: an endpoint
 *
 * Disconnects and stays so.
 */
void
dmc_endpoint_stop (DmcEndpoint *self)
{
  g_return_if_fail (DMC_IS_ENDPOINT (self));
  self->started = FALSE;
  g_clear_handle_id (&self->retry, g_source_remove);
  drop_client (self);
  set_state (self, DMC_ENDPOINT_DISCONNECTED, NULL);
}

/* --- facts ------------------------------------------------------------------------------------ */

/**
 * dmc_endpoint_get_name:
 * @self: an endpoint
 *
 * Returns: (transfer none): "control" or "agent"
 */
const char *
dmc_endpoint_get_name (DmcEndpoint *self)
{
  return self->name;
}

/**
 * dmc_endpoint_get_path:
 * @self: an endpoint
 *
 * Returns: (transfer none): its socket
 */
const char *
dmc_endpoint_get_path (DmcEndpoint *self)
{
  return self->path;
}

/**
 * dmc_endpoint_get_state:
 * @self: an endpoint
 *
 * Returns: how the connection stands
 */
DmcEndpointState
dmc_endpoint_get_state (DmcEndpoint *self)
{
  return self->state;
}

/**
 * dmc_endpoint_is_connected:
 * @self: an endpoint
 *
 * Returns: whether calls go through
 */
gboolean
dmc_endpoint_is_connected (DmcEndpoint *self)
{
  return self->state == DMC_ENDPOINT_CONNECTED;
}

/**
 * dmc_endpoint_get_error_message:
 * @self: an endpoint
 *
 * Returns: (transfer none) (nullable): why the last try or connection ended; NULL while connected
 */
const char *
dmc_endpoint_get_error_message (DmcEndpoint *self)
{
  return self->error_message;
}

/**
 * dmc_endpoint_get_server_info:
 * @self: an endpoint
 *
 * Returns: (transfer none) (nullable): the answer of server.info; NULL unless connected
 */
JsonObject *
dmc_endpoint_get_server_info (DmcEndpoint *self)
{
  return self->server_info;
}

/**
 * dmc_endpoint_has_capability:
 * @self: an endpoint
 * @word: a capability
 *
 * Returns: whether the endpoint is connected and says that it has it
 */
gboolean
dmc_endpoint_has_capability (DmcEndpoint *self, const char *word)
{
  g_auto (GStrv) words = dmc_json_dup_strings (self->server_info, "capabilities");

  return g_strv_contains ((const char *const *) words, word);
}

/* --- calls ------------------------------------------------------------------------------------ */

static void
answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  JsonNode *node = dmc_client_call_finish (DMC_CLIENT (source), result, &error);

  if (node == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, node, (GDestroyNotify) json_node_unref);
}

static GTask *
begin_call (DmcEndpoint *self,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, dmc_endpoint_call_async);
  if (self->state == DMC_ENDPOINT_CONNECTED)
    return g_steal_pointer (&task);
  g_task_return_error (task,
                       dmc_error_new (DMC_ERROR_IO, self->error_message,
                                      "There is no connection to the %s endpoint", self->name));
  return NULL;
}

/**
 * dmc_endpoint_call_async:
 * @self: an endpoint
 * @method: the method
 * @params: (transfer full) (nullable): an object with its parameters
 * @cancellable: (nullable): to stop waiting
 * @callback: called with the answer
 * @user_data: handed to @callback
 */
void
dmc_endpoint_call_async (DmcEndpoint         *self,
                         const char          *method,
                         JsonNode            *params,
                         GCancellable        *cancellable,
                         GAsyncReadyCallback  callback,
                         gpointer             user_data)
{
  g_autoptr (JsonNode) owned = params;
  GTask *task;

  g_return_if_fail (DMC_IS_ENDPOINT (self));
  task = begin_call (self, cancellable, callback, user_data);
  if (task != NULL)
    dmc_client_call_async (self->client, method, owned, cancellable, answered, task);
}

/**
 * dmc_endpoint_call_secret_async:
 * @self: an endpoint
 * @method: the method
 * @params: (transfer full) (nullable): an object with its parameters, but the secret ones
 * @secrets: (array length=n_secrets): the secret ones
 * @n_secrets: how many, at least one
 * @cancellable: (nullable): to stop waiting
 * @callback: called with the answer, to be taken by dmc_endpoint_call_finish()
 * @user_data: handed to @callback
 */
void
dmc_endpoint_call_secret_async (DmcEndpoint         *self,
                                const char          *method,
                                JsonNode            *params,
                                const DmcSecretParam *secrets,
                                guint                n_secrets,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  g_autoptr (JsonNode) owned = params;
  GTask *task;

  g_return_if_fail (DMC_IS_ENDPOINT (self));
  task = begin_call (self, cancellable, callback, user_data);
  if (task != NULL)
    dmc_client_call_secret_async (self->client, method, owned, secrets, n_secrets, cancellable,
                                  answered, task);
}

/**
 * dmc_endpoint_call_finish:
 * @self: an endpoint
 * @result: what the callback got
 * @error: the endpoint's error, or DMC_ERROR_IO where there is no connection
 *
 * Returns: (transfer full) (nullable): the result
 */
JsonNode *
dmc_endpoint_call_finish (DmcEndpoint *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
