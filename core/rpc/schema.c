/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/schema-private.h"

#include <math.h>
#include <string.h>

#include "rpc/error.h"
#include "rpc/json.h"


/* One check under way: where we are in the value, for the message. */
typedef struct {
  DmcSchemas *schemas;
  GString    *path;
} Check;

static gboolean check_value (Check *c, JsonObject *schema, JsonNode *value, GError **error);

/**
 * dmc_schemas_new: (skip)
 * @document: the document that "$ref": "#/…" points into
 *
 * Returns: (transfer full): a checker
 */
DmcSchemas *
dmc_schemas_new (JsonNode *document)
{
  DmcSchemas *self = g_new0 (DmcSchemas, 1);

  self->document = json_node_ref (document);
  self->patterns
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_regex_unref);
  return self;
}

/**
 * dmc_schemas_free: (skip)
 * @self: a checker
 */
void
dmc_schemas_free (DmcSchemas *self)
{
  json_node_unref (self->document);
  g_hash_table_unref (self->patterns);
  g_free (self);
}

/**
 * dmc_schemas_find_pattern: (skip)
 * @self: a checker
 * @pattern: a regular expression
 * @error: why it is none
 *
 * Returns: (transfer none) (nullable): the compiled pattern
 */
GRegex *
dmc_schemas_find_pattern (DmcSchemas *self, const char *pattern, GError **error)
{
  GRegex *regex = g_hash_table_lookup (self->patterns, pattern);

  if (regex != NULL)
    return regex;
  regex = g_regex_new (pattern, G_REGEX_DOLLAR_ENDONLY, 0, error);
  if (regex != NULL)
    g_hash_table_insert (self->patterns, g_strdup (pattern), regex);
  return regex;
}

/**
 * dmc_schemas_resolve: (skip)
 * @self: a checker
 * @ref: "#/components/schemas/NAME"
 *
 * Returns: (transfer none) (nullable): the schema it points to
 */
