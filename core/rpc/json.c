/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-rpc"

#include "rpc/json.h"

#include <math.h>
#include <string.h>

/* --- writing ---------------------------------------------------------------------------------- */

static void
append_escape (GString *out, guchar c)
{
  switch (c) {
  case '"':
    g_string_append (out, "\\\"");
    break;
  case '\\':
    g_string_append (out, "\\\\");
    break;
  case '\n':
    g_string_append (out, "\\n");
    break;
  case '\r':
    g_string_append (out, "\\r");
    break;
  case '\t':
    g_string_append (out, "\\t");
    break;
  default:
    g_string_append_printf (out, "\\u%04x", c);
    break;
  }
}

/**
 * dmc_json_append_string:
 * @out: where to append
 * @text: any bytes; what is not UTF-8 (a file's name may be so) is written as U+FFFD
 *
 * Appends @text as a JSON string with its quotes. Control characters are escaped, so that the
 * result never holds a line break and is safe to show on a terminal.
 */
void
dmc_json_append_string (GString *out, const char *text)
{
  g_autofree char *valid = NULL;
  const char *run;

  if (!g_utf8_validate (text, -1, NULL))
    text = valid = g_utf8_make_valid (text, -1);

  g_string_append_c (out, '"');
  run = text;
  for (const char *p = text; *p != '\0'; p++) {
    guchar c = (guchar) *p;

    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
      continue;
    g_string_append_len (out, run, p - run);
    append_escape (out, c);
    run = p + 1;
  }
  g_string_append (out, run);
  g_string_append_c (out, '"');
}

static void
append_double (GString *out, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  /* JSON has no infinity and no NaN; json-glib's generator would write them all the same. */
  if (!isfinite (value)) {
    g_string_append (out, "null");
    return;
  }
  g_string_append (out, g_ascii_dtostr (digits, sizeof digits, value));
}

static void
append_value (GString *out, JsonNode *node)
{
  switch (json_node_get_value_type (node)) {
  case G_TYPE_STRING:
    dmc_json_append_string (out, json_node_get_string (node));
    break;
  case G_TYPE_BOOLEAN:
    g_string_append (out, json_node_get_boolean (node) ? "true" : "false");
    break;
  case G_TYPE_DOUBLE:
  case G_TYPE_FLOAT:
    append_double (out, json_node_get_double (node));
    break;
  default:
    g_string_append_printf (out, "%" G_GINT64_FORMAT, json_node_get_int (node));
    break;
  }
}

static void
append_object (GString *out, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;
  const char *separator = "";

  g_string_append_c (out, '{');
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &value)) {
    g_string_append (out, separator);
    dmc_json_append_string (out, name);
    g_string_append_c (out, ':');
    dmc_json_append (out, value);
    separator = ",";
  }
  g_string_append_c (out, '}');
}

static void
append_array (GString *out, JsonArray *array)
{
  guint n = json_array_get_length (array);

  g_string_append_c (out, '[');
  for (guint i = 0; i < n; i++) {
    if (i > 0)
      g_string_append_c (out, ',');
    dmc_json_append (out, json_array_get_element (array, i));
  }
  g_string_append_c (out, ']');
}

/**
 * dmc_json_append:
 * @out: where to append
 * @node: (nullable): what to write; NULL is written as null
 *
 * Appends the compact text of @node: one line, always valid JSON, whatever bytes its strings hold.
 */
void
dmc_json_append (GString *out, JsonNode *node)
{
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    g_string_append (out, "null");
  else if (JSON_NODE_HOLDS_OBJECT (node))
    append_object (out, json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node))
    append_array (out, json_node_get_array (node));
  else
    append_value (out, node);
}

/**
 * dmc_json_print:
 * @node: (nullable): what to write
 * @length: (out) (optional): the text's length in bytes
 *
 * Returns: (transfer full): the compact text of @node
 */
char *
dmc_json_print (JsonNode *node, gsize *length)
{
  GString *out = g_string_new (NULL);

  dmc_json_append (out, node);
  if (length != NULL)
    *length = out->len;
  return g_string_free (out, FALSE);
}

/* --- building --------------------------------------------------------------------------------- */

static void
set_member (JsonObject *object, const char *name, char kind, va_list *args)
{
  switch (kind) {
  case 's': {
    const char *text = va_arg (*args, const char *);
    if (text != NULL)
      json_object_set_string_member (object, name, text);
    break;
  }
  case 'i':
    json_object_set_int_member (object, name, va_arg (*args, gint64));
    break;
  case 'd':
    json_object_set_double_member (object, name, va_arg (*args, double));
    break;
  case 'b':
    json_object_set_boolean_member (object, name, va_arg (*args, gboolean));
    break;
  case 'n': {
    JsonNode *node = va_arg (*args, JsonNode *);
    if (node != NULL)
      json_object_set_member (object, name, node);
    break;
  }
  case 'o': {
    JsonObject *child = va_arg (*args, JsonObject *);
    if (child != NULL)
      json_object_set_object_member (object, name, child);
    break;
  }
  case 'a': {
    JsonArray *array = va_arg (*args, JsonArray *);
    if (array != NULL)
      json_object_set_array_member (object, name, array);
    break;
  }
  default:
    g_error ("dmc_json_object: \"%s\" has no kind %c", name, kind);
  }
}

static JsonObject *
object_from_va (const char *spec, va_list *args)
{
  JsonObject *object = json_object_new ();

  for (; spec != NULL; spec = va_arg (*args, const char *)) {
    const char *colon = strrchr (spec, ':');
    g_autofree char *name = NULL;

    g_assert (colon != NULL && colon[1] != '\0');
    name = g_strndup (spec, (gsize) (colon - spec));
    set_member (object, name, colon[1], args);
  }
  return object;
}

