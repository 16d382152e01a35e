/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/edit.h"

#include "policy-doc/document-private.h"
#include "rpc/json.h"

#define MAX_USES 8

/* Places of names: members apart by "/", "[]" is each element, "*" the value of each member, and "{}" each member's own
 * name, which ends a place. */
static const struct kind {
  const char *declared;
  const char *uses[MAX_USES];
} kinds[DMC_POLICY_N_NAMES] = {
#define USES_OF_TYPES "te/attributes/*/[]", "te/allow/[]/source", "te/allow/[]/target", "te/neverallow/[]/source", "te/neverallow/[]/target"
  [DMC_POLICY_NAME_TYPE] = { "te/types/[]", { USES_OF_TYPES, "labels/subjects/*/type", "labels/objects/*/type" } },
  [DMC_POLICY_NAME_ATTRIBUTE] = { "te/attributes/{}", { USES_OF_TYPES } },
  [DMC_POLICY_NAME_LEVEL]
  = { "blp/levels/[]", { "labels/subjects/*/level", "labels/subjects/*/level_range/[]", "labels/objects/*/level" } },
  [DMC_POLICY_NAME_CATEGORY] = { "blp/categories/[]", { "labels/subjects/*/categories/[]", "labels/objects/*/categories/[]" } },
  [DMC_POLICY_NAME_INTEGRITY] = { "biba/levels/[]", { "labels/subjects/*/integrity", "labels/objects/*/integrity" } },
  [DMC_POLICY_NAME_CONFLICT_CLASS] = { "chinese_wall/classes/[]/name", { NULL } },
  [DMC_POLICY_NAME_DATASET] = { "chinese_wall/classes/[]/datasets/[]", { "labels/objects/*/dataset" } },
  [DMC_POLICY_NAME_SUBJECT] = { "labels/subjects/{}", { "guard/subjects/{}", "contexts/apps/*", "contexts/may_bring/[]" } },
  [DMC_POLICY_NAME_OBJECT]
  = { "labels/objects/{}",
      { "contexts/files/[]/label", "contexts/volumes/[]/label", "contexts/network/[]/label", "contexts/processes" } },
};

/* ---- a walk over places ---- */

/* What is done at a name: @node is the string, or NULL where the name is that of a member of @owner. */
typedef void (*Visit) (JsonNode *node, JsonObject *owner, const char *name, gpointer user_data);

static void visit (JsonNode *node, const char *place, Visit function, gpointer user_data);

/* In their order, and safe from changes of the object: (transfer full) */
static GPtrArray *
member_names (JsonObject *object)
{
  g_autoptr (GList) members = json_object_get_members (object);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (GList *item = members; item != NULL; item = item->next)
    g_ptr_array_add (names, g_strdup (item->data));
  return names;
}

static void
visit_members (JsonObject *object, const char *step, const char *rest, Visit function, gpointer user_data)
{
  g_autoptr (GPtrArray) names = member_names (object);

  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);

    if (g_str_equal (step, "{}"))
      function (NULL, object, name, user_data);
    else if (g_str_equal (step, "*") || g_str_equal (step, name))
      visit (json_object_get_member (object, name), rest, function, user_data);
  }
}

static void
visit (JsonNode *node, const char *place, Visit function, gpointer user_data)
{
  gsize length = strcspn (place, "/");
  g_autofree char *step = g_strndup (place, length);
  const char *rest = place[length] == '/' ? place + length + 1 : place + length;

  if (*place == '\0') {
    if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
      function (node, NULL, json_node_get_string (node), user_data);
  } else if (g_str_equal (step, "[]")) {
    JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

    for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
      visit (json_array_get_element (array, i), rest, function, user_data);
  } else if (JSON_NODE_HOLDS_OBJECT (node)) {
    visit_members (json_node_get_object (node), step, rest, function, user_data);
  }
}

static void
visit_policy (JsonObject *policy, const char *place, Visit function, gpointer user_data)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), policy);

  visit (node, place, function, user_data);
}

/* ---- what is declared and used ---- */

