/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/request-private.h"

#include "rpc/error.h"
#include "rpc/message.h"
#include "rpc/server-private.h"

struct _DmcRequest {
  GObject        parent_instance;
  DmcConnection *connection;
  DmcOpenrpc    *openrpc; /* knows which parameters are secret */
  DmcBatch      *batch;
  char          *id; /* JSON text; NULL for a notification */
  char          *method;
  JsonObject    *params;
  GCancellable  *cancellable;
  gboolean       answered;
};

G_DEFINE_FINAL_TYPE (DmcRequest, dmc_request, G_TYPE_OBJECT)

static void
dmc_request_dispose (GObject *object)
{
  DmcRequest *self = DMC_REQUEST (object);

  if (!self->answered) {
    g_critical ("The method %s gave no answer", self->method);
    dmc_request_fail (self, dmc_error_new (DMC_ERROR_INTERNAL, NULL, "The method %s gave no answer",
                                           self->method));
  }
  G_OBJECT_CLASS (dmc_request_parent_class)->dispose (object);
}

static void
dmc_request_finalize (GObject *object)
{
  DmcRequest *self = DMC_REQUEST (object);

  dmc_openrpc_wipe_secrets (self->openrpc, self->method, self->params);
  g_clear_pointer (&self->openrpc, dmc_openrpc_unref);
  g_clear_pointer (&self->batch, dmc_batch_unref);
  g_clear_pointer (&self->params, json_object_unref);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->connection);
  g_free (self->id);
  g_free (self->method);
  G_OBJECT_CLASS (dmc_request_parent_class)->finalize (object);
}

static void
dmc_request_class_init (DmcRequestClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dmc_request_dispose;
  G_OBJECT_CLASS (klass)->finalize = dmc_request_finalize;
}

static void
dmc_request_init (DmcRequest *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * dmc_request_new: (skip)
 * @connection: who asks
 * @batch: (nullable): the batch it came in
 * @id: (nullable): the id's JSON text; NULL for a notification
 * @method: the method
 * @params: its parameters, not yet checked
 *
 * Returns: (transfer full): a request that is to be answered
 */
DmcRequest *
dmc_request_new (DmcConnection *connection,
                 DmcBatch      *batch,
                 const char    *id,
                 const char    *method,
                 JsonObject    *params)
{
  DmcRequest *self = g_object_new (DMC_TYPE_REQUEST, NULL);

  self->connection = g_object_ref (connection);
  self->openrpc = dmc_openrpc_ref (dmc_server_get_openrpc (dmc_connection_get_server (connection)));
  self->batch = batch != NULL ? dmc_batch_ref (batch) : NULL;
  self->id = g_strdup (id);
  self->method = g_strdup (method);
  self->params = json_object_ref (params);
  return self;
}

static void
answer (DmcRequest *self, GString *text)
{
  self->answered = TRUE;
  dmc_connection_answer (self->connection, self, self->batch, text);
}

static void
check_promise (DmcRequest *self, JsonNode *result)
{
  DmcServer *server = dmc_connection_get_server (self->connection);
  g_autoptr (GError) error = NULL;

  if (server != NULL && result != NULL && dmc_server_get_checks_results (server)
      && !dmc_openrpc_check_result (self->openrpc, self->method, result, &error))
    g_warning ("The answer of %s is not what its document promises: %s", self->method,
               error->message);
}

/**
 * dmc_request_reply:
 * @self: a request without an answer
 * @result: (transfer full) (nullable): the result; NULL is an empty object
 *
 * Answers. A notification's answer is dropped.
 */
void
dmc_request_reply (DmcRequest *self, JsonNode *result)
{
  g_autoptr (JsonNode) owned = result;
  g_autoptr (GString) text = NULL;

  g_return_if_fail (DMC_IS_REQUEST (self));
  g_return_if_fail (!self->answered);
  check_promise (self, result);
  if (self->id != NULL) {
    text = g_string_new (NULL);
    dmc_message_append_result (text, self->id, result);
  }
  answer (self, text);
}

/**
 * dmc_request_fail:
 * @self: a request without an answer
 * @error: (transfer full): why
 *
 * Answers with an error.
 */
void
dmc_request_fail (DmcRequest *self, GError *error)
{
  g_autoptr (GError) owned = error;
  g_autoptr (GString) text = NULL;

  g_return_if_fail (DMC_IS_REQUEST (self));
  g_return_if_fail (error != NULL);
  g_return_if_fail (!self->answered);
  if (self->id != NULL) {
    text = g_string_new (NULL);
    dmc_message_append_error (text, self->id, error);
  }
  answer (self, text);
}

/**
 * dmc_request_get_cancellable:
 * @self: a request
 *
 * Returns: (transfer none): cancelled when the client leaves before the answer
 */
GCancellable *
dmc_request_get_cancellable (DmcRequest *self)
{
  g_return_val_if_fail (DMC_IS_REQUEST (self), NULL);
  return self->cancellable;
}

/**
 * dmc_request_get_method:
 * @self: a request
 *
 * Returns: (transfer none): the method that was called
 */
const char *
dmc_request_get_method (DmcRequest *self)
{
  g_return_val_if_fail (DMC_IS_REQUEST (self), NULL);
  return self->method;
}

/**
 * dmc_request_get_role:
 * @self: a request
 *
 * Returns: (transfer none): what its client may do: "viewer", "operator" or "admin"
 */
const char *
dmc_request_get_role (DmcRequest *self)
{
  g_return_val_if_fail (DMC_IS_REQUEST (self), NULL);
  return dmc_connection_get_role (self->connection);
}

/**
 * dmc_request_get_connection: (skip)
 * @self: a request
 *
 * Returns: (transfer none): who asks
 */
DmcConnection *
dmc_request_get_connection (DmcRequest *self)
{
  return self->connection;
}

/**
 * dmc_request_get_params: (skip)
 * @self: a request
 *
 * Returns: (transfer none): its parameters
 */
JsonObject *
dmc_request_get_params (DmcRequest *self)
{
  return self->params;
}

/**
 * dmc_request_abandon: (skip)
 * @self: a request
 *
 * Tells the handler that the client has left.
 */
void
dmc_request_abandon (DmcRequest *self)
{
  g_cancellable_cancel (self->cancellable);
}
