/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule-dialog.h"

#include <glib/gi18n.h>

#include "form.h"
#include "policy-doc/document.h"
#include "policy-doc/edit.h"
#include "policy-doc/propose.h"
#include "policy/classes.h"
#include "rpc/json.h"

const char *
dmc_rule_member (DmcRuleKind kind)
{
  return kind == DMC_RULE_NEVER ? "neverallow" : "allow";
}

static const char *
member_of (DmcPolicyForm *form)
{
  g_autofree char *chosen = NULL;

  if (!dmc_policy_form_is_new (form))
    return dmc_rule_member ((DmcRuleKind)dmc_policy_form_get_row (form)->kind);
  chosen = dmc_policy_form_dup (form, "what");
  return dmc_rule_member (g_str_equal (chosen, "neverallow") ? DMC_RULE_NEVER : DMC_RULE_ALLOW);
}

/* ---- from the fields ---- */

static char *
build (DmcPolicyForm *form, JsonObject *policy, const char **problem)
{
  g_autoptr (JsonArray) permissions = dmc_policy_form_get_checked (form, "permissions");
  const char *member = member_of (form);
  JsonArray *rules = dmc_policy_own_array (dmc_policy_own_object (policy, "te"), member);
  guint index = (guint)dmc_policy_form_get_row (form)->index;
  g_autoptr (JsonObject) fresh = json_object_new ();
  JsonObject *rule = fresh;

  if (json_array_get_length (permissions) == 0)
    return NULL;
  if (!dmc_policy_form_is_new (form) && index < json_array_get_length (rules))
    rule = json_array_get_object_element (rules, index); /* keeps what the form does not show, as a description */
  dmc_policy_form_write (form, "source", rule);
  dmc_policy_form_write (form, "target", rule);
  dmc_policy_form_write (form, "class", rule);
  json_object_set_array_member (rule, "permissions", g_steal_pointer (&permissions));
  if (rule == fresh)
    index = dmc_policy_merge_rule (policy, member, rule);
  return g_strdup_printf ("te.%s[%u]", member, index);
}

/* ---- into the fields ---- */

static void
on_changed (DmcPolicyForm *form, const char *member)
{
  g_autofree char *name = dmc_policy_form_dup (form, "class");
  int cls = dmc_policy_class_find (name);

  if (g_strcmp0 (member, "class") != 0)
    return;
  dmc_policy_form_clear_offers (form, "permissions");
  for (guint i = 0; cls >= 0 && i < pol_classes[cls].n_permissions; i++)
    dmc_policy_form_offer (form, "permissions", pol_classes[cls].permissions[i].name, pol_classes[cls].permissions[i].name,
                           pol_classes[cls].permissions[i].summary);
}

static void
show_rule (DmcPolicyForm *form, JsonObject *rule)
{
  dmc_policy_form_set (form, "source", dmc_json_get_string (rule, "source", ""));
  dmc_policy_form_set (form, "target", dmc_json_get_string (rule, "target", ""));
  dmc_policy_form_set (form, "class", dmc_json_get_string (rule, "class", ""));
  on_changed (form, "class");
  dmc_policy_form_set_checked (form, "permissions", dmc_json_get_array (rule, "permissions"));
}

static const DmcPolicyFormClass rule_form = { .build = build, .changed = on_changed };

/* ---- the window ---- */

static void
offer_types (DmcPolicyForm *form, const char *member, JsonObject *te)
{
  JsonObject *attributes = dmc_json_get_object (te, "attributes");
  JsonObjectIter iter;
  const char *name;

  dmc_policy_form_offer_names (form, member, dmc_json_get_array (te, "types"));
  if (attributes == NULL)
    return;
  json_object_iter_init_ordered (&iter, attributes);
  while (json_object_iter_next_ordered (&iter, &name, NULL)) {
    /* TRANSLATORS: name of a set of types */
    g_autofree char *text = g_strdup_printf (_ ("%s (several types)"), name);

    dmc_policy_form_offer (form, member, name, text, NULL);
  }
}

static void
add_fields (DmcPolicyForm *form, JsonObject *te)
{
  dmc_policy_form_add_choice (form, "source", _ ("_Who"));
  dmc_policy_form_add_choice (form, "target", _ ("To _what"));
  dmc_policy_form_add_choice (form, "class", _ ("Of _class"));
  dmc_policy_form_add_checks (form, "permissions", _ ("_Permissions"));
  offer_types (form, "source", te);
  offer_types (form, "target", te);
  for (guint i = 0; i < POL_N_CLASSES; i++)
    dmc_policy_form_offer (form, "class", pol_classes[i].name, pol_classes[i].name, NULL);
  on_changed (form, "class");
}

void
dmc_rule_dialog_run (GtkWindow *parent, DmcPolicyDraft *draft, const DmcPolicyRow *row, gboolean is_new)
{
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (draft);
  DmcPolicyForm *form;
  JsonArray *rules;
  JsonObject *te;

  if (policy == NULL)
    return;
  te = dmc_json_get_object (json_node_get_object (policy), "te");
  form = dmc_policy_form_new (parent, draft, is_new ? _ ("Add a Rule") : _ ("Change the Rule"), row, is_new, &rule_form);
  if (is_new) {
    dmc_policy_form_add_choice (form, "what", _ ("_Kind"));
    dmc_policy_form_offer (form, "what", "allow", _ ("Allows"), NULL);
    dmc_policy_form_offer (form, "what", "neverallow", _ ("Never: no rule may allow this"), NULL);
  }
  add_fields (form, te);
  rules = is_new ? NULL : dmc_json_get_array (te, dmc_rule_member ((DmcRuleKind)row->kind));
  if (rules != NULL && row->index < (int)json_array_get_length (rules))
    show_rule (form, json_array_get_object_element (rules, (guint)row->index));
  dmc_policy_form_run (form);
}
