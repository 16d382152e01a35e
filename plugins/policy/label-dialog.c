/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "label-dialog.h"

#include <glib/gi18n.h>

#include "form.h"
#include "policy-doc/edit.h"
#include "rpc/json.h"

static DmcPolicyNameKind
kind_of (DmcPolicyForm *form)
{
  g_autofree char *kind = NULL;

  if (!dmc_policy_form_is_new (form))
    return (DmcPolicyNameKind)dmc_policy_form_get_row (form)->kind;
  kind = dmc_policy_form_dup (form, "what");
  return g_str_equal (kind, "subjects") ? DMC_POLICY_NAME_SUBJECT : DMC_POLICY_NAME_OBJECT;
}

static const char *
member_of (DmcPolicyNameKind kind)
{
  return kind == DMC_POLICY_NAME_SUBJECT ? "subjects" : "objects";
}

/* ---- from the fields ---- */

/* A trusted subject has two levels instead of one. */
static void
write_levels (DmcPolicyForm *form, JsonObject *policy, JsonObject *label)
{
  g_autofree char *upper = dmc_policy_form_dup (form, "level_range"), *lower = dmc_policy_form_dup (form, "level");
  JsonArray *levels = dmc_json_get_array (dmc_json_get_object (policy, "blp"), "levels"), *range;

  json_object_remove_member (label, "level_range");
  dmc_policy_form_write (form, "level", label);
  if (*upper == '\0')
    return;
  if (*lower == '\0') {
    g_free (lower);
    lower = g_strdup (levels != NULL && json_array_get_length (levels) > 0 ? json_array_get_string_element (levels, 0) : upper);
  }
  range = json_array_new ();
  json_array_add_string_element (range, lower);
  json_array_add_string_element (range, upper);
  json_object_remove_member (label, "level");
  json_object_set_array_member (label, "level_range", range);
}

static void
write_label (DmcPolicyForm *form, JsonObject *policy, JsonObject *label)
{
  g_autoptr (JsonArray) categories = dmc_policy_form_get_checked (form, "categories");

  dmc_policy_form_write (form, "description", label);
  dmc_policy_form_write (form, "type", label);
  write_levels (form, policy, label);
  json_object_remove_member (label, "categories");
  if (json_array_get_length (categories) > 0)
    json_object_set_array_member (label, "categories", g_steal_pointer (&categories));
  dmc_policy_form_write (form, "integrity", label);
  dmc_policy_form_write (form, "dataset", label);
  json_object_remove_member (label, "outside_wall");
  if (dmc_policy_form_get_switch (form, "outside_wall"))
    json_object_set_boolean_member (label, "outside_wall", TRUE);
}

static char *
build (DmcPolicyForm *form, JsonObject *policy, const char **problem)
{
  DmcPolicyNameKind kind = kind_of (form);
  const char *before = dmc_policy_form_is_new (form) ? NULL : dmc_policy_form_get_row (form)->name;
  JsonObject *labels = dmc_policy_own_object (dmc_policy_own_object (policy, "labels"), member_of (kind));
  g_autofree char *name = dmc_policy_form_dup (form, "name"), *place = NULL;

  if (g_strcmp0 (name, before) != 0 && json_object_has_member (labels, name)) {
    *problem = _ ("There is a label of this name already.");
    return NULL;
  }
  if (before != NULL)
    dmc_policy_rename (policy, kind, before, name);
  write_label (form, policy, dmc_policy_own_object (labels, name));
  place = g_strconcat ("labels.", member_of (kind), NULL);
  return dmc_policy_path (place, name);
}

/* ---- into the fields ---- */

static void
show_label (DmcPolicyForm *form, const char *name, JsonObject *label)
{
  g_auto (GStrv) range = dmc_json_dup_strings (label, "level_range");
  gboolean trusted = range != NULL && g_strv_length (range) == 2;

  dmc_policy_form_set (form, "name", name);
  dmc_policy_form_set (form, "description", dmc_json_get_string (label, "description", ""));
  dmc_policy_form_set (form, "type", dmc_json_get_string (label, "type", ""));
  dmc_policy_form_set (form, "level", trusted ? range[0] : dmc_json_get_string (label, "level", ""));
  dmc_policy_form_set (form, "level_range", trusted ? range[1] : "");
  dmc_policy_form_set_checked (form, "categories", dmc_json_get_array (label, "categories"));
  dmc_policy_form_set (form, "integrity", dmc_json_get_string (label, "integrity", ""));
  dmc_policy_form_set (form, "dataset", dmc_json_get_string (label, "dataset", ""));
  dmc_policy_form_set_switch (form, "outside_wall", dmc_json_get_boolean (label, "outside_wall", FALSE));
}