JsonObject *
dmc_schemas_resolve (DmcSchemas *self, const char *ref)
{
  g_auto (GStrv) parts = NULL;
  JsonNode *node = self->document;

  if (!g_str_has_prefix (ref, "#/"))
    return NULL;
  parts = g_strsplit (ref + 2, "/", -1);
  for (char **part = parts; *part != NULL && node != NULL; part++)
    node = JSON_NODE_HOLDS_OBJECT (node)
               ? json_object_get_member (json_node_get_object (node), *part)
               : NULL;
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* --- messages --------------------------------------------------------------------------------- */

static gboolean G_GNUC_PRINTF (3, 4)
misfit (Check *c, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (error != NULL) {
    *error = dmc_error_new_param (c->path->len > 0 ? c->path->str : "params", NULL, "%s", text);
  }
  return FALSE;
}

static gsize
enter_member (Check *c, const char *name)
{
  gsize before = c->path->len;

  if (before > 0)
    g_string_append_c (c->path, '.');
  /* A hostile name may be as long as a message. */
  g_string_append_printf (c->path, "%.64s", name);
  if (!g_utf8_validate (c->path->str, -1, NULL))
    while (c->path->len > before && !g_utf8_validate (c->path->str, (gssize) c->path->len, NULL))
      g_string_truncate (c->path, c->path->len - 1);
  return before;
}

static gsize
enter_element (Check *c, guint index)
{
  gsize before = c->path->len;

  g_string_append_printf (c->path, "[%u]", index);
  return before;
}

/* --- types ------------------------------------------------------------------------------------ */

static gboolean
is_number (JsonNode *value)
{
  return JSON_NODE_HOLDS_VALUE (value)
         && (json_node_get_value_type (value) == G_TYPE_INT64
             || json_node_get_value_type (value) == G_TYPE_DOUBLE);
}

/* A whole number may be spelled 1.0; JSON Schema counts it as an integer. */
static gboolean
is_integer (JsonNode *value)
{
  return is_number (value)
         && (json_node_get_value_type (value) == G_TYPE_INT64
             || (floor (json_node_get_double (value)) == json_node_get_double (value)));
}

static gboolean
is_of_type (JsonNode *value, const char *type)
{
  if (g_str_equal (type, "object"))
    return JSON_NODE_HOLDS_OBJECT (value);
  if (g_str_equal (type, "array"))
    return JSON_NODE_HOLDS_ARRAY (value);
  if (g_str_equal (type, "null"))
    return JSON_NODE_HOLDS_NULL (value);
  if (g_str_equal (type, "integer"))
    return is_integer (value);
  if (g_str_equal (type, "number"))
    return is_number (value);
  if (g_str_equal (type, "string"))
    return JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING;
  return JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_BOOLEAN;
}

static const char *
article (const char *type)
{
  return strchr ("aeiou", type[0]) != NULL ? "an" : "a";
}

static gboolean
check_type (Check *c, JsonNode *type, JsonNode *value, GError **error)
{
  JsonArray *types;
  g_autoptr (GString) list = NULL;

  if (JSON_NODE_HOLDS_VALUE (type)) {
    const char *word = json_node_get_string (type);

    if (is_of_type (value, word))
      return TRUE;
    return misfit (c, error, "must be %s %s", article (word), word);
  }
  types = json_node_get_array (type);
  list = g_string_new (NULL);
  for (guint i = 0; i < json_array_get_length (types); i++) {
    const char *word = json_array_get_string_element (types, i);

    if (is_of_type (value, word))
      return TRUE;
    g_string_append_printf (list, "%s%s", i > 0 ? " or " : "", word);
  }
  return misfit (c, error, "must be %s", list->str);
}

/* --- values ----------------------------------------------------------------------------------- */

static gboolean
same_value (JsonNode *a, JsonNode *b)
{
  if (is_number (a) && is_number (b))
    return json_node_get_double (a) == json_node_get_double (b);
  return json_node_equal (a, b);
}

static gboolean
check_enum (Check *c, JsonArray *allowed, JsonNode *value, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (allowed); i++) {
    JsonNode *one = json_array_get_element (allowed, i);

    if (same_value (one, value))
      return TRUE;
    g_string_append (list, i > 0 ? ", " : "");
    dmc_json_append (list, one);
  }
  return misfit (c, error, "must be one of %s", list->str);
}

static gboolean
check_number (Check *c, JsonObject *schema, JsonNode *value, GError **error)
{
  double x = json_node_get_double (value);

  if (json_object_has_member (schema, "minimum") && x < dmc_json_get_double (schema, "minimum", 0))
    return misfit (c, error, "must be at least %.15g", dmc_json_get_double (schema, "minimum", 0));
  if (json_object_has_member (schema, "maximum") && x > dmc_json_get_double (schema, "maximum", 0))
    return misfit (c, error, "must be at most %.15g", dmc_json_get_double (schema, "maximum", 0));
  if (json_object_has_member (schema, "exclusiveMinimum")
      && x <= dmc_json_get_double (schema, "exclusiveMinimum", 0))
    return misfit (c, error, "must be more than %.15g",
                   dmc_json_get_double (schema, "exclusiveMinimum", 0));
  if (json_object_has_member (schema, "exclusiveMaximum")
      && x >= dmc_json_get_double (schema, "exclusiveMaximum", 0))
    return misfit (c, error, "must be less than %.15g",
                   dmc_json_get_double (schema, "exclusiveMaximum", 0));
  return TRUE;
}

