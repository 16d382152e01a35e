/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contexts-view.h"

#include <glib/gi18n.h>

#include "context-dialog.h"
#include "policy-doc/edit.h"
#include "rpc/json.h"

/* ---- the rows ---- */

static void
add_row (DmcPolicyTable *table, DmcContextKind kind, int index, const char *name, const char *which, const char *label)
{
  dmc_policy_table_add (table, &(DmcPolicyRow){ .texts = { _ (dmc_context_kind_title (kind)), which, label },
                                                .kind = (int)kind,
                                                .index = index,
                                                .name = name });
}

static void
add_apps (DmcPolicyTable *table, JsonObject *apps)
{
  JsonObjectIter iter;
  const char *name;
  int index = 0;

  if (apps == NULL)
    return;
  json_object_iter_init_ordered (&iter, apps);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    add_row (table, DMC_CONTEXT_APP, index++, name, g_str_equal (name, "*") ? _ ("All others, and commands") : name,
             dmc_json_get_string (apps, name, ""));
}

/* (transfer full) */
static char *
network_text (JsonObject *entry)
{
  g_autofree char *ports = dmc_context_ports_text (entry);
  const char *address = dmc_json_get_string (entry, "address", _ ("every address"));

  /* TRANSLATORS: an address or a network, and port numbers there */
  return ports != NULL ? g_strdup_printf (_ ("%s, ports %s"), address, ports) : g_strdup (address);
}

/* (transfer full) */
static char *
volume_text (JsonObject *entry)
{
  const char *kind = dmc_json_get_string (entry, "kind", _ ("every kind")), *path = dmc_json_get_string (entry, "path", NULL);

  /* TRANSLATORS: a kind of volume, and the folder that it is below */
  return path != NULL ? g_strdup_printf (_ ("%s, below %s"), kind, path) : g_strdup (kind);
}

static void
add_entries (DmcPolicyTable *table, JsonObject *policy, DmcContextKind kind)
{
  JsonArray *entries = dmc_context_array (policy, kind);

  for (guint i = 0; entries != NULL && i < json_array_get_length (entries); i++) {
    JsonNode *node = json_array_get_element (entries, i);
    JsonObject *entry = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    g_autofree char *which = kind == DMC_CONTEXT_NETWORK  ? network_text (entry)
                             : kind == DMC_CONTEXT_VOLUME ? volume_text (entry)
                                                          : g_strdup (dmc_json_get_string (entry, "path", ""));

    add_row (table, kind, (int)i, NULL, which, dmc_json_get_string (entry, "label", ""));
  }
}

static void
fill (DmcPolicyTable *table, JsonObject *policy)
{
  JsonObject *contexts = dmc_json_get_object (policy, "contexts");
  g_auto (GStrv) may_bring = dmc_json_dup_strings (contexts, "may_bring");
  const char *processes = dmc_json_get_string (contexts, "processes", NULL);

  add_apps (table, dmc_json_get_object (contexts, "apps"));
  for (int i = 0; may_bring != NULL && may_bring[i] != NULL; i++)
    add_row (table, DMC_CONTEXT_BRING, i, NULL, _ ("Any app that asks for it"), may_bring[i]);
  add_entries (table, policy, DMC_CONTEXT_DIRECTORY);
  add_entries (table, policy, DMC_CONTEXT_NETWORK);
  add_entries (table, policy, DMC_CONTEXT_VOLUME);
  if (processes != NULL)
    add_row (table, DMC_CONTEXT_PROCESSES, 0, NULL, _ ("Those of other labels"), processes);
}

/* ---- what can be done ---- */

static gboolean
remove_context (JsonObject *policy, const DmcPolicyRow *row)
{
  JsonObject *contexts = dmc_json_get_object (policy, "contexts"), *apps = dmc_json_get_object (contexts, "apps");
  JsonArray *entries = dmc_context_array (policy, (DmcContextKind)row->kind);

  if (row->kind == DMC_CONTEXT_APP && apps != NULL)
    json_object_remove_member (apps, row->name);
  else if (row->kind == DMC_CONTEXT_PROCESSES && contexts != NULL)
    json_object_remove_member (contexts, "processes");
  else if (entries != NULL && row->index < (int)json_array_get_length (entries))
    json_array_remove_element (entries, (guint)row->index);
  else
    return FALSE;
  return TRUE;
}

static gboolean
move_context (JsonObject *policy, const DmcPolicyRow *row, int by)
{
  JsonArray *entries = dmc_context_array (policy, (DmcContextKind)row->kind);

  return entries != NULL && dmc_policy_swap_elements (entries, row->index, row->index + by);
}

static const DmcPolicyTableClass contexts = {
  .name = N_ ("Contexts"),
  .find = N_ ("Find what has a label"),
  .to_add = N_ ("Give something a label"),
  .to_change = N_ ("Change what has this label"),
  .to_remove = N_ ("Remove from the document"),
  .columns = { { N_ ("What") }, { N_ ("Which"), TRUE }, { N_ ("Label") } },
  .fill = fill,
  .edit = dmc_context_dialog_run,
  .remove = remove_context,
  .move = move_context,
};

GtkWidget *
dmc_contexts_view_new (DmcHost *host, DmcPolicyDraft *draft)
{
  return dmc_policy_table_new (host, draft, &contexts);
}