/* What depends on whether it is a subject's. */
static void
on_changed (DmcPolicyForm *form, const char *member)
{
  gboolean subject = kind_of (form) == DMC_POLICY_NAME_SUBJECT;

  if (member != NULL && !g_str_equal (member, "what"))
    return;
  dmc_policy_form_show_field (form, "level_range", subject && dmc_policy_form_has_offers (form, "level_range"));
  dmc_policy_form_show_field (form, "dataset", !subject && dmc_policy_form_has_offers (form, "dataset"));
}

static const DmcPolicyFormClass label_form = { .build = build, .changed = on_changed };

/* ---- the window ---- */

/* A choice of @names, or of none of them, that is hidden where there are no names. */
static void
add_names (DmcPolicyForm *form, const char *member, const char *title, const char *none, JsonArray *names)
{
  dmc_policy_form_add_choice (form, member, title);
  dmc_policy_form_offer (form, member, "", none, NULL);
  dmc_policy_form_offer_names (form, member, names);
  dmc_policy_form_show_field (form, member, dmc_policy_form_has_offers (form, member));
}

static void
offer_datasets (DmcPolicyForm *form, JsonArray *classes)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; classes != NULL && i < json_array_get_length (classes); i++) {
    JsonNode *node = json_array_get_element (classes, i);
    g_auto (GStrv) names = JSON_NODE_HOLDS_OBJECT (node) ? dmc_json_dup_strings (json_node_get_object (node), "datasets") : NULL;

    for (guint j = 0; names != NULL && names[j] != NULL; j++)
      if (g_hash_table_add (seen, (gpointer)g_intern_string (names[j])))
        dmc_policy_form_offer (form, "dataset", names[j], names[j], NULL);
  }
}

static void
add_fields (DmcPolicyForm *form, JsonObject *policy)
{
  JsonObject *blp = dmc_json_get_object (policy, "blp"), *wall = dmc_json_get_object (policy, "chinese_wall");
  JsonArray *levels = dmc_json_get_array (blp, "levels");

  dmc_policy_form_add_entry (form, "name", _ ("_Name"), NULL);
  dmc_policy_form_add_entry (form, "description", _ ("_Description"), _ ("A note for people"));
  add_names (form, "type", _ ("_Type"), _ ("None: no rule allows anything"),
             dmc_json_get_array (dmc_json_get_object (policy, "te"), "types"));
  add_names (form, "level", _ ("_Confidentiality"), _ ("The lowest"), levels);
  add_names (form, "level_range", _ ("_Reads up to"), _ ("The same: it is not trusted"), levels);
  dmc_policy_form_add_checks (form, "categories", _ ("Ca_tegories"));
  dmc_policy_form_offer_names (form, "categories", dmc_json_get_array (blp, "categories"));
  dmc_policy_form_show_field (form, "categories", dmc_policy_form_has_offers (form, "categories"));
  add_names (form, "integrity", _ ("_Integrity"), _ ("The lowest"), dmc_json_get_array (dmc_json_get_object (policy, "biba"), "levels"));
  add_names (form, "dataset", _ ("Data_set"), _ ("None: everybody may read it"), NULL);
  offer_datasets (form, dmc_json_get_array (wall, "classes"));
  dmc_policy_form_add_switch (form, "outside_wall", _ ("_Outside the wall"));
  dmc_policy_form_show_field (form, "outside_wall", wall != NULL);
}

void
dmc_label_dialog_run (GtkWindow *parent, DmcPolicyDraft *draft, const DmcPolicyRow *row, gboolean is_new)
{
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (draft);
  DmcPolicyForm *form;

  if (policy == NULL)
    return;
  form = dmc_policy_form_new (parent, draft, is_new ? _ ("Add a Label") : _ ("Change the Label"), row, is_new, &label_form);
  if (is_new) {
    dmc_policy_form_add_choice (form, "what", _ ("_Kind"));
    dmc_policy_form_offer (form, "what", "subjects", _ ("Subject: who does something"), NULL);
    dmc_policy_form_offer (form, "what", "objects", _ ("Object: what something is done to"), NULL);
    if (row != NULL)
      dmc_policy_form_set (form, "what", member_of ((DmcPolicyNameKind)row->kind));
  }
  add_fields (form, json_node_get_object (policy));
  if (!is_new)
    show_label (form, row->name,
                dmc_json_get_object (dmc_json_get_object (dmc_json_get_object (json_node_get_object (policy), "labels"),
                                                          member_of ((DmcPolicyNameKind)row->kind)),
                                     row->name));
  dmc_policy_form_run (form);
}
