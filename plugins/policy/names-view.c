/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names-view.h"

#include <glib/gi18n.h>

#include "name-dialog.h"
#include "policy-doc/edit.h"
#include "rpc/json.h"

/* ---- the rows ---- */

static void
add_row (DmcPolicyTable *table, DmcPolicyNameKind kind, int parent, int index, const char *name, const char *more, guint uses)
{
  g_autofree char *places = uses > 0 ? g_strdup_printf (ngettext ("%u place", "%u places", uses), uses) : g_strdup (_ ("nowhere"));

  dmc_policy_table_add (table, &(DmcPolicyRow){ .texts = { name, _ (dmc_name_kind_title (kind)), more, places },
                                                .kind = (int)kind,
                                                .parent = parent,
                                                .index = index,
                                                .name = name,
                                                .uses = uses });
}

/* Levels stand from the lowest to the highest. */
static const char *
rank (DmcPolicyNameKind kind, guint index, guint n)
{
  if (kind != DMC_POLICY_NAME_LEVEL && kind != DMC_POLICY_NAME_INTEGRITY)
    return "";
  return index == 0 ? _ ("the lowest") : index == n - 1 ? _ ("the highest") : "";
}

/* @more: (nullable): said of each */
static void
add_array (DmcPolicyTable *table, JsonArray *names, DmcPolicyNameKind kind, int parent, const char *more, GHashTable *uses)
{
  guint n = names != NULL ? json_array_get_length (names) : 0;

  for (guint i = 0; i < n; i++) {
    JsonNode *node = json_array_get_element (names, i);
    const char *name = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

    if (name != NULL)
      add_row (table, kind, parent, (int)i, name, more != NULL ? more : rank (kind, i, n),
               GPOINTER_TO_UINT (g_hash_table_lookup (uses, name)));
  }
}

static void
add_declared (DmcPolicyTable *table, JsonObject *policy, DmcPolicyNameKind kind)
{
  g_autoptr (GHashTable) uses = dmc_policy_count_uses (policy, kind);

  add_array (table, dmc_name_array (policy, kind, -1), kind, -1, NULL, uses);
}

static void
add_attributes (DmcPolicyTable *table, JsonObject *policy)
{
  JsonObject *attributes = dmc_json_get_object (dmc_json_get_object (policy, "te"), "attributes");
  g_autoptr (GHashTable) uses = dmc_policy_count_uses (policy, DMC_POLICY_NAME_ATTRIBUTE);
  JsonObjectIter iter;
  const char *name;
  int index = 0;

  if (attributes == NULL)
    return;
  json_object_iter_init_ordered (&iter, attributes);
  while (json_object_iter_next_ordered (&iter, &name, NULL)) {
    g_auto (GStrv) members = dmc_json_dup_strings (attributes, name);
    g_autofree char *list = members != NULL ? g_strjoinv (", ", members) : g_strdup ("");

    add_row (table, DMC_POLICY_NAME_ATTRIBUTE, -1, index++, name, list, GPOINTER_TO_UINT (g_hash_table_lookup (uses, name)));
  }
}

/* Each class with its datasets below it. */
static void
add_classes (DmcPolicyTable *table, JsonObject *policy)
{
  JsonArray *classes = dmc_json_get_array (dmc_json_get_object (policy, "chinese_wall"), "classes");
  g_autoptr (GHashTable) uses = dmc_policy_count_uses (policy, DMC_POLICY_NAME_DATASET);

  for (guint i = 0; classes != NULL && i < json_array_get_length (classes); i++) {
    JsonNode *node = json_array_get_element (classes, i);
    JsonObject *conflict = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    const char *name = dmc_json_get_string (conflict, "name", "");
    g_auto (GStrv) datasets = dmc_json_dup_strings (conflict, "datasets");
    g_autofree char *list = datasets != NULL ? g_strjoinv (", ", datasets) : g_strdup ("");
    guint n = 0;

    for (guint j = 0; datasets != NULL && datasets[j] != NULL; j++)
      n += GPOINTER_TO_UINT (g_hash_table_lookup (uses, datasets[j]));
    add_row (table, DMC_POLICY_NAME_CONFLICT_CLASS, -1, (int)i, name, list, n);
    add_array (table, dmc_name_array (policy, DMC_POLICY_NAME_DATASET, (int)i), DMC_POLICY_NAME_DATASET, (int)i, name, uses);
  }
}

static void
fill (DmcPolicyTable *table, JsonObject *policy)
{
  add_declared (table, policy, DMC_POLICY_NAME_TYPE);
  add_attributes (table, policy);
  add_declared (table, policy, DMC_POLICY_NAME_LEVEL);
  add_declared (table, policy, DMC_POLICY_NAME_CATEGORY);
  add_declared (table, policy, DMC_POLICY_NAME_INTEGRITY);
  add_classes (table, policy);
}

/* ---- what can be done ---- */

static gboolean
remove_name (JsonObject *policy, const DmcPolicyRow *row)
{
  JsonArray *names = dmc_name_array (policy, (DmcPolicyNameKind)row->kind, row->parent);
  JsonObject *attributes = dmc_json_get_object (dmc_json_get_object (policy, "te"), "attributes");

  if (row->kind == DMC_POLICY_NAME_ATTRIBUTE) {
    if (attributes != NULL)
      json_object_remove_member (attributes, row->name);
    return attributes != NULL;
  }
  if (names == NULL || row->index >= (int)json_array_get_length (names))
    return FALSE;
  json_array_remove_element (names, (guint)row->index);
  return TRUE;
}

static gboolean
move_name (JsonObject *policy, const DmcPolicyRow *row, int by)
{
  JsonArray *names = dmc_name_array (policy, (DmcPolicyNameKind)row->kind, row->parent);

  return names != NULL && dmc_policy_swap_elements (names, row->index, row->index + by);
}

static const DmcPolicyTableClass names = {
  .name = N_ ("Names"),
  .find = N_ ("Find a name"),
  .to_add = N_ ("Add a name"),
  .to_change = N_ ("Change the name"),
  .to_remove = N_ ("Remove the name"),
  .columns = { { N_ ("Name") }, { N_ ("What it is") }, { N_ ("With"), TRUE }, { N_ ("Used in") } },
  .fill = fill,
  .edit = dmc_name_dialog_run,
  .remove = remove_name,
  .move = move_name,
};

GtkWidget *
dmc_names_view_new (DmcHost *host, DmcPolicyDraft *draft)
{
  return dmc_policy_table_new (host, draft, &names);
}
