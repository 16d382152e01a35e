/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/openrpc.h"

#include <gio/gio.h>

#include "rpc/error.h"
#include "rpc/json.h"
#include "rpc/schema.h"

#define COMMON_RESOURCE "/org/domicile/openrpc/common.json"

struct _DmcOpenrpc {
  JsonNode   *document;
  DmcSchemas *schemas;
  GHashTable *methods; /* name -> Method */
};

/* One method, ready for checking. */
typedef struct {
  JsonNode  *params; /* its parameters as one schema of an object */
  JsonNode  *result; /* NULL where none is given */
  GPtrArray *secrets; /* names of the parameters that are written only */
} Method;

static void
method_free (Method *method)
{
  g_clear_pointer (&method->params, json_node_unref);
  g_clear_pointer (&method->result, json_node_unref);
  g_ptr_array_unref (method->secrets);
  g_free (method);
}

static void
openrpc_clear (gpointer data)
{
  DmcOpenrpc *self = data;

  g_clear_pointer (&self->document, json_node_unref);
  g_clear_pointer (&self->schemas, dmc_schemas_free);
  g_clear_pointer (&self->methods, g_hash_table_unref);
}

/**
 * dmc_openrpc_ref: (skip)
 * @self: a document
 *
 * Returns: (transfer full): @self
 */
DmcOpenrpc *
dmc_openrpc_ref (DmcOpenrpc *self)
{
  return g_rc_box_acquire (self);
}

/**
 * dmc_openrpc_unref: (skip)
 * @self: (transfer full): a document
 */
void
dmc_openrpc_unref (DmcOpenrpc *self)
{
  g_rc_box_release_full (self, openrpc_clear);
}

static gboolean
malformed (GError **error, const char *where, const char *what)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTERNAL, NULL,
                                           "The OpenRPC document is wrong at %s: %s", where, what));
  return FALSE;
}

/* --- merging ---------------------------------------------------------------------------------- */

static void
merge_methods (JsonObject *into, JsonObject *from)
{
  JsonArray *have = dmc_json_get_array (into, "methods");
  JsonArray *more = dmc_json_get_array (from, "methods");

  for (guint i = 0; more != NULL && i < json_array_get_length (more); i++)
    json_array_add_element (have, json_array_dup_element (more, i));
}

static JsonObject *
ensure_object (JsonObject *object, const char *member)
{
  JsonObject *child = dmc_json_get_object (object, member);

  if (child == NULL) {
    child = json_object_new ();
    json_object_set_object_member (object, member, child);
  }
  return child;
}

/* What the endpoint's own document says wins. */
static void
merge_map (JsonObject *into, JsonObject *from, const char *member)
{
  JsonObject *more = dmc_json_get_object (from, member);
  JsonObject *have;
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;

  if (more == NULL)
    return;
  have = ensure_object (into, member);
  json_object_iter_init_ordered (&iter, more);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    if (!json_object_has_member (have, name))
      json_object_set_member (have, name, json_node_copy (value));
}

static void
merge (JsonObject *into, JsonObject *from)
{
  JsonObject *components = ensure_object (into, "components");
  JsonObject *shared = dmc_json_get_object (from, "components");

  merge_methods (into, from);
  merge_map (into, from, "x-topics");
  merge_map (components, shared, "schemas");
  merge_map (components, shared, "errors");
}

static JsonNode *
parse_document (GBytes *bytes, GError **error)
{
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  g_autoptr (JsonNode) node = dmc_json_parse (text, (gssize) size, error);

  if (node == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (node)
      || dmc_json_get_array (json_node_get_object (node), "methods") == NULL) {
    malformed (error, "the top", "there is no array of methods");
    return NULL;
  }
  return g_steal_pointer (&node);
}

/* --- compiling -------------------------------------------------------------------------------- */

static gboolean
is_secret (DmcOpenrpc *self, JsonObject *schema)
{
  const char *ref = dmc_json_get_string (schema, "$ref", NULL);

  if (ref != NULL)
    schema = dmc_schemas_resolve (self->schemas, ref);
  return dmc_json_get_boolean (schema, "writeOnly", FALSE);
}

