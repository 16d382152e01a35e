/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/schema-private.h"

#include "rpc/error.h"
#include "rpc/json.h"

/* What a keyword's value must be. */
typedef enum {
  ANY,
  TEXT,
  PATTERN,
  REFERENCE,
  NUMBER,
  BOOLEAN,
  LIST,
  TYPE_WORDS,
  SCHEMA,
  SCHEMA_OR_BOOLEAN,
  SCHEMA_LIST,
  SCHEMA_MAP,
} Kind;

static const struct {
  const char *keyword;
  Kind        kind;
} keywords[] = {
  { "$comment", TEXT },
  { "$ref", REFERENCE },
  { "additionalProperties", SCHEMA_OR_BOOLEAN },
  { "allOf", SCHEMA_LIST },
  { "anyOf", SCHEMA_LIST },
  { "const", ANY },
  { "default", ANY },
  { "deprecated", BOOLEAN },
  { "description", TEXT },
  { "enum", LIST },
  { "examples", LIST },
  { "exclusiveMaximum", NUMBER },
  { "exclusiveMinimum", NUMBER },
  { "format", TEXT },
  { "items", SCHEMA },
  { "maxItems", NUMBER },
  { "maxLength", NUMBER },
  { "maxProperties", NUMBER },
  { "maximum", NUMBER },
  { "minItems", NUMBER },
  { "minLength", NUMBER },
  { "minProperties", NUMBER },
  { "minimum", NUMBER },
  { "oneOf", SCHEMA_LIST },
  { "pattern", PATTERN },
  { "patternProperties", SCHEMA_MAP },
  { "properties", SCHEMA_MAP },
  { "readOnly", BOOLEAN },
  { "required", LIST },
  { "title", TEXT },
  { "type", TYPE_WORDS },
  { "uniqueItems", BOOLEAN },
  { "writeOnly", BOOLEAN },
};

static gboolean
wrong (const char *where, const char *keyword, const char *what, GError **error)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTERNAL, NULL, "The schema at %s: \"%s\" %s",
                                           where, keyword, what));
  return FALSE;
}

static gboolean
holds (JsonNode *value, GType type)
{
  return JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == type;
}

static gboolean
is_type_word (JsonNode *value)
{
  static const char *const words[]
      = { "object", "array", "string", "integer", "number", "boolean", "null", NULL };

  return holds (value, G_TYPE_STRING) && g_strv_contains (words, json_node_get_string (value));
}

static gboolean
is_type (JsonNode *value)
{
  JsonArray *array;

  if (!JSON_NODE_HOLDS_ARRAY (value))
    return is_type_word (value);
  array = json_node_get_array (value);
  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!is_type_word (json_array_get_element (array, i)))
      return FALSE;
  return json_array_get_length (array) > 0;
}

static gboolean
verify_list (DmcSchemas *self, JsonNode *value, const char *where, GError **error)
{
  JsonArray *array = json_node_get_array (value);

  for (guint i = 0; i < json_array_get_length (array); i++) {
    g_autofree char *deeper = g_strdup_printf ("%s[%u]", where, i);

    if (!dmc_schemas_verify (self, json_array_get_element (array, i), deeper, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
verify_map (
    DmcSchemas *self, const char *keyword, JsonNode *value, const char *where, GError **error)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *schema;

  json_object_iter_init (&iter, json_node_get_object (value));
  while (json_object_iter_next (&iter, &name, &schema)) {
    g_autofree char *deeper = g_strdup_printf ("%s.%s", where, name);

    if (!dmc_schemas_verify (self, schema, deeper, error))
      return FALSE;
    if (g_str_equal (keyword, "patternProperties")
        && dmc_schemas_find_pattern (self, name, NULL) == NULL)
      return wrong (deeper, keyword, "has a name that is no regular expression", error);
  }
  return TRUE;
}

static gboolean
verify_plain (DmcSchemas *self,
              Kind kind,
              const char *keyword,
              JsonNode *value,
              const char *where,
              GError **error)
{
  gboolean text = holds (value, G_TYPE_STRING);

  switch (kind) {
  case TEXT:
    return text || wrong (where, keyword, "must be a string", error);
  case PATTERN:
    return (text && dmc_schemas_find_pattern (self, json_node_get_string (value), NULL) != NULL)
           || wrong (where, keyword, "must be a regular expression", error);
  case REFERENCE:
    return (text && dmc_schemas_resolve (self, json_node_get_string (value)) != NULL)
           || wrong (where, keyword, "points to nothing in this document", error);
  case NUMBER:
    return holds (value, G_TYPE_INT64) || holds (value, G_TYPE_DOUBLE)
           || wrong (where, keyword, "must be a number", error);
  case BOOLEAN:
    return holds (value, G_TYPE_BOOLEAN) || wrong (where, keyword, "must be true or false", error);
  case LIST:
    return JSON_NODE_HOLDS_ARRAY (value) || wrong (where, keyword, "must be an array", error);
  case TYPE_WORDS:
    return is_type (value) || wrong (where, keyword, "names no type of JSON", error);
  default:
    return TRUE;
  }
}

static gboolean
verify_keyword (
    DmcSchemas *self, const char *keyword, JsonNode *value, const char *where, GError **error)
{
  Kind kind = ANY;
  gsize i;

  if (g_str_has_prefix (keyword, "x-"))
    return TRUE;
  for (i = 0; i < G_N_ELEMENTS (keywords) && !g_str_equal (keywords[i].keyword, keyword); i++)
    ;
  if (i == G_N_ELEMENTS (keywords))
    return wrong (where, keyword, "is a keyword that is not supported", error);
  kind = keywords[i].kind;

  if (kind == SCHEMA || (kind == SCHEMA_OR_BOOLEAN && !holds (value, G_TYPE_BOOLEAN))) {
    g_autofree char *deeper = g_strdup_printf ("%s.%s", where, keyword);

    return dmc_schemas_verify (self, value, deeper, error);
  }
  if (kind == SCHEMA_LIST)
    return JSON_NODE_HOLDS_ARRAY (value)
               ? verify_list (self, value, where, error)
               : wrong (where, keyword, "must be an array of schemas", error);
  if (kind == SCHEMA_MAP)
    return JSON_NODE_HOLDS_OBJECT (value)
               ? verify_map (self, keyword, value, where, error)
               : wrong (where, keyword, "must be an object of schemas", error);
  return verify_plain (self, kind, keyword, value, where, error);
}

/**
 * dmc_schemas_verify: (skip)
 * @self: a checker
 * @schema: a schema
 * @where: how messages call it
 * @error: DMC_ERROR_INTERNAL: what is wrong and where
 *
 * Makes sure that dmc_schemas_check() understands all of @schema.
 *
 * Returns: whether it does
 */
gboolean
dmc_schemas_verify (DmcSchemas *self, JsonNode *schema, const char *where, GError **error)
{
  JsonObjectIter iter;
  const char *keyword;
  JsonNode *value;

  if (!JSON_NODE_HOLDS_OBJECT (schema))
    return wrong (where, "schema", "must be an object", error);
  json_object_iter_init_ordered (&iter, json_node_get_object (schema));
  while (json_object_iter_next_ordered (&iter, &keyword, &value))
    if (!verify_keyword (self, keyword, value, where, error))
      return FALSE;
  return TRUE;
}
