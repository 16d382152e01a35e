/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/app-labels.h"

#include <errno.h>

#include "agent/vault-file.h"
#include "policy-doc/contexts.h"
#include "rpc/error.h"
#include "rpc/json.h"

#define FILE_NAME "app-labels.json"
#define MAX_SIZE  (1 << 20)

static void
take_all (GHashTable *labels, JsonObject *apps)
{
  JsonObjectIter iter;
  const char *key;
  JsonNode *value;

  json_object_iter_init (&iter, apps);
  while (json_object_iter_next (&iter, &key, &value))
    if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_value_type (value) == G_TYPE_STRING)
      g_hash_table_replace (labels, g_strdup (key), g_strdup (json_node_get_string (value)));
}

GHashTable *
app_labels_load (int vault, GError **error)
{
  g_autoptr (GHashTable) labels = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *apps = NULL;

  if (!vault_file_read (vault, FILE_NAME, MAX_SIZE, &node) || (node != NULL && !JSON_NODE_HOLDS_OBJECT (node))
      || (node != NULL && (apps = dmc_json_get_object (json_node_get_object (node), "apps")) == NULL)) {
    /* Going on without would start apps with more than they were given. */
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "Use another copy of the workspace.",
                                             "The labels that apps were installed with cannot be read, so no app can be started."));
    return NULL;
  }
  if (apps != NULL)
    take_all (labels, apps);
  return g_steal_pointer (&labels);
}

gboolean
app_labels_store (int vault, const char *key, const char *label, GError **error)
{
  g_autoptr (GHashTable) labels = app_labels_load (vault, error);
  JsonObject *apps = json_object_new ();
  g_autoptr (JsonNode) node = dmc_json_node ("format:i", (gint64) 1, "apps:o", apps, NULL);
  g_autofree char *text = NULL;
  GHashTableIter iter;
  gpointer name, value;

  if (labels == NULL)
    return FALSE;
  if (label == NULL ? !g_hash_table_remove (labels, key) : g_strcmp0 (g_hash_table_lookup (labels, key), label) == 0)
    return TRUE; /* it says so already */
  if (label != NULL)
    g_hash_table_replace (labels, g_strdup (key), g_strdup (label));
  g_hash_table_iter_init (&iter, labels);
  while (g_hash_table_iter_next (&iter, &name, &value))
    json_object_set_string_member (apps, name, value);
  text = dmc_json_print (node, NULL);
  if (vault_file_replace (vault, FILE_NAME, text))
    return TRUE;
  g_propagate_error (error, dmc_error_new (errno == ENOSPC || errno == EDQUOT ? DMC_ERROR_RESOURCE : DMC_ERROR_IO,
                                           "Remove something, or make the workspace larger.",
                                           "The label of “%s” could not be recorded in the vault: %s.", key, g_strerror (errno)));
  return FALSE;
}

gboolean
app_labels_choose (DmcPolicyDocument *document, const char *given, const char *brought, const char **label, GError **error)
{
  const DmcPolicyContexts *contexts = dmc_policy_document_get_contexts (document);
  const DmcPolicyNames *subjects = dmc_policy_document_get_subjects (document);

  *label = given != NULL ? given : brought;
  if (given != NULL && dmc_policy_names_find (subjects, given) < 0)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND, "The policy's subjects are the labels there are.",
                                             "There is no label “%s” for apps.", given));
  else if (given == NULL && brought != NULL
           && (contexts == NULL || !g_hash_table_contains (contexts->may_bring, brought))) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_DENIED,
                                             "Install it with a label of your choice, or name this one in “may_bring” of the "
                                             "policy's contexts.",
                                             dmc_policy_names_find (subjects, brought) < 0
                                                 ? "The bundle asks for the label “%s”, which the policy does not know."
                                                 : "The bundle asks for the label “%s”, which the policy lets no app bring.",
                                             brought));
    dmc_error_set_data (*error, "label", json_node_init_string (json_node_alloc (), brought));
  } else
    return TRUE;
  return FALSE;
}

gboolean
app_labels_take (int vault, DmcPolicyDocument *policy, JsonObject *manifest, const char *given, const char **label, GError **error)
{
  return app_labels_choose (policy, given, dmc_json_get_string (manifest, "label", NULL), label, error)
         && app_labels_store (vault, dmc_json_get_string (manifest, "id", ""), *label, error);
}
