/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/message.h"

#include "rpc/error.h"
#include "rpc/json-span.h"
#include "rpc/json.h"

/**
 * dmc_message_clear: (skip)
 * @self: a message
 *
 * Frees what it holds.
 */
void
dmc_message_clear (DmcMessage *self)
{
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->method, g_free);
  g_clear_pointer (&self->params, json_object_unref);
  g_clear_pointer (&self->result, json_node_unref);
  g_clear_error (&self->error);
}

static GError *
request_error (const char *what)
{
  return dmc_error_new (DMC_ERROR_REQUEST, NULL, "This is not a JSON-RPC 2.0 request: %s", what);
}

/* Takes the id as text: a number must go back spelled as it came (1.0, 1e2, more digits than 64
 * bits hold). */
static gboolean
read_id (DmcMessage *self, JsonObject *object, const char *text, gsize length)
{
  JsonNode *id = json_object_get_member (object, "id");

  if (id == NULL)
    return TRUE;
  if (JSON_NODE_HOLDS_VALUE (id) && json_node_get_value_type (id) == G_TYPE_DOUBLE && text != NULL)
    self->id = dmc_json_span_member (text, length, "id");
  if (self->id == NULL
      && (JSON_NODE_HOLDS_NULL (id)
          || (JSON_NODE_HOLDS_VALUE (id) && json_node_get_value_type (id) != G_TYPE_BOOLEAN)))
    self->id = dmc_json_print (id, NULL);
  return self->id != NULL;
}

static gboolean
read_params (DmcMessage *self, JsonObject *object, GError **error)
{
  JsonNode *params = json_object_get_member (object, "params");

  if (params == NULL) {
    self->params = json_object_new ();
    return TRUE;
  }
  if (JSON_NODE_HOLDS_ARRAY (params)) {
    g_propagate_error (error,
                       dmc_error_new (DMC_ERROR_PARAMS, "Give params as an object: {\"id\": 1}",
                                      "params: are given by name here, not by position"));
    return FALSE;
  }
  if (!JSON_NODE_HOLDS_OBJECT (params)) {
    g_propagate_error (error, request_error ("params is not an object"));
    return FALSE;
  }
  self->params = json_object_ref (json_node_get_object (params));
  return TRUE;
}

/**
 * dmc_message_read_request: (skip)
 * @self: a message of zeros; on failure its id is set where the sender's could be read
 * @node: the message
 * @text: (nullable): the text it was read from, for the spelling of the id
 * @length: the text's length
 * @error: DMC_ERROR_REQUEST or, for params by position, DMC_ERROR_PARAMS
 *
 * Reads what a client sent.
 *
 * Returns: whether it is a request or a notification
 */
gboolean
dmc_message_read_request (
    DmcMessage *self, JsonNode *node, const char *text, gsize length, GError **error)
{
  JsonObject *object;
  const char *method;

  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    g_propagate_error (error, request_error ("the message is not an object"));
    return FALSE;
  }
  object = json_node_get_object (node);
  if (!read_id (self, object, text, length)) {
    g_propagate_error (error, request_error ("id is neither a string nor a number"));
    return FALSE;
  }
  if (g_strcmp0 (dmc_json_get_string (object, "jsonrpc", NULL), "2.0") != 0) {
    g_propagate_error (error, request_error ("jsonrpc is not \"2.0\""));
    return FALSE;
  }
  method = dmc_json_get_string (object, "method", NULL);
  if (method == NULL) {
    g_propagate_error (error, request_error ("method is missing or not a string"));
    return FALSE;
  }
  self->method = g_strdup (method);
  return read_params (self, object, error);
}

/**
 * dmc_message_read_reply: (skip)
 * @self: a message of zeros
 * @node: the message
 * @error: DMC_ERROR_REQUEST
 *
 * Reads what an endpoint sent: a response, or a notification.
 *
 * Returns: whether it is one of the two
 */