/* Turns the list of parameters into one schema: named, and nothing else. */
static gboolean
read_param (DmcOpenrpc *self,
            Method *method,
            JsonObject *properties,
            JsonArray *required,
            JsonObject *param)
{
  const char *name = dmc_json_get_string (param, "name", NULL);
  JsonObject *schema = dmc_json_get_object (param, "schema");

  if (name == NULL || schema == NULL)
    return FALSE;
  json_object_set_object_member (properties, name, json_object_ref (schema));
  if (dmc_json_get_boolean (param, "required", FALSE))
    json_array_add_string_element (required, name);
  if (is_secret (self, schema))
    g_ptr_array_add (method->secrets, g_strdup (name));
  return TRUE;
}

static gboolean
read_params (DmcOpenrpc *self, Method *method, JsonArray *params, const char *name, GError **error)
{
  JsonObject *properties = json_object_new ();
  JsonArray *required = json_array_new ();

  method->params = dmc_json_node ("type:s", "object", "properties:o", properties, "required:a",
                                  required, "additionalProperties:b", FALSE, NULL);
  for (guint i = 0; i < json_array_get_length (params); i++) {
    JsonNode *param = json_array_get_element (params, i);

    if (!JSON_NODE_HOLDS_OBJECT (param)
        || !read_param (self, method, properties, required, json_node_get_object (param)))
      return malformed (error, name, "a parameter needs a name and a schema");
  }
  return TRUE;
}

static gboolean
read_method (DmcOpenrpc *self, JsonObject *object, GError **error)
{
  const char *name = dmc_json_get_string (object, "name", NULL);
  JsonArray *params = dmc_json_get_array (object, "params");
  JsonObject *result = dmc_json_get_object (dmc_json_get_object (object, "result"), "schema");
  Method *method;

  if (name == NULL || params == NULL)
    return malformed (error, name != NULL ? name : "a method", "a method needs a name and params");
  method = g_new0 (Method, 1);
  method->secrets = g_ptr_array_new_with_free_func (g_free);
  if (!g_hash_table_insert (self->methods, g_strdup (name), method))
    return malformed (error, name, "the method stands there twice");
  if (!read_params (self, method, params, name, error)
      || !dmc_schemas_verify (self->schemas, method->params, name, error))
    return FALSE;
  if (result == NULL)
    return malformed (error, name, "a method needs a result with a schema");
  method->result = dmc_json_take_object (json_object_ref (result));
  return dmc_schemas_verify (self->schemas, method->result, name, error);
}

