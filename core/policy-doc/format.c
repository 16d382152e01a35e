/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/document.h"
#include "rpc/json.h"

/* Up to this width an array or object stays on one line, as people write rules and labels. */
#define LINE_WIDTH 100

static void append_value (GString *out, JsonNode *node, guint indent, gsize column);

static void
append_on_one_line (GString *out, JsonNode *node)
{
  if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);

    g_string_append_c (out, '[');
    for (guint i = 0; i < json_array_get_length (array); i++) {
      g_string_append (out, i > 0 ? ", " : "");
      append_on_one_line (out, json_array_get_element (array, i));
    }
    g_string_append_c (out, ']');
  } else if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObjectIter iter;
    const char *member;
    JsonNode *value;
    gboolean first = TRUE;

    g_string_append_c (out, '{');
    json_object_iter_init_ordered (&iter, json_node_get_object (node));
    while (json_object_iter_next_ordered (&iter, &member, &value)) {
      g_string_append (out, first ? "" : ", ");
      dmc_json_append_string (out, member);
      g_string_append (out, ": ");
      append_on_one_line (out, value);
      first = FALSE;
    }
    g_string_append_c (out, '}');
  } else {
    dmc_json_append (out, node);
  }
}

static void
append_line_start (GString *out, gboolean first, guint indent)
{
  g_string_append (out, first ? "\n" : ",\n");
  for (guint i = 0; i < indent; i++)
    g_string_append (out, "  ");
}

static void
append_object (GString *out, JsonObject *object, guint indent)
{
  JsonObjectIter iter;
  const char *member;
  JsonNode *value;
  gboolean first = TRUE;

  g_string_append_c (out, '{');
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &member, &value)) {
    gsize start;

    append_line_start (out, first, indent + 1);
    start = out->len;
    dmc_json_append_string (out, member);
    g_string_append (out, ": ");
    append_value (out, value, indent + 1, 2 * (indent + 1) + out->len - start);
    first = FALSE;
  }
  append_line_start (out, TRUE, indent);
  g_string_append_c (out, '}');
}

static void
append_array (GString *out, JsonArray *array, guint indent)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < json_array_get_length (array); i++) {
    append_line_start (out, i == 0, indent + 1);
    append_value (out, json_array_get_element (array, i), indent + 1, 2 * (indent + 1));
  }
  append_line_start (out, TRUE, indent);
  g_string_append_c (out, ']');
}

static void
append_value (GString *out, JsonNode *node, guint indent, gsize column)
{
  g_autoptr (GString) line = g_string_new (NULL);

  append_on_one_line (line, node);
  /* The document itself and its members are never squeezed. */
  if (indent > 1 && column + line->len < LINE_WIDTH)
    g_string_append_len (out, line->str, (gssize)line->len);
  else if (JSON_NODE_HOLDS_OBJECT (node) && json_object_get_size (json_node_get_object (node)) > 0)
    append_object (out, json_node_get_object (node), indent);
  else if (JSON_NODE_HOLDS_ARRAY (node) && column + line->len >= LINE_WIDTH)
    append_array (out, json_node_get_array (node), indent);
  else
    g_string_append_len (out, line->str, (gssize)line->len);
}

char *
dmc_policy_format_text (JsonNode *node)
{
  GString *out = g_string_new (NULL);

  append_value (out, node, 0, 0);
  g_string_append_c (out, '\n');
  return g_string_free (out, FALSE);
}