gboolean
dmc_message_read_reply (DmcMessage *self, JsonNode *node, GError **error)
{
  JsonObject *object;
  JsonNode *failure;

  if (JSON_NODE_HOLDS_OBJECT (node)
      && json_object_has_member (json_node_get_object (node), "method"))
    return dmc_message_read_request (self, node, NULL, 0, error);

  object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  if (g_strcmp0 (dmc_json_get_string (object, "jsonrpc", NULL), "2.0") != 0
      || !read_id (self, object, NULL, 0) || self->id == NULL) {
    g_propagate_error (
        error, dmc_error_new (DMC_ERROR_REQUEST, NULL, "This is not a JSON-RPC 2.0 response"));
    return FALSE;
  }
  failure = json_object_get_member (object, "error");
  if (failure != NULL)
    self->error = dmc_error_from_json (failure);
  else
    self->result = json_object_dup_member (object, "result");
  if (self->error == NULL && self->result == NULL)
    self->result = json_node_new (JSON_NODE_NULL);
  return TRUE;
}

static void
append_head (GString *out, const char *id)
{
  g_string_append (out, "{\"jsonrpc\":\"2.0\",\"id\":");
  g_string_append (out, id != NULL ? id : "null");
}

/**
 * dmc_message_append_result: (skip)
 * @out: where to append; no line's end is written
 * @id: the id's JSON text
 * @result: (nullable): the result; NULL is written as an empty object
 */
void
dmc_message_append_result (GString *out, const char *id, JsonNode *result)
{
  append_head (out, id);
  g_string_append (out, ",\"result\":");
  if (result != NULL)
    dmc_json_append (out, result);
  else
    g_string_append (out, "{}");
  g_string_append_c (out, '}');
}

/**
 * dmc_message_append_error: (skip)
 * @out: where to append; no line's end is written
 * @id: (nullable): the id's JSON text; NULL where the request's could not be read
 * @error: why
 */
void
dmc_message_append_error (GString *out, const char *id, const GError *error)
{
  g_autoptr (JsonNode) node = dmc_error_to_json (error);

  append_head (out, id);
  g_string_append (out, ",\"error\":");
  dmc_json_append (out, node);
  g_string_append_c (out, '}');
}

static void
append_call_head (GString *out, guint64 id, const char *method)
{
  g_string_append_printf (out, "{\"jsonrpc\":\"2.0\",\"id\":%" G_GUINT64_FORMAT ",\"method\":", id);
  dmc_json_append_string (out, method);
  g_string_append (out, ",\"params\":");
}

/**
 * dmc_message_append_call: (skip)
 * @out: where to append; no line's end is written
 * @id: a number of our own
 * @method: the method
 * @params: (nullable): an object
 */
void
dmc_message_append_call (GString *out, guint64 id, const char *method, JsonNode *params)
{
  append_call_head (out, id, method);
  if (params != NULL)
    dmc_json_append (out, params);
  else
    g_string_append (out, "{}");
  g_string_append_c (out, '}');
}

/**
 * dmc_message_begin_secret_call: (skip)
 * @out: where to append a line, which dmc_message_append_secret() ends
 * @id: a number of our own
 * @method: the method
 * @params: (nullable): an object without what is secret
 */
void
dmc_message_begin_secret_call (DmcBuffer *out, guint64 id, const char *method, JsonNode *params)
{
  g_autoptr (GString) head = g_string_new (NULL);

  append_call_head (head, id, method);
  if (params != NULL && json_object_get_size (json_node_get_object (params)) > 0) {
    dmc_json_append (head, params);
    head->str[head->len - 1] = ',';
  } else {
    g_string_append_c (head, '{');
  }
  dmc_buffer_append (out, head->str, head->len);
}

/**
 * dmc_message_append_secret: (skip)
 * @out: a line that dmc_message_begin_secret_call() began
 * @member: the name of a parameter that is secret
 * @secret: its text, which is written nowhere but to @out
 * @last: whether the line ends with it
 */
void
dmc_message_append_secret (DmcBuffer *out, const char *member, const char *secret, gboolean last)
{
  g_autoptr (GString) name = g_string_new (NULL);

  dmc_json_append_string (name, member);
  g_string_append_c (name, ':');
  dmc_buffer_append (out, name->str, name->len);
  dmc_buffer_append_json_string (out, secret);
  dmc_buffer_append (out, last ? "}}\n" : ",", last ? 3 : 1);
}
