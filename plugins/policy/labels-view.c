/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "labels-view.h"

#include <glib/gi18n.h>

#include "label-dialog.h"
#include "policy-doc/edit.h"
#include "rpc/json.h"

/* What is shown of a label that is none. */
#define NOTHING "–"

static const char *
member_of (DmcPolicyNameKind kind)
{
  return kind == DMC_POLICY_NAME_SUBJECT ? "subjects" : "objects";
}

/* (transfer full) */
static char *
level_text (JsonObject *label)
{
  g_auto (GStrv) range = dmc_json_dup_strings (label, "level_range"), categories = dmc_json_dup_strings (label, "categories");
  g_autofree char *level = range != NULL && g_strv_length (range) == 2
                               ? g_strdup_printf ("%s–%s", range[0], range[1])
                               : g_strdup (dmc_json_get_string (label, "level", NOTHING));
  g_autofree char *names = categories != NULL && categories[0] != NULL ? g_strjoinv (", ", categories) : NULL;

  return names != NULL ? g_strdup_printf ("%s {%s}", level, names) : g_steal_pointer (&level);
}

static void
add_labels (DmcPolicyTable *table, JsonObject *policy, DmcPolicyNameKind kind)
{
  JsonObject *labels = dmc_json_get_object (dmc_json_get_object (policy, "labels"), member_of (kind));
  g_autoptr (GHashTable) uses = dmc_policy_count_uses (policy, kind);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  int index = 0;

  if (labels == NULL)
    return;
  json_object_iter_init_ordered (&iter, labels);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    JsonObject *label = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    g_autofree char *level = level_text (label), *told = NULL;
    const char *dataset = dmc_json_get_boolean (label, "outside_wall", FALSE) ? _ ("outside the wall")
                                                                            : dmc_json_get_string (label, "dataset", NOTHING);

    told = g_strdup_printf ("%s · %s", dmc_json_get_string (label, "integrity", NOTHING), dataset);
    dmc_policy_table_add (table, &(DmcPolicyRow){ .texts = { name, kind == DMC_POLICY_NAME_SUBJECT ? _ ("Subject") : _ ("Object"),
                                                             dmc_json_get_string (label, "type", NOTHING), level, told },
                                                  .kind = (int)kind,
                                                  .index = index++,
                                                  .name = name,
                                                  .uses = GPOINTER_TO_UINT (g_hash_table_lookup (uses, name)) });
  }
}

static void
fill (DmcPolicyTable *table, JsonObject *policy)
{
  add_labels (table, policy, DMC_POLICY_NAME_SUBJECT);
  add_labels (table, policy, DMC_POLICY_NAME_OBJECT);
}

static gboolean
remove_label (JsonObject *policy, const DmcPolicyRow *row)
{
  JsonObject *labels = dmc_json_get_object (dmc_json_get_object (policy, "labels"), member_of ((DmcPolicyNameKind)row->kind));

  if (labels == NULL || !json_object_has_member (labels, row->name))
    return FALSE;
  json_object_remove_member (labels, row->name);
  return TRUE;
}

static const DmcPolicyTableClass labels = {
  .name = N_ ("Labels"),
  .find = N_ ("Find a label"),
  .to_add = N_ ("Add a label"),
  .to_change = N_ ("Change the label"),
  .to_remove = N_ ("Remove the label"),
  .columns = { { N_ ("Label"), TRUE }, { N_ ("Kind") }, { N_ ("Type") }, { N_ ("Confidentiality") }, { N_ ("Integrity · Dataset") } },
  .fill = fill,
  .edit = dmc_label_dialog_run,
  .remove = remove_label,
};

GtkWidget *
dmc_labels_view_new (DmcHost *host, DmcPolicyDraft *draft)
{
  return dmc_policy_table_new (host, draft, &labels);
}
