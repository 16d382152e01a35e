/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "name-dialog.h"

#include <glib/gi18n.h>

#include "form.h"
#include "rpc/json.h"

/* What names labels of policies are made of: the title, and where an array declares them. */
static const struct kind {
  const char *title, *model, *member;
} kinds[] = {
  [DMC_POLICY_NAME_TYPE] = { N_ ("Type"), "te", "types" },
  [DMC_POLICY_NAME_ATTRIBUTE] = { N_ ("Set of types"), "te", NULL },
  [DMC_POLICY_NAME_LEVEL] = { N_ ("Confidentiality level"), "blp", "levels" },
  [DMC_POLICY_NAME_CATEGORY] = { N_ ("Category"), "blp", "categories" },
  [DMC_POLICY_NAME_INTEGRITY] = { N_ ("Integrity level"), "biba", "levels" },
  [DMC_POLICY_NAME_CONFLICT_CLASS] = { N_ ("Conflict class"), "chinese_wall", "classes" },
  [DMC_POLICY_NAME_DATASET] = { N_ ("Dataset"), "chinese_wall", "datasets" },
};

const char *
dmc_name_kind_title (DmcPolicyNameKind kind)
{
  return kinds[kind].title;
}

static JsonObject *
object_at (JsonArray *array, int index)
{
  JsonNode *node = array != NULL && index >= 0 && index < (int)json_array_get_length (array)
                       ? json_array_get_element (array, (guint)index)
                       : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static JsonObject *
class_at (JsonObject *policy, int index)
{
  return object_at (dmc_json_get_array (dmc_json_get_object (policy, "chinese_wall"), "classes"), index);
}

JsonArray *
dmc_name_array (JsonObject *policy, DmcPolicyNameKind kind, int parent)
{
  if (kind == DMC_POLICY_NAME_DATASET)
    return dmc_json_get_array (class_at (policy, parent), "datasets");
  return kinds[kind].member != NULL ? dmc_json_get_array (dmc_json_get_object (policy, kinds[kind].model), kinds[kind].member) : NULL;
}

/* ---- from the fields ---- */

static DmcPolicyNameKind
kind_of (DmcPolicyForm *form)
{
  g_autofree char *kind = NULL;

  if (!dmc_policy_form_is_new (form))
    return (DmcPolicyNameKind)dmc_policy_form_get_row (form)->kind;
  kind = dmc_policy_form_dup (form, "what");
  return (DmcPolicyNameKind)g_ascii_strtoull (kind, NULL, 10);
}

static int
class_of (DmcPolicyForm *form)
{
  g_autofree char *conflict = NULL;

  if (!dmc_policy_form_is_new (form))
    return dmc_policy_form_get_row (form)->parent;
  conflict = dmc_policy_form_dup (form, "class");
  return *conflict != '\0' ? (int)g_ascii_strtoll (conflict, NULL, 10) : -1;
}

/* Where the @index-th of @kind is, as problems name it: (transfer full) */
static char *
place_of (DmcPolicyNameKind kind, int parent, int index, const char *name)
{
  if (kind == DMC_POLICY_NAME_ATTRIBUTE)
    return dmc_policy_path ("te.attributes", name);
  if (kind == DMC_POLICY_NAME_DATASET)
    return g_strdup_printf ("chinese_wall.classes[%d].datasets[%d]", parent, index);
  return g_strdup_printf ("%s.%s[%d]", kinds[kind].model, kinds[kind].member, index);
}

/* Returns: its index; -1 where it cannot be */
static int
declare (DmcPolicyForm *form, JsonObject *policy, DmcPolicyNameKind kind, const char *name)
{
  JsonObject *model = dmc_policy_own_object (policy, kinds[kind].model);
  JsonObject *owner = kind == DMC_POLICY_NAME_DATASET ? class_at (policy, class_of (form)) : model;
  JsonArray *array;

  if (kind == DMC_POLICY_NAME_ATTRIBUTE)
    return 0; /* with its types */
  if (owner == NULL)
    return -1;
  array = dmc_policy_own_array (owner, kinds[kind].member);
  if (kind == DMC_POLICY_NAME_CONFLICT_CLASS)
    json_array_add_object_element (array, dmc_json_object ("name:s", name, "datasets:a", json_array_new (), NULL));
  else
    json_array_add_string_element (array, name);
  return (int)json_array_get_length (array) - 1;
}

static char *
build (DmcPolicyForm *form, JsonObject *policy, const char **problem)
{
  const DmcPolicyRow *row = dmc_policy_form_get_row (form);
  DmcPolicyNameKind kind = kind_of (form);
  g_autofree char *name = dmc_policy_form_dup (form, "name");
  int index = row->index;
  gboolean there;

  /* A dataset may be in several classes; whether it is in this one is checked with the document. */
  there = dmc_policy_form_is_new (form) ? kind != DMC_POLICY_NAME_DATASET && dmc_policy_is_declared (policy, kind, name)
                                        : !dmc_policy_rename (policy, kind, row->name, name);
  if (there) {
    *problem = _ ("There is one of this name already.");
    return NULL;
  }
  if (dmc_policy_form_is_new (form))
    index = declare (form, policy, kind, name);
  if (index < 0) {
    *problem = _ ("A dataset is in a conflict class: add that first.");
    return NULL;
  }
  if (kind == DMC_POLICY_NAME_ATTRIBUTE)
    json_object_set_array_member (dmc_policy_own_object (dmc_policy_own_object (policy, "te"), "attributes"), name,
                                  dmc_policy_form_get_checked (form, "[]"));
  return place_of (kind, class_of (form), index, name);
}

static void
on_changed (DmcPolicyForm *form, const char *member)
{
  DmcPolicyNameKind kind = kind_of (form);

  if (member != NULL && !g_str_equal (member, "what"))
    return;
  dmc_policy_form_show_field (form, "[]", kind == DMC_POLICY_NAME_ATTRIBUTE);
  if (dmc_policy_form_is_new (form))
    dmc_policy_form_show_field (form, "class", kind == DMC_POLICY_NAME_DATASET);
}

static const DmcPolicyFormClass name_form = { .build = build, .changed = on_changed };

/* ---- the window ---- */

static void
add_kinds (DmcPolicyForm *form, JsonObject *policy, const DmcPolicyRow *row)
{
  g_autofree char *chosen = g_strdup_printf ("%d", row != NULL ? row->kind : DMC_POLICY_NAME_TYPE);

  dmc_policy_form_add_choice (form, "what", _ ("_Kind"));
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *id = g_strdup_printf ("%u", i);

    dmc_policy_form_offer (form, "what", id, _ (kinds[i].title), NULL);
  }
  dmc_policy_form_set (form, "what", chosen);
  dmc_policy_form_add_choice (form, "class", _ ("Conflict _class"));
  for (int i = 0; class_at (policy, i) != NULL; i++) {
    g_autofree char *id = g_strdup_printf ("%d", i);

    dmc_policy_form_offer (form, "class", id, dmc_json_get_string (class_at (policy, i), "name", ""), NULL);
  }
}