static gboolean
check_string (Check *c, JsonObject *schema, JsonNode *value, GError **error)
{
  const char *text = json_node_get_string (value);
  const char *pattern = dmc_json_get_string (schema, "pattern", NULL);
  gint64 length = g_utf8_strlen (text, -1);
  gint64 least = dmc_json_get_int (schema, "minLength", 0);
  gint64 most = dmc_json_get_int (schema, "maxLength", G_MAXINT64);

  if (length < least) {
    if (length == 0)
      return misfit (c, error, "must not be empty");
    return misfit (c, error, "must have at least %" G_GINT64_FORMAT " characters", least);
  }
  if (length > most)
    return misfit (c, error, "must have at most %" G_GINT64_FORMAT " characters", most);
  if (pattern != NULL
      && !g_regex_match (dmc_schemas_find_pattern (c->schemas, pattern, NULL), text, 0, NULL))
    return misfit (c, error, "must match the pattern %s", pattern);
  return TRUE;
}

static gboolean
check_unique (Check *c, JsonArray *array, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < json_array_get_length (array); i++)
    if (!g_hash_table_add (seen, dmc_json_print (json_array_get_element (array, i), NULL)))
      return misfit (c, error, "must not hold the same value twice");
  return TRUE;
}

static gboolean
check_array (Check *c, JsonObject *schema, JsonNode *value, GError **error)
{
  JsonArray *array = json_node_get_array (value);
  JsonObject *items = dmc_json_get_object (schema, "items");
  gint64 length = json_array_get_length (array);
  gint64 least = dmc_json_get_int (schema, "minItems", 0);
  gint64 most = dmc_json_get_int (schema, "maxItems", G_MAXINT64);

  if (length < least) {
    if (length == 0)
      return misfit (c, error, "must not be empty");
    return misfit (c, error, "must have at least %" G_GINT64_FORMAT " elements", least);
  }
  if (length > most)
    return misfit (c, error, "must have at most %" G_GINT64_FORMAT " elements", most);
  for (guint i = 0; items != NULL && i < length; i++) {
    gsize before = enter_element (c, i);

    if (!check_value (c, items, json_array_get_element (array, i), error))
      return FALSE;
    g_string_truncate (c->path, before);
  }
  return !dmc_json_get_boolean (schema, "uniqueItems", FALSE) || check_unique (c, array, error);
}

/* --- objects ---------------------------------------------------------------------------------- */

static gboolean
check_required (Check *c, JsonObject *schema, JsonObject *object, GError **error)
{
  JsonArray *required = dmc_json_get_array (schema, "required");

  for (guint i = 0; required != NULL && i < json_array_get_length (required); i++) {
    const char *name = json_array_get_string_element (required, i);

    if (!json_object_has_member (object, name)) {
      enter_member (c, name);
      return misfit (c, error, "is missing");
    }
  }
  return TRUE;
}

static JsonObject *
schema_by_pattern (Check *c, JsonObject *patterns, const char *name)
{
  JsonObjectIter iter;
  const char *pattern;
  JsonNode *schema;

  if (patterns == NULL)
    return NULL;
  json_object_iter_init (&iter, patterns);
  while (json_object_iter_next (&iter, &pattern, &schema))
    if (g_regex_match (dmc_schemas_find_pattern (c->schemas, pattern, NULL), name, 0, NULL))
      return json_node_get_object (schema);
  return NULL;
}

static gboolean
check_member (Check *c, JsonObject *schema, const char *name, JsonNode *value, GError **error)
{
  JsonObject *known = dmc_json_get_object (dmc_json_get_object (schema, "properties"), name);
  JsonNode *others = json_object_get_member (schema, "additionalProperties");

  if (known == NULL)
    known = schema_by_pattern (c, dmc_json_get_object (schema, "patternProperties"), name);
  if (known != NULL)
    return check_value (c, known, value, error);
  if (others == NULL)
    return TRUE;
  if (JSON_NODE_HOLDS_OBJECT (others))
    return check_value (c, json_node_get_object (others), value, error);
  return json_node_get_boolean (others) || misfit (c, error, "is unknown here");
}

