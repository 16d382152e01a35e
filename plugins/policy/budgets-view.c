/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "budgets-view.h"

#include <glib/gi18n.h>

#include "form.h"
#include "policy-doc/edit.h"
#include "rpc/json.h"

enum { KIND_DEFAULTS, KIND_SUBJECT };

/* What can be limited, in the document's units. */
static const struct resource {
  const char *member, *title;
} resources[] = {
  { "memory_kib", N_ ("_Memory, KiB") },
  { "cpu_percent", N_ ("_Processor time, %") },
  { "energy_mw", N_ ("_Energy, mW") },
  { "processes", N_ ("P_rocesses") },
  { "events_per_s", N_ ("E_vents a second") },
  { "event_channels", N_ ("Event c_hannels") },
  { "grants_per_s", N_ ("_Grants a second") },
  { "page_updates_per_s", N_ ("Page _table updates a second") },
  { "console_bytes_per_s", N_ ("C_onsole, bytes a second") },
};

/* ---- the rows ---- */

static void
add_row (DmcPolicyTable *table, int kind, int index, const char *name, JsonObject *budget)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (resources); i++)
    if (budget != NULL && json_object_has_member (budget, resources[i].member))
      g_string_append_printf (text, "%s%s %" G_GINT64_FORMAT, text->len > 0 ? ", " : "", resources[i].member,
                              dmc_json_get_int (budget, resources[i].member, 0));
  dmc_policy_table_add (table, &(DmcPolicyRow){ .texts = { kind == KIND_DEFAULTS ? _ ("Everybody else") : name, text->str },
                                                .kind = kind,
                                                .index = index,
                                                .name = name });
}

static void
fill (DmcPolicyTable *table, JsonObject *policy)
{
  JsonObject *guard = dmc_json_get_object (policy, "guard"), *subjects = dmc_json_get_object (guard, "subjects");
  JsonObjectIter iter;
  const char *name;
  int index = 0;

  if (dmc_json_get_object (guard, "defaults") != NULL)
    add_row (table, KIND_DEFAULTS, 0, NULL, dmc_json_get_object (guard, "defaults"));
  if (subjects == NULL)
    return;
  json_object_iter_init_ordered (&iter, subjects);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    add_row (table, KIND_SUBJECT, index++, name, dmc_json_get_object (subjects, name));
}

static gboolean
remove_budget (JsonObject *policy, const DmcPolicyRow *row)
{
  JsonObject *guard = dmc_json_get_object (policy, "guard");
  JsonObject *owner = row->kind == KIND_DEFAULTS ? guard : dmc_json_get_object (guard, "subjects");

  if (owner == NULL)
    return FALSE;
  json_object_remove_member (owner, row->kind == KIND_DEFAULTS ? "defaults" : row->name);
  return TRUE;
}

/* ---- the form ---- */

/* What is no number stays as it was typed: the check of the document says what it must be. */
static void
write_number (DmcPolicyForm *form, const char *member, JsonObject *budget)
{
  g_autofree char *text = dmc_policy_form_dup (form, member);
  gint64 number;

  if (g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    json_object_set_int_member (budget, member, number);
  else
    dmc_policy_form_write (form, member, budget);
}

/* Those that have none yet. */
static void
offer_subjects (DmcPolicyForm *form, JsonObject *policy)
{
  JsonObject *subjects = dmc_json_get_object (dmc_json_get_object (policy, "labels"), "subjects");
  JsonObject *guard = dmc_json_get_object (policy, "guard"), *limited = dmc_json_get_object (guard, "subjects");
  JsonObjectIter iter;
  const char *name;

  dmc_policy_form_add_choice (form, "whose", _ ("_Whose"));
  if (subjects != NULL) {
    json_object_iter_init_ordered (&iter, subjects);
    while (json_object_iter_next_ordered (&iter, &name, NULL))
      if (limited == NULL || !json_object_has_member (limited, name))
        dmc_policy_form_offer (form, "whose", name, name, NULL);
  }
  if (dmc_json_get_object (guard, "defaults") == NULL || !dmc_policy_form_has_offers (form, "whose"))
    dmc_policy_form_offer (form, "whose", "", _ ("Everybody else"), NULL);
}

/* Whose budget it is: "" is everybody else's. (transfer full) */
static char *
subject_of (DmcPolicyForm *form)
{
  const DmcPolicyRow *row = dmc_policy_form_get_row (form);

  if (dmc_policy_form_is_new (form))
    return dmc_policy_form_dup (form, "whose");
  return g_strdup (row->kind == KIND_SUBJECT ? row->name : "");
}

static char *
build (DmcPolicyForm *form, JsonObject *policy, const char **problem)
{
  JsonObject *guard = dmc_policy_own_object (policy, "guard"), *owner;
  g_autofree char *subject = subject_of (form);
  const char *member = *subject != '\0' ? subject : "defaults";
  JsonObject *budget;

  owner = *subject != '\0' ? dmc_policy_own_object (guard, "subjects") : guard;
  if (dmc_policy_form_is_new (form) && json_object_has_member (owner, member)) {
    *problem = _ ("There is a budget already: change that.");
    return NULL;
  }
  budget = dmc_policy_own_object (owner, member);
  for (guint i = 0; i < G_N_ELEMENTS (resources); i++)
    write_number (form, resources[i].member, budget);
  return *subject != '\0' ? dmc_policy_path ("guard.subjects", subject) : g_strdup ("guard.defaults");
}

static const DmcPolicyFormClass budget_form = { .build = build };

static void
show_budget (DmcPolicyForm *form, JsonObject *budget)
{
  for (guint i = 0; i < G_N_ELEMENTS (resources); i++) {
    g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (budget, resources[i].member, 0));

    if (budget != NULL && json_object_has_member (budget, resources[i].member))
      dmc_policy_form_set (form, resources[i].member, text);
  }
}

static void
edit (GtkWindow *parent, DmcPolicyDraft *draft, const DmcPolicyRow *row, gboolean is_new)
{
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (draft);
  g_autofree char *title = NULL;
  DmcPolicyForm *form;
  JsonObject *guard;

  if (policy == NULL)
    return;
  guard = dmc_json_get_object (json_node_get_object (policy), "guard");
  title = is_new ? g_strdup (_ ("Add a Budget"))
                 : g_strdup_printf (_ ("Budget of %s"), row->kind == KIND_SUBJECT ? row->name : _ ("Everybody else"));
  form = dmc_policy_form_new (parent, draft, title, row, is_new, &budget_form);
  if (is_new)
    offer_subjects (form, json_node_get_object (policy));
  for (guint i = 0; i < G_N_ELEMENTS (resources); i++)
    dmc_policy_form_add_entry (form, resources[i].member, _ (resources[i].title), _ ("Not limited here"));
  if (!is_new)
    show_budget (form, row->kind == KIND_SUBJECT ? dmc_json_get_object (dmc_json_get_object (guard, "subjects"), row->name)
                                                 : dmc_json_get_object (guard, "defaults"));
  dmc_policy_form_run (form);
}

static const DmcPolicyTableClass budgets = {
  .name = N_ ("Budgets"),
  .find = N_ ("Find a budget"),
  .to_add = N_ ("Add a budget"),
  .to_change = N_ ("Change the budget"),
  .to_remove = N_ ("Remove the budget"),
  .columns = { { N_ ("Whose") }, { N_ ("At most"), TRUE } },
  .fill = fill,
  .edit = edit,
  .remove = remove_budget,
};

GtkWidget *
dmc_budgets_view_new (DmcHost *host, DmcPolicyDraft *draft)
{
  return dmc_policy_table_new (host, draft, &budgets);
}