static void
count (JsonNode *node, JsonObject *owner, const char *name, gpointer user_data)
{
  GHashTable *counts = user_data;
  guint before = GPOINTER_TO_UINT (g_hash_table_lookup (counts, name));

  g_hash_table_replace (counts, g_strdup (name), GUINT_TO_POINTER (before + 1));
}

GHashTable *
dmc_policy_count_uses (JsonObject *policy, DmcPolicyNameKind kind)
{
  GHashTable *counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < MAX_USES && kinds[kind].uses[i] != NULL; i++)
    visit_policy (policy, kinds[kind].uses[i], count, counts);
  return counts;
}

static gboolean
is_at (JsonObject *policy, const char *place, const char *name)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  visit_policy (policy, place, count, counts);
  return g_hash_table_contains (counts, name);
}

gboolean
dmc_policy_is_declared (JsonObject *policy, DmcPolicyNameKind kind, const char *name)
{
  if (kind == DMC_POLICY_NAME_TYPE || kind == DMC_POLICY_NAME_ATTRIBUTE)
    return is_at (policy, kinds[DMC_POLICY_NAME_TYPE].declared, name)
           || is_at (policy, kinds[DMC_POLICY_NAME_ATTRIBUTE].declared, name);
  return is_at (policy, kinds[kind].declared, name);
}

/* ---- another name ---- */

typedef struct {
  const char *from, *to;
} Names;

static void
replace (JsonNode *node, JsonObject *owner, const char *name, gpointer user_data)
{
  const Names *names = user_data;

  if (!g_str_equal (name, names->from))
    return;
  if (node != NULL)
    json_node_set_string (node, names->to);
  else if (!json_object_has_member (owner, names->to))
    dmc_policy_rename_member (owner, names->from, names->to);
}

gboolean
dmc_policy_rename (JsonObject *policy, DmcPolicyNameKind kind, const char *from, const char *to)
{
  Names names = { from, to };

  if (g_str_equal (from, to))
    return TRUE;
  if (dmc_policy_is_declared (policy, kind, to))
    return FALSE;
  visit_policy (policy, kinds[kind].declared, replace, &names);
  for (guint i = 0; i < MAX_USES && kinds[kind].uses[i] != NULL; i++)
    visit_policy (policy, kinds[kind].uses[i], replace, &names);
  return TRUE;
}

void
dmc_policy_rename_member (JsonObject *object, const char *from, const char *to)
{
  g_autoptr (GPtrArray) names = member_names (object);

  /* An object appends: what is taken out and put back one after the other keeps its order. */
  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index (names, i);
    JsonNode *value = json_object_dup_member (object, name);

    json_object_remove_member (object, name);
    json_object_set_member (object, g_str_equal (name, from) ? to : name, value);
  }
}

/* ---- small things ---- */

JsonObject *
dmc_policy_own_object (JsonObject *object, const char *member)
{
  if (dmc_json_get_object (object, member) == NULL)
    json_object_set_object_member (object, member, json_object_new ());
  return json_object_get_object_member (object, member);
}

JsonArray *
dmc_policy_own_array (JsonObject *object, const char *member)
{
  if (dmc_json_get_array (object, member) == NULL)
    json_object_set_array_member (object, member, json_array_new ());
  return json_object_get_array_member (object, member);
}

gboolean
dmc_policy_swap_elements (JsonArray *array, int one, int other)
{
  int length = (int)json_array_get_length (array);
  g_autoptr (JsonArray) swapped = NULL;

  if (one < 0 || other < 0 || one >= length || other >= length)
    return FALSE;
  swapped = json_array_new ();
  for (int i = 0; i < length; i++)
    json_array_add_element (swapped, json_array_dup_element (array, (guint)(i == one ? other : i == other ? one : i)));
  while (json_array_get_length (array) > 0)
    json_array_remove_element (array, 0);
  for (int i = 0; i < length; i++)
    json_array_add_element (array, json_array_dup_element (swapped, (guint)i));
  return TRUE;
}

char *
dmc_policy_path (const char *path, const char *member)
{
  g_autoptr (GString) place = g_string_new (path);
  DmcPolicyReader reader = { .path = place };

  dmc_policy_reader_enter_member (&reader, member);
  return g_strdup (place->str);
}