static gboolean
check_object (Check *c, JsonObject *schema, JsonNode *value, GError **error)
{
  JsonObject *object = json_node_get_object (value);
  gint64 size = json_object_get_size (object);
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  if (size < dmc_json_get_int (schema, "minProperties", 0))
    return misfit (c, error, "must not be empty");
  if (size > dmc_json_get_int (schema, "maxProperties", G_MAXINT64))
    return misfit (c, error, "has too many members");
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &member)) {
    gsize before = enter_member (c, name);

    if (!check_member (c, schema, name, member, error))
      return FALSE;
    g_string_truncate (c->path, before);
  }
  return check_required (c, schema, object, error);
}

/* --- combinations ----------------------------------------------------------------------------- */

/* Counts the fitting ones of @list; the error of the last misfit is kept for a list of one. */
static guint
count_fitting (Check *c, JsonArray *list, JsonNode *value)
{
  guint fitting = 0;

  for (guint i = 0; i < json_array_get_length (list); i++) {
    gsize before = c->path->len;

    fitting += check_value (c, json_array_get_object_element (list, i), value, NULL) ? 1 : 0;
    g_string_truncate (c->path, before);
  }
  return fitting;
}

static gboolean
check_combinations (Check *c, JsonObject *schema, JsonNode *value, GError **error)
{
  JsonArray *all = dmc_json_get_array (schema, "allOf");
  JsonArray *any = dmc_json_get_array (schema, "anyOf");
  JsonArray *one = dmc_json_get_array (schema, "oneOf");

  for (guint i = 0; all != NULL && i < json_array_get_length (all); i++)
    if (!check_value (c, json_array_get_object_element (all, i), value, error))
      return FALSE;
  if (any != NULL && count_fitting (c, any, value) == 0)
    return misfit (c, error, "fits none of the forms it may have");
  if (one != NULL) {
    guint fitting = count_fitting (c, one, value);

    if (fitting == 0)
      return misfit (c, error, "fits none of the forms it may have");
    if (fitting > 1)
      return misfit (c, error, "fits more than one of the forms it may have");
  }
  return TRUE;
}

static gboolean
check_by_kind (Check *c, JsonObject *schema, JsonNode *value, GError **error)
{
  if (JSON_NODE_HOLDS_OBJECT (value))
    return check_object (c, schema, value, error);
  if (JSON_NODE_HOLDS_ARRAY (value))
    return check_array (c, schema, value, error);
  if (is_number (value))
    return check_number (c, schema, value, error);
  if (is_of_type (value, "string"))
    return check_string (c, schema, value, error);
  return TRUE;
}

static gboolean
check_value (Check *c, JsonObject *schema, JsonNode *value, GError **error)
{
  const char *ref = dmc_json_get_string (schema, "$ref", NULL);
  JsonNode *type = json_object_get_member (schema, "type");
  JsonNode *constant = json_object_get_member (schema, "const");
  JsonArray *allowed = dmc_json_get_array (schema, "enum");

  if (ref != NULL && !check_value (c, dmc_schemas_resolve (c->schemas, ref), value, error))
    return FALSE;
  if (type != NULL && !check_type (c, type, value, error))
    return FALSE;
  if (constant != NULL && !same_value (constant, value)) {
    g_autofree char *text = dmc_json_print (constant, NULL);

    return misfit (c, error, "must be %s", text);
  }
  if (allowed != NULL && !check_enum (c, allowed, value, error))
    return FALSE;
  return check_by_kind (c, schema, value, error) && check_combinations (c, schema, value, error);
}

/**
 * dmc_schemas_check: (skip)
 * @self: a checker
 * @schema: a schema that dmc_schemas_verify() has accepted
 * @value: what to check
 * @name: how messages call @value, "" for "params"
 * @error: DMC_ERROR_PARAMS: "memory_kib: must be at least 1"; data "member" holds the name
 *
 * Returns: whether @value fits
 */
gboolean
dmc_schemas_check (
    DmcSchemas *self, JsonNode *schema, JsonNode *value, const char *name, GError **error)
{
  g_autoptr (GString) path = g_string_new (name);
  Check c = { .schemas = self, .path = path };

  return check_value (&c, json_node_get_object (schema), value, error);
}
