/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/propose.h"

#include "policy-doc/edit.h"
#include "rpc/json.h"

static const char *
type_of (JsonObject *labels, const char *name)
{
  return dmc_json_get_string (dmc_json_get_object (labels, name), "type", NULL);
}

/* The label that is called @word, or the first of that type: (nullable) */
static const char *
find_label (JsonObject *labels, const char *word)
{
  JsonObjectIter iter;
  const char *name;

  if (labels == NULL || word == NULL)
    return NULL;
  if (json_object_has_member (labels, word))
    return word;
  json_object_iter_init_ordered (&iter, labels);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    if (g_strcmp0 (type_of (labels, name), word) == 0)
      return name;
  return NULL;
}

/* Whether a domain was denied something on itself. */
static gboolean
is_about_itself (JsonObject *record)
{
  gint64 domain = dmc_json_get_int (record, "domain", -1);

  return domain >= 0 && domain == dmc_json_get_int (record, "object_domain", -1);
}

JsonObject *
dmc_policy_record_access (JsonObject *policy, JsonObject *record)
{
  JsonObject *labels = dmc_json_get_object (policy, "labels");
  JsonObject *objects = dmc_json_get_object (labels, "objects");
  const char *subject = find_label (dmc_json_get_object (labels, "subjects"), dmc_json_get_string (record, "subject", NULL));
  const char *object = find_label (objects, dmc_json_get_string (record, "object", NULL));
  g_autofree char *self = g_strdup_printf ("%s:self", object != NULL ? object : "");

  if (subject == NULL || object == NULL)
    return NULL;
  if (is_about_itself (record) && json_object_has_member (objects, self))
    object = self;
  return dmc_json_object ("subject:s", subject, "object:s", object, "class:s", dmc_json_get_string (record, "class", ""),
                          "permission:s", dmc_json_get_string (record, "permission", ""), NULL);
}

JsonObject *
dmc_policy_propose_rule (JsonObject *policy, JsonObject *access)
{
  JsonObject *labels = dmc_json_get_object (policy, "labels");
  const char *source = type_of (dmc_json_get_object (labels, "subjects"), dmc_json_get_string (access, "subject", ""));
  const char *target = type_of (dmc_json_get_object (labels, "objects"), dmc_json_get_string (access, "object", ""));
  JsonArray *permissions;

  if (source == NULL || target == NULL)
    return NULL;
  permissions = json_array_new ();
  json_array_add_string_element (permissions, dmc_json_get_string (access, "permission", ""));
  return dmc_json_object ("source:s", source, "target:s", target, "class:s", dmc_json_get_string (access, "class", ""),
                          "permissions:a", permissions, NULL);
}

static gboolean
is_between_the_same (JsonObject *one, JsonObject *other)
{
  static const char *const members[] = { "source", "target", "class" };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    if (g_strcmp0 (dmc_json_get_string (one, members[i], NULL), dmc_json_get_string (other, members[i], NULL)) != 0)
      return FALSE;
  return TRUE;
}

static void
add_missing (JsonArray *to, JsonArray *from)
{
  for (guint i = 0; i < json_array_get_length (from); i++) {
    JsonNode *node = json_array_get_element (from, i);
    gboolean there = FALSE;

    for (guint j = 0; j < json_array_get_length (to); j++)
      there = there || json_node_equal (json_array_get_element (to, j), node);
    if (!there)
      json_array_add_element (to, json_node_copy (node));
  }
}

/* Deep, since a copied node shares its object. */
static JsonNode *
copy_deeply (JsonNode *node)
{
  g_autofree char *text = json_to_string (node, FALSE);

  return json_from_string (text, NULL);
}

guint
dmc_policy_merge_rule (JsonObject *policy, const char *member, JsonObject *rule)
{
  JsonArray *rules = dmc_policy_own_array (dmc_policy_own_object (policy, "te"), member);
  JsonArray *permissions = dmc_json_get_array (rule, "permissions");

  for (guint i = 0; i < json_array_get_length (rules); i++) {
    JsonNode *node = json_array_get_element (rules, i);
    JsonObject *other = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

    if (other != NULL && dmc_json_get_array (other, "permissions") != NULL && is_between_the_same (other, rule)) {
      add_missing (dmc_json_get_array (other, "permissions"), permissions);
      return i;
    }
  }
  json_array_add_object_element (rules, json_object_ref (rule));
  return json_array_get_length (rules) - 1;
}

JsonNode *
dmc_policy_add_rule (JsonNode *policy, JsonObject *rule)
{
  JsonNode *copy = copy_deeply (policy);

  dmc_policy_merge_rule (json_node_get_object (copy), "allow", rule);
  return copy;
}
