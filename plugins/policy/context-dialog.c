/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "context-dialog.h"

#include <glib/gi18n.h>

#include "form.h"
#include "policy-doc/edit.h"
#include "rpc/json.h"

/* @array: the member that lists them; @labels: of which set; @fields: what is to be said of one */
static const struct kind {
  const char *title, *array, *labels;
  const char *fields[4];
} kinds[DMC_N_CONTEXTS] = {
  [DMC_CONTEXT_APP] = { N_ ("App"), NULL, "subjects", { "app", "label" } },
  [DMC_CONTEXT_BRING] = { N_ ("Label that apps may bring"), "may_bring", "subjects", { "label" } },
  [DMC_CONTEXT_DIRECTORY] = { N_ ("Directory"), "files", "objects", { "path", "label" } },
  [DMC_CONTEXT_NETWORK] = { N_ ("Network"), "network", "objects", { "address", "ports", "label" } },
  [DMC_CONTEXT_VOLUME] = { N_ ("Volume"), "volumes", "objects", { "kind", "path", "label" } },
  [DMC_CONTEXT_PROCESSES] = { N_ ("Processes"), NULL, "objects", { "label" } },
};

static const char *const fields[] = { "app", "path", "address", "ports", "kind", "label" };

const char *
dmc_context_kind_title (DmcContextKind kind)
{
  return kinds[kind].title;
}

JsonArray *
dmc_context_array (JsonObject *policy, DmcContextKind kind)
{
  return kinds[kind].array != NULL ? dmc_json_get_array (dmc_json_get_object (policy, "contexts"), kinds[kind].array) : NULL;
}

char *
dmc_context_ports_text (JsonObject *entry)
{
  JsonArray *ports = dmc_json_get_array (entry, "ports");
  g_autoptr (GString) text = g_string_new (NULL);

  if (ports == NULL)
    return NULL;
  for (guint i = 0; i < json_array_get_length (ports); i++) {
    JsonNode *port = json_array_get_element (ports, i);

    if (JSON_NODE_HOLDS_VALUE (port) && json_node_get_value_type (port) == G_TYPE_INT64)
      g_string_append_printf (text, "%s%" G_GINT64_FORMAT, text->len > 0 ? ", " : "", json_node_get_int (port));
  }
  return g_strdup (text->str);
}

/* ---- from the fields ---- */

static DmcContextKind
kind_of (DmcPolicyForm *form)
{
  g_autofree char *kind = NULL;

  if (!dmc_policy_form_is_new (form))
    return (DmcContextKind)dmc_policy_form_get_row (form)->kind;
  kind = dmc_policy_form_dup (form, "what");
  return (DmcContextKind)g_ascii_strtoull (kind, NULL, 10);
}

/* What is no number stays as it was typed: the check of the document says what a port is. */
static void
write_ports (DmcPolicyForm *form, JsonObject *entry)
{
  g_autofree char *text = dmc_policy_form_dup (form, "ports");
  g_auto (GStrv) words = g_strsplit_set (text, ", ", -1);
  JsonArray *ports;

  json_object_remove_member (entry, "ports");
  if (*text == '\0')
    return;
  ports = json_array_new ();
  for (guint i = 0; words[i] != NULL; i++) {
    gint64 port;

    if (*words[i] == '\0')
      continue;
    if (g_ascii_string_to_signed (words[i], 10, 0, G_MAXINT32, &port, NULL))
      json_array_add_int_element (ports, port);
    else
      json_array_add_string_element (ports, words[i]);
  }
  json_object_set_array_member (entry, "ports", ports);
}

static char *
build_app (DmcPolicyForm *form, JsonObject *contexts, const char **problem)
{
  const char *before = dmc_policy_form_is_new (form) ? NULL : dmc_policy_form_get_row (form)->name;
  JsonObject *apps = dmc_policy_own_object (contexts, "apps");
  g_autofree char *app = dmc_policy_form_dup (form, "app"), *label = dmc_policy_form_dup (form, "label");

  if (*app == '\0')
    *problem = _ ("Which app? Its id ends with “.desktop”; “*” is for all others and for commands.");
  else if (g_strcmp0 (app, before) != 0 && json_object_has_member (apps, app))
    *problem = _ ("This app has a label already.");
  if (*problem != NULL)
    return NULL;
  if (before != NULL && json_object_has_member (apps, before))
    dmc_policy_rename_member (apps, before, app);
  json_object_set_string_member (apps, app, label);
  return dmc_policy_path ("contexts.apps", app);
}