/**
 * dmc_json_object: (skip)
 * @first: (nullable): the first member as "name:kind"; see the header
 *
 * Returns: (transfer full): the object
 */
JsonObject *
dmc_json_object (const char *first, ...)
{
  JsonObject *object;
  va_list args;

  va_start (args, first);
  object = object_from_va (first, &args);
  va_end (args);
  return object;
}

/**
 * dmc_json_node: (skip)
 * @first: (nullable): the first member as "name:kind"; see the header
 *
 * Returns: (transfer full): the object in a node
 */
JsonNode *
dmc_json_node (const char *first, ...)
{
  JsonObject *object;
  va_list args;

  va_start (args, first);
  object = object_from_va (first, &args);
  va_end (args);
  return dmc_json_take_object (object);
}

/**
 * dmc_json_take_object:
 * @object: (transfer full): an object
 *
 * Returns: (transfer full): a node that holds it
 */
JsonNode *
dmc_json_take_object (JsonObject *object)
{
  JsonNode *node = json_node_alloc ();

  json_node_init_object (node, object);
  json_object_unref (object);
  return node;
}

/**
 * dmc_json_take_array:
 * @array: (transfer full): an array
 *
 * Returns: (transfer full): a node that holds it
 */
JsonNode *
dmc_json_take_array (JsonArray *array)
{
  JsonNode *node = json_node_alloc ();

  json_node_init_array (node, array);
  json_array_unref (array);
  return node;
}

/* --- reading ---------------------------------------------------------------------------------- */

static JsonNode *
value_of_type (JsonObject *object, const char *member, GType type)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != type)
    return NULL;
  return node;
}

/**
 * dmc_json_get_string:
 * @object: (nullable): an object
 * @member: a member's name
 * @fallback: (nullable): what to return where there is no such string
 *
 * Returns: (transfer none) (nullable): the member's text, owned by @object
 */
const char *
dmc_json_get_string (JsonObject *object, const char *member, const char *fallback)
{
  JsonNode *node = value_of_type (object, member, G_TYPE_STRING);

  return node != NULL ? json_node_get_string (node) : fallback;
}

/**
 * dmc_json_get_int:
 * @object: (nullable): an object
 * @member: a member's name
 * @fallback: what to return where there is no such integer
 *
 * Returns: the member's value; an integer too large for the type counts as the largest, which is as
 * much too large for whoever asks
 */
gint64
dmc_json_get_int (JsonObject *object, const char *member, gint64 fallback)
{
  JsonNode *node = value_of_type (object, member, G_TYPE_INT64);
  double large;

  if (node != NULL)
    return json_node_get_int (node);
  node = value_of_type (object, member, G_TYPE_DOUBLE);
  large = node != NULL ? json_node_get_double (node) : 0;
  if (large >= (double) G_MAXINT64)
    return G_MAXINT64;
  return large <= (double) G_MININT64 ? G_MININT64 : fallback;
}

/**
 * dmc_json_get_double:
 * @object: (nullable): an object
 * @member: a member's name
 * @fallback: what to return where there is no such number
 *
 * Returns: the member's value; an integer counts as a number
 */
double
dmc_json_get_double (JsonObject *object, const char *member, double fallback)
{
  JsonNode *node = value_of_type (object, member, G_TYPE_DOUBLE);

  if (node == NULL)
    node = value_of_type (object, member, G_TYPE_INT64);
  return node != NULL ? json_node_get_double (node) : fallback;
}

/**
 * dmc_json_get_boolean:
 * @object: (nullable): an object
 * @member: a member's name
 * @fallback: what to return where there is no such boolean
 *
 * Returns: the member's value
 */
gboolean
dmc_json_get_boolean (JsonObject *object, const char *member, gboolean fallback)
{
  JsonNode *node = value_of_type (object, member, G_TYPE_BOOLEAN);

  return node != NULL ? json_node_get_boolean (node) : fallback;
}

/**
 * dmc_json_get_object:
 * @object: (nullable): an object
 * @member: a member's name
 *
 * Returns: (transfer none) (nullable): the member where it is an object
 */
JsonObject *
dmc_json_get_object (JsonObject *object, const char *member)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/**
 * dmc_json_get_array:
 * @object: (nullable): an object
 * @member: a member's name
 *
 * Returns: (transfer none) (nullable): the member where it is an array
 */
JsonArray *
dmc_json_get_array (JsonObject *object, const char *member)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, member) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

/**
 * dmc_json_dup_strings:
 * @object: (nullable): an object
 * @member: a member's name
 *
 * Returns: (transfer full) (array zero-terminated=1): the strings of the member where it is an
 * array; what is no string in there is left out
 */
char **
dmc_json_dup_strings (JsonObject *object, const char *member)
{
  JsonArray *array = dmc_json_get_array (object, member);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
    JsonNode *node = json_array_get_element (array, i);

    if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
      g_strv_builder_add (builder, json_node_get_string (node));
  }
  return g_strv_builder_end (builder);
}

/**
 * dmc_json_wipe_string:
 * @object: (nullable): an object
 * @member: a member's name
 *
 * Overwrites the text of a string member with zero bytes, where it stands.
 */
void
dmc_json_wipe_string (JsonObject *object, const char *member)
{
  const char *text = dmc_json_get_string (object, member, NULL);

  /* json-glib owns the text and hands it out as const; it is heap memory of our process all the
   * same. */
  if (text != NULL)
    explicit_bzero ((char *) (guintptr) text, strlen (text));
}