static gboolean
read_methods (DmcOpenrpc *self, GError **error)
{
  JsonArray *methods = dmc_json_get_array (json_node_get_object (self->document), "methods");

  for (guint i = 0; i < json_array_get_length (methods); i++) {
    JsonNode *node = json_array_get_element (methods, i);

    if (!JSON_NODE_HOLDS_OBJECT (node))
      return malformed (error, "methods", "a method is an object");
    if (!read_method (self, json_node_get_object (node), error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
verify_components (DmcOpenrpc *self, GError **error)
{
  JsonObject *top = json_node_get_object (self->document);
  JsonObject *schemas = dmc_json_get_object (dmc_json_get_object (top, "components"), "schemas");
  JsonObjectIter iter;
  const char *name;
  JsonNode *schema;

  if (schemas == NULL)
    return TRUE;
  json_object_iter_init_ordered (&iter, schemas);
  while (json_object_iter_next_ordered (&iter, &name, &schema))
    if (!dmc_schemas_verify (self->schemas, schema, name, error))
      return FALSE;
  return TRUE;
}

/**
 * dmc_openrpc_new: (skip)
 * @document: (nullable): the endpoint's own document as JSON text; NULL for the common methods
 * alone
 * @error: what is wrong with it
 *
 * Returns: (transfer full) (nullable): the document with the common methods in it, every schema
 * verified
 */
DmcOpenrpc *
dmc_openrpc_new (GBytes *document, GError **error)
{
  g_autoptr (DmcOpenrpc) self = g_rc_box_new0 (DmcOpenrpc);
  g_autoptr (GBytes) common
      = g_resources_lookup_data (COMMON_RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  g_autoptr (JsonNode) shared = NULL;

  self->methods
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) method_free);
  if (common == NULL || (shared = parse_document (common, error)) == NULL)
    return NULL;
  self->document = document != NULL ? parse_document (document, error) : json_node_ref (shared);
  if (self->document == NULL)
    return NULL;
  if (document != NULL)
    merge (json_node_get_object (self->document), json_node_get_object (shared));
  self->schemas = dmc_schemas_new (self->document);
  if (!verify_components (self, error) || !read_methods (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* --- use -------------------------------------------------------------------------------------- */

/**
 * dmc_openrpc_has_method: (skip)
 * @self: a document
 * @method: a method's name
 *
 * Returns: whether it is described
 */
gboolean
dmc_openrpc_has_method (DmcOpenrpc *self, const char *method)
{
  return g_hash_table_contains (self->methods, method);
}

/**
 * dmc_openrpc_check_params: (skip)
 * @self: a document
 * @method: a method it describes
 * @params: what a client sent
 * @error: DMC_ERROR_PARAMS, naming the member
 *
 * Returns: whether @params fit
 */
gboolean
dmc_openrpc_check_params (DmcOpenrpc *self, const char *method, JsonObject *params, GError **error)
{
  Method *m = g_hash_table_lookup (self->methods, method);
  g_autoptr (JsonNode) node = json_node_alloc ();

  g_return_val_if_fail (m != NULL, FALSE);
  json_node_init_object (node, params);
  return dmc_schemas_check (self->schemas, m->params, node, "", error);
}

/**
 * dmc_openrpc_check_result: (skip)
 * @self: a document
 * @method: a method it describes
 * @result: what we are about to answer
 * @error: DMC_ERROR_PARAMS, naming the member
 *
 * Returns: whether @result is what the document promises
 */
gboolean
dmc_openrpc_check_result (DmcOpenrpc *self, const char *method, JsonNode *result, GError **error)
{
  Method *m = g_hash_table_lookup (self->methods, method);

  g_return_val_if_fail (m != NULL, FALSE);
  return dmc_schemas_check (self->schemas, m->result, result, "result", error);
}

/**
 * dmc_openrpc_wipe_secrets: (skip)
 * @self: a document
 * @method: a method's name
 * @params: what a client sent; no longer needed
 *
 * Overwrites the parameters whose schema says writeOnly.
 */
void
dmc_openrpc_wipe_secrets (DmcOpenrpc *self, const char *method, JsonObject *params)
{
  Method *m = g_hash_table_lookup (self->methods, method);

  for (guint i = 0; m != NULL && i < m->secrets->len; i++)
    dmc_json_wipe_string (params, g_ptr_array_index (m->secrets, i));
}

/* @names: the members to take; NULL for all */
static JsonObject *
copy_members (JsonObject *from, GHashTable *names)
{
  JsonObject *to = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  if (from == NULL)
    return to;
  json_object_iter_init_ordered (&iter, from);
  while (json_object_iter_next_ordered (&iter, &name, &member))
    if (names == NULL || g_hash_table_contains (names, name))
      json_object_set_member (to, name, json_node_copy (member));
  return to;
}

/**
 * dmc_openrpc_describe: (skip)
 * @self: a document
 * @methods: the set of names of the methods that are served
 * @topics: the set of names of the topics that are served
 *
 * Returns: (transfer full): the document, only with what is served
 */
JsonNode *
dmc_openrpc_describe (DmcOpenrpc *self, GHashTable *methods, GHashTable *topics)
{
  JsonObject *document = json_node_get_object (self->document);
  JsonArray *all = dmc_json_get_array (document, "methods");
  JsonArray *served = json_array_new ();
  JsonObject *top = copy_members (document, NULL);

  for (guint i = 0; i < json_array_get_length (all); i++) {
    JsonObject *method = json_array_get_object_element (all, i);

    if (g_hash_table_contains (methods, dmc_json_get_string (method, "name", "")))
      json_array_add_element (served, json_array_dup_element (all, i));
  }
  json_object_set_array_member (top, "methods", served);
  json_object_set_object_member (
      top, "x-topics", copy_members (dmc_json_get_object (document, "x-topics"), topics));
  return dmc_json_take_object (top);
}