static char *
build_processes (DmcPolicyForm *form, JsonObject *contexts, const char **problem)
{
  g_autofree char *label = dmc_policy_form_dup (form, "label");

  if (dmc_policy_form_is_new (form) && json_object_has_member (contexts, "processes")) {
    *problem = _ ("The processes of other labels have a label already.");
    return NULL;
  }
  json_object_set_string_member (contexts, "processes", label);
  return g_strdup ("contexts.processes");
}

/* The entry that the form is about, or one more: (transfer none) (nullable) */
static JsonObject *
own_entry (DmcPolicyForm *form, JsonArray *entries, int *index)
{
  JsonNode *node;

  *index = dmc_policy_form_is_new (form) ? (int)json_array_get_length (entries) : dmc_policy_form_get_row (form)->index;
  if (dmc_policy_form_is_new (form))
    json_array_add_object_element (entries, json_object_new ());
  node = *index < (int)json_array_get_length (entries) ? json_array_get_element (entries, (guint)*index) : NULL;
  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static char *
build_bring (DmcPolicyForm *form, JsonArray *entries)
{
  int index = dmc_policy_form_is_new (form) ? (int)json_array_get_length (entries) : dmc_policy_form_get_row (form)->index;
  g_autofree char *label = dmc_policy_form_dup (form, "label");

  if (dmc_policy_form_is_new (form))
    json_array_add_string_element (entries, label);
  else if (index < (int)json_array_get_length (entries))
    json_node_set_string (json_array_get_element (entries, (guint)index), label);
  return g_strdup_printf ("contexts.may_bring[%d]", index);
}

static char *
build (DmcPolicyForm *form, JsonObject *policy, const char **problem)
{
  DmcContextKind kind = kind_of (form);
  JsonObject *contexts = dmc_policy_own_object (policy, "contexts"), *entry;
  JsonArray *entries;
  int index;

  if (kind == DMC_CONTEXT_APP)
    return build_app (form, contexts, problem);
  if (kind == DMC_CONTEXT_PROCESSES)
    return build_processes (form, contexts, problem);
  entries = dmc_policy_own_array (contexts, kinds[kind].array);
  if (kind == DMC_CONTEXT_BRING)
    return build_bring (form, entries);
  entry = own_entry (form, entries, &index);
  if (entry == NULL)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (kinds[kind].fields) && kinds[kind].fields[i] != NULL; i++) {
    if (g_str_equal (kinds[kind].fields[i], "ports"))
      write_ports (form, entry);
    else
      dmc_policy_form_write (form, kinds[kind].fields[i], entry);
  }
  return g_strdup_printf ("contexts.%s[%d]", kinds[kind].array, index);
}

/* ---- into the fields ---- */

static void
offer_labels (DmcPolicyForm *form, DmcContextKind kind)
{
  JsonNode *policy = dmc_policy_draft_get_node (dmc_policy_form_get_draft (form));
  JsonObject *labels = policy != NULL ? dmc_json_get_object (dmc_json_get_object (json_node_get_object (policy), "labels"), kinds[kind].labels) : NULL;
  JsonObjectIter iter;
  const char *name;

  dmc_policy_form_clear_offers (form, "label");
  if (labels == NULL)
    return;
  json_object_iter_init_ordered (&iter, labels);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    dmc_policy_form_offer (form, "label", name, name, NULL);
}

static void
on_changed (DmcPolicyForm *form, const char *member)
{
  DmcContextKind kind = kind_of (form);
  const char *const *shown = kinds[kind].fields;

  if (member != NULL && !g_str_equal (member, "what"))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    gboolean visible = FALSE;

    for (guint j = 0; j < G_N_ELEMENTS (kinds[kind].fields) && shown[j] != NULL; j++)
      visible = visible || g_str_equal (shown[j], fields[i]);
    dmc_policy_form_show_field (form, fields[i], visible);
  }
  if (member != NULL)
    offer_labels (form, kind);
}

