/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/document-private.h"
#include "rpc/json.h"

static void append (GString *out, JsonNode *node);

static int
compare_members (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static void
append_object (GString *out, JsonObject *object)
{
  g_autoptr (GList) members = g_list_sort (json_object_get_members (object), compare_members);

  g_string_append_c (out, '{');
  for (GList *l = members; l != NULL; l = l->next) {
    if (l != members)
      g_string_append_c (out, ',');
    dmc_json_append_string (out, l->data);
    g_string_append_c (out, ':');
    append (out, json_object_get_member (object, l->data));
  }
  g_string_append_c (out, '}');
}

static void
append_array (GString *out, JsonArray *array)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < json_array_get_length (array); i++) {
    if (i > 0)
      g_string_append_c (out, ',');
    append (out, json_array_get_element (array, i));
  }
  g_string_append_c (out, ']');
}

static void
append (GString *out, JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    append_object (out, json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node))
    append_array (out, json_node_get_array (node));
  else
    dmc_json_append (out, node);
}

char *
dmc_policy_canonical_text (JsonNode *node)
{
  GString *out = g_string_new (NULL);

  append (out, node);
  return g_string_free (out, FALSE);
}
