/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules-view.h"

#include <glib/gi18n.h>

#include "rpc/json.h"
#include "rule-dialog.h"

static JsonArray *
rules_of (JsonObject *policy, int kind)
{
  return dmc_json_get_array (dmc_json_get_object (policy, "te"), dmc_rule_member ((DmcRuleKind)kind));
}

static void
add_rules (DmcPolicyTable *table, JsonObject *policy, DmcRuleKind kind)
{
  JsonArray *rules = rules_of (policy, (int)kind);

  for (guint i = 0; rules != NULL && i < json_array_get_length (rules); i++) {
    JsonNode *node = json_array_get_element (rules, i);
    JsonObject *rule = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    g_auto (GStrv) names = rule != NULL ? dmc_json_dup_strings (rule, "permissions") : NULL;
    g_autofree char *permissions = names != NULL ? g_strjoinv (", ", names) : g_strdup ("");

    if (rule != NULL)
      dmc_policy_table_add (table, &(DmcPolicyRow){ .texts = { dmc_json_get_string (rule, "source", ""),
                                                               dmc_json_get_string (rule, "target", ""),
                                                               dmc_json_get_string (rule, "class", ""),
                                                               kind == DMC_RULE_NEVER ? _ ("never") : _ ("may"), permissions },
                                                    .kind = (int)kind,
                                                    .index = (int)i });
  }
}

static void
fill (DmcPolicyTable *table, JsonObject *policy)
{
  add_rules (table, policy, DMC_RULE_ALLOW);
  add_rules (table, policy, DMC_RULE_NEVER);
}

static gboolean
remove_rule (JsonObject *policy, const DmcPolicyRow *row)
{
  JsonArray *rules = rules_of (policy, row->kind);

  if (rules == NULL || row->index >= (int)json_array_get_length (rules))
    return FALSE;
  json_array_remove_element (rules, (guint)row->index);
  return TRUE;
}

static const DmcPolicyTableClass rules = {
  .name = N_ ("Rules"),
  .find = N_ ("Find a rule"),
  .to_add = N_ ("Add a rule"),
  .to_change = N_ ("Change the rule"),
  .to_remove = N_ ("Remove the rule"),
  .columns = { { N_ ("Who") }, { N_ ("To what") }, { N_ ("Of class") }, { N_ ("May") }, { N_ ("Permissions"), TRUE } },
  .fill = fill,
  .edit = dmc_rule_dialog_run,
  .remove = remove_rule,
};

GtkWidget *
dmc_rules_view_new (DmcHost *host, DmcPolicyDraft *draft)
{
  return dmc_policy_table_new (host, draft, &rules);
}
