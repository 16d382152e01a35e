/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/history.h"

#include "policy-doc/document-private.h"
#include "rpc/error.h"
#include "rpc/json.h"

static JsonObject *
saved_subject (JsonNode *history, const char *name)
{
  JsonObject *subjects = history != NULL ? dmc_json_get_object (json_node_get_object (history), "subjects") : NULL;

  return subjects != NULL ? dmc_json_get_object (subjects, name) : NULL;
}

/* What @state says of one subject, over what was known of it before: (transfer full) (nullable) */
static JsonObject *
save_subject (DmcPolicyState *state, guint subject, JsonObject *before)
{
  DmcPolicyDocument *document = dmc_policy_state_get_document (state);
  struct pol_engine *engine = dmc_policy_state_get_engine (state);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree gpointer *sorted = NULL;
  JsonArray *known = before != NULL ? dmc_json_get_array (before, "accessed") : NULL;
  const char *integrity = before != NULL ? dmc_json_get_string (before, "integrity", NULL) : NULL;
  guint level = pol_integrity_get (engine, subject), n;
  JsonObject *object;

  for (guint i = 0; known != NULL && i < json_array_get_length (known); i++)
    g_hash_table_add (names, (gpointer)json_array_get_string_element (known, i));
  for (guint i = 0; i < dmc_policy_names_count (document->datasets); i++)
    if (pol_history_has (engine, subject, i))
      g_hash_table_add (names, (gpointer)dmc_policy_names_get (document->datasets, i));
  if (level != document->image.subjects[subject].integrity)
    integrity = dmc_policy_names_get (document->integrity, level);
  sorted = g_hash_table_get_keys_as_array (names, &n);
  if (n == 0 && integrity == NULL)
    return NULL;
  known = json_array_new ();
  for (guint i = 0; i < n; i++)
    json_array_add_string_element (known, sorted[i]);
  object = dmc_json_object ("accessed:a", known, NULL);
  if (integrity != NULL)
    json_object_set_string_member (object, "integrity", integrity);
  return object;
}

JsonNode *
dmc_policy_history_save (DmcPolicyState *state, JsonNode *before)
{
  const DmcPolicyNames *names = dmc_policy_document_get_subjects (dmc_policy_state_get_document (state));
  JsonObject *old = before != NULL ? dmc_json_get_object (json_node_get_object (before), "subjects") : NULL;
  JsonObject *subjects = json_object_new ();
  GList *members = old != NULL ? json_object_get_members (old) : NULL;

  for (GList *item = members; item != NULL; item = item->next)
    json_object_set_object_member (subjects, item->data, json_object_ref (json_object_get_object_member (old, item->data)));
  g_list_free (members);
  for (guint i = 0; i < dmc_policy_names_count (names); i++) {
    const char *name = dmc_policy_names_get (names, i);
    JsonObject *subject = save_subject (state, i, saved_subject (before, name));

    if (subject != NULL)
      json_object_set_object_member (subjects, name, subject);
  }
  return dmc_json_node ("format:i", (gint64)1, "subjects:o", subjects, NULL);
}

static gboolean
load_subject (DmcPolicyState *state, guint subject, JsonObject *saved)
{
  DmcPolicyDocument *document = dmc_policy_state_get_document (state);
  struct pol_engine *engine = dmc_policy_state_get_engine (state);
  JsonNode *accessed = json_object_get_member (saved, "accessed");
  const char *integrity = dmc_json_get_string (saved, "integrity", NULL);
  int id = integrity != NULL ? dmc_policy_names_find (document->integrity, integrity) : -1;

  if (accessed == NULL || !JSON_NODE_HOLDS_ARRAY (accessed))
    return FALSE;
  for (guint i = 0; i < json_array_get_length (json_node_get_array (accessed)); i++) {
    JsonNode *node = json_array_get_element (json_node_get_array (accessed), i);
    int dataset;

    if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
      return FALSE;
    dataset = dmc_policy_names_find (document->datasets, json_node_get_string (node));
    if (dataset >= 0)
      pol_history_add (engine, subject, (guint)dataset);
  }
  /* A level that is no more says nothing good about the subject. */
  if (integrity != NULL)
    pol_integrity_lower (engine, subject, id >= 0 ? (guint)id : 0);
  return TRUE;
}

gboolean
dmc_policy_history_load (DmcPolicyState *state, JsonNode *history, GError **error)
{
  const DmcPolicyNames *names = dmc_policy_document_get_subjects (dmc_policy_state_get_document (state));
  JsonObject *root = JSON_NODE_HOLDS_OBJECT (history) ? json_node_get_object (history) : NULL;
  JsonObject *subjects = root != NULL ? dmc_json_get_object (root, "subjects") : NULL;
  gboolean sound = subjects != NULL && dmc_json_get_int (root, "format", 0) == 1;
  GList *members = sound ? json_object_get_members (subjects) : NULL;

  for (GList *item = members; item != NULL && sound; item = item->next) {
    JsonObject *saved = dmc_json_get_object (subjects, item->data);
    int subject = dmc_policy_names_find (names, item->data);

    sound = saved != NULL && (subject < 0 || load_subject (state, (guint)subject, saved));
  }
  g_list_free (members);
  if (!sound)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, NULL, "The history of what apps have accessed is damaged."));
  return sound;
}