static void
show_context (DmcPolicyForm *form, JsonObject *policy, const DmcPolicyRow *row)
{
  JsonObject *contexts = dmc_json_get_object (policy, "contexts");
  JsonArray *entries = dmc_context_array (policy, (DmcContextKind)row->kind);
  JsonNode *node = entries != NULL && row->index < (int)json_array_get_length (entries) ? json_array_get_element (entries, (guint)row->index) : NULL;
  JsonObject *entry = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  g_autofree char *ports = dmc_context_ports_text (entry);
  const char *label = dmc_json_get_string (entry, "label", "");

  if (row->kind == DMC_CONTEXT_APP)
    label = dmc_json_get_string (dmc_json_get_object (contexts, "apps"), row->name, "");
  else if (row->kind == DMC_CONTEXT_PROCESSES)
    label = dmc_json_get_string (contexts, "processes", "");
  else if (row->kind == DMC_CONTEXT_BRING && node != NULL && JSON_NODE_HOLDS_VALUE (node))
    label = json_node_get_string (node);
  dmc_policy_form_set (form, "app", row->name != NULL ? row->name : "");
  dmc_policy_form_set (form, "path", dmc_json_get_string (entry, "path", ""));
  dmc_policy_form_set (form, "address", dmc_json_get_string (entry, "address", ""));
  dmc_policy_form_set (form, "ports", ports != NULL ? ports : "");
  dmc_policy_form_set (form, "kind", dmc_json_get_string (entry, "kind", ""));
  dmc_policy_form_set (form, "label", label);
}

static const DmcPolicyFormClass context_form = { .build = build, .changed = on_changed };

/* ---- the window ---- */

static void
add_fields (DmcPolicyForm *form)
{
  static const char *const volumes[] = { "usb", "disk", "image", "iscsi" };

  dmc_policy_form_add_entry (form, "app", _ ("_App"), _ ("org.example.App.desktop, or * for all others"));
  dmc_policy_form_add_entry (form, "address", _ ("Add_ress"), _ ("Every address; or one, or a network such as 10.0.0.0/8"));
  dmc_policy_form_add_entry (form, "ports", _ ("_Ports"), _ ("All; or some, as 80, 443"));
  dmc_policy_form_add_choice (form, "kind", _ ("_Volumes"));
  dmc_policy_form_offer (form, "kind", "", _ ("Of every kind"), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (volumes); i++)
    dmc_policy_form_offer (form, "kind", volumes[i], volumes[i], NULL);
  dmc_policy_form_add_entry (form, "path", _ ("_Path"), _ ("Absolute, or ~/… below the home folder"));
  dmc_policy_form_add_choice (form, "label", _ ("_Label"));
}

void
dmc_context_dialog_run (GtkWindow *parent, DmcPolicyDraft *draft, const DmcPolicyRow *row, gboolean is_new)
{
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (draft);
  g_autofree char *kind = g_strdup_printf ("%d", row != NULL ? row->kind : DMC_CONTEXT_DIRECTORY);
  DmcPolicyForm *form;

  if (policy == NULL)
    return;
  form = dmc_policy_form_new (parent, draft, is_new ? _ ("Give Something a Label") : _ (kinds[row->kind].title), row, is_new,
                              &context_form);
  if (is_new) {
    dmc_policy_form_add_choice (form, "what", _ ("_Kind"));
    for (guint i = 0; i < DMC_N_CONTEXTS; i++) {
      g_autofree char *id = g_strdup_printf ("%u", i);

      dmc_policy_form_offer (form, "what", id, _ (kinds[i].title), NULL);
    }
    dmc_policy_form_set (form, "what", kind);
  }
  add_fields (form);
  offer_labels (form, kind_of (form));
  if (!is_new)
    show_context (form, json_node_get_object (policy), row);
  dmc_policy_form_run (form);
}