/* The class that something is added to: the chosen one, or that of the chosen dataset. */
static void
choose_class (DmcPolicyForm *form, const DmcPolicyRow *row)
{
  g_autofree char *id = NULL;

  if (row == NULL || (row->kind != DMC_POLICY_NAME_DATASET && row->kind != DMC_POLICY_NAME_CONFLICT_CLASS))
    return;
  id = g_strdup_printf ("%d", row->kind == DMC_POLICY_NAME_DATASET ? row->parent : row->index);
  dmc_policy_form_set (form, "class", id);
}

/* What a set of types is made of: types, and sets other than itself. */
static void
add_members (DmcPolicyForm *form, JsonObject *te, const char *itself)
{
  JsonObject *attributes = dmc_json_get_object (te, "attributes");
  JsonObjectIter iter;
  const char *name;

  dmc_policy_form_add_checks (form, "[]", _ ("_Types"));
  dmc_policy_form_offer_names (form, "[]", dmc_json_get_array (te, "types"));
  if (attributes == NULL)
    return;
  json_object_iter_init_ordered (&iter, attributes);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    if (g_strcmp0 (name, itself) != 0)
      dmc_policy_form_offer (form, "[]", name, name, _ ("A set of types"));
}

void
dmc_name_dialog_run (GtkWindow *parent, DmcPolicyDraft *draft, const DmcPolicyRow *row, gboolean is_new)
{
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (draft);
  g_autofree char *title = NULL;
  DmcPolicyForm *form;
  JsonObject *te;

  if (policy == NULL)
    return;
  te = dmc_json_get_object (json_node_get_object (policy), "te");
  title = is_new ? g_strdup (_ ("Add a Name")) : g_strdup (_ (kinds[row->kind].title));
  form = dmc_policy_form_new (parent, draft, title, row, is_new, &name_form);
  if (is_new) {
    add_kinds (form, json_node_get_object (policy), row);
    choose_class (form, row);
  }
  dmc_policy_form_add_entry (form, "name", _ ("_Name"), NULL);
  add_members (form, te, is_new ? NULL : row->name);
  if (!is_new) {
    dmc_policy_form_set (form, "name", row->name);
    if (row->kind == DMC_POLICY_NAME_ATTRIBUTE)
      dmc_policy_form_set_checked (form, "[]", dmc_json_get_array (dmc_json_get_object (te, "attributes"), row->name));
  }
  dmc_policy_form_run (form);
}
