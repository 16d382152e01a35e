/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule-dialog.h"

#include <glib/gi18n.h>

#include "policy-doc/propose.h"
#include "policy/classes.h"
#include "rpc/json.h"

typedef struct {
  DmcPolicyDraft *draft;
  int index;
  GtkWidget *dialog;
  GtkComboBoxText *source, *target, *cls;
  GtkFlowBox *permissions; /* of GtkCheckButton, in the order of the class */
} RuleDialog;

static void
rule_dialog_free (gpointer data)
{
  RuleDialog *self = data;

  g_object_unref (self->draft);
  g_free (self);
}

/* ---- what can be chosen ---- */

static void
offer_types (GtkComboBoxText *chooser, JsonObject *te)
{
  JsonArray *types = dmc_json_get_array (te, "types");
  JsonObject *attributes = dmc_json_get_object (te, "attributes");
  JsonObjectIter iter;
  const char *name;

  for (guint i = 0; types != NULL && i < json_array_get_length (types); i++) {
    JsonNode *type = json_array_get_element (types, i);

    if (JSON_NODE_HOLDS_VALUE (type) && json_node_get_value_type (type) == G_TYPE_STRING)
      gtk_combo_box_text_append (chooser, json_node_get_string (type), json_node_get_string (type));
  }
  if (attributes == NULL)
    return;
  json_object_iter_init_ordered (&iter, attributes);
  while (json_object_iter_next_ordered (&iter, &name, NULL)) {
    /* TRANSLATORS: name of a set of types */
    g_autofree char *text = g_strdup_printf (_ ("%s (several types)"), name);

    gtk_combo_box_text_append (chooser, name, text);
  }
}

static GtkToggleButton *
check_of (GtkFlowBoxChild *child)
{
  return GTK_TOGGLE_BUTTON (gtk_bin_get_child (GTK_BIN (child)));
}

static void
update_response (RuleDialog *self)
{
  gboolean any = FALSE;

  for (int i = 0; gtk_flow_box_get_child_at_index (self->permissions, i) != NULL; i++)
    any = any || gtk_toggle_button_get_active (check_of (gtk_flow_box_get_child_at_index (self->permissions, i)));
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->dialog), GTK_RESPONSE_ACCEPT,
                                     any && gtk_combo_box_get_active (GTK_COMBO_BOX (self->source)) >= 0
                                         && gtk_combo_box_get_active (GTK_COMBO_BOX (self->target)) >= 0);
}

static void
offer_permissions (RuleDialog *self)
{
  int cls = gtk_combo_box_get_active (GTK_COMBO_BOX (self->cls));
  GtkFlowBoxChild *child;

  while ((child = gtk_flow_box_get_child_at_index (self->permissions, 0)) != NULL)
    gtk_widget_destroy (GTK_WIDGET (child));
  for (guint i = 0; cls >= 0 && i < pol_classes[cls].n_permissions; i++) {
    GtkWidget *check = gtk_check_button_new_with_label (pol_classes[cls].permissions[i].name);

    gtk_widget_set_tooltip_text (check, pol_classes[cls].permissions[i].summary);
    g_signal_connect_swapped (check, "toggled", G_CALLBACK (update_response), self);
    gtk_container_add (GTK_CONTAINER (self->permissions), check);
    gtk_widget_show (check);
    gtk_widget_set_can_focus (gtk_widget_get_parent (check), FALSE);
    gtk_widget_show (gtk_widget_get_parent (check));
  }
  update_response (self);
}

/* ---- from a rule to the choosers and back ---- */

static JsonObject *
rule_at (JsonObject *policy, int index)
{
  JsonArray *rules = dmc_json_get_array (dmc_json_get_object (policy, "te"), "allow");
  JsonNode *node
      = rules != NULL && index >= 0 && (guint)index < json_array_get_length (rules) ? json_array_get_element (rules, (guint)index) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static void
show_rule (RuleDialog *self, JsonObject *rule)
{
  g_auto (GStrv) permissions = dmc_json_dup_strings (rule, "permissions");

  gtk_combo_box_set_active_id (GTK_COMBO_BOX (self->source), dmc_json_get_string (rule, "source", ""));
  gtk_combo_box_set_active_id (GTK_COMBO_BOX (self->target), dmc_json_get_string (rule, "target", ""));
  gtk_combo_box_set_active_id (GTK_COMBO_BOX (self->cls), dmc_json_get_string (rule, "class", ""));
  for (int i = 0; gtk_flow_box_get_child_at_index (self->permissions, i) != NULL; i++) {
    GtkToggleButton *check = check_of (gtk_flow_box_get_child_at_index (self->permissions, i));

    gtk_toggle_button_set_active (
        check, permissions != NULL && g_strv_contains ((const char *const *)permissions, gtk_button_get_label (GTK_BUTTON (check))));
  }
}

static JsonObject *
chosen_rule (RuleDialog *self)
{
  JsonArray *permissions = json_array_new ();

  for (int i = 0; gtk_flow_box_get_child_at_index (self->permissions, i) != NULL; i++) {
    GtkToggleButton *check = check_of (gtk_flow_box_get_child_at_index (self->permissions, i));

    if (gtk_toggle_button_get_active (check))
      json_array_add_string_element (permissions, gtk_button_get_label (GTK_BUTTON (check)));
  }
  return dmc_json_object ("source:s", gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->source)), "target:s",
                          gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->target)), "class:s",
                          gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->cls)), "permissions:a", permissions, NULL);
}

static void
apply (RuleDialog *self)
{
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (self->draft);
  g_autoptr (JsonObject) rule = chosen_rule (self);
  JsonObject *old = policy != NULL ? rule_at (json_node_get_object (policy), self->index) : NULL;
  JsonObjectIter iter;
  const char *member;
  JsonNode *value;

  if (policy == NULL)
    return;
  if (old == NULL) {
    g_autoptr (JsonNode) changed = dmc_policy_add_rule (policy, rule);

    dmc_policy_draft_edit (self->draft, changed);
    return;
  }
  /* Members that the dialog does not show, as a description, stay. */
  json_object_iter_init (&iter, rule);
  while (json_object_iter_next (&iter, &member, &value))
    json_object_set_member (old, member, json_node_copy (value));
  dmc_policy_draft_edit (self->draft, policy);
}

static void
on_response (GtkDialog *dialog, int response, RuleDialog *self)
{
  if (response == GTK_RESPONSE_ACCEPT)
    apply (self);
  gtk_widget_destroy (GTK_WIDGET (dialog));
}

/* ---- the window ---- */

static GtkComboBoxText *
add_chooser (RuleDialog *self, GtkGrid *grid, int row, const char *text, const char *name)
{
  GtkWidget *label = gtk_label_new_with_mnemonic (text), *chooser = gtk_combo_box_text_new ();

  gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_style_context_add_class (gtk_widget_get_style_context (label), "dim-label");
  gtk_label_set_mnemonic_widget (GTK_LABEL (label), chooser);
  gtk_widget_set_hexpand (chooser, TRUE);
  atk_object_set_name (gtk_widget_get_accessible (chooser), name);
  gtk_grid_attach (grid, label, 0, row, 1, 1);
  gtk_grid_attach (grid, chooser, 1, row, 1, 1);
  g_signal_connect_swapped (chooser, "changed", G_CALLBACK (update_response), self);
  return GTK_COMBO_BOX_TEXT (chooser);
}

static void
add_content (RuleDialog *self, JsonObject *policy)
{
  GtkWidget *grid = gtk_grid_new (), *permissions = gtk_flow_box_new ();

  self->permissions = GTK_FLOW_BOX (permissions);
  g_object_set (grid, "margin", 12, "row-spacing", 6, "column-spacing", 12, NULL);
  self->source = add_chooser (self, GTK_GRID (grid), 0, _ ("_Who"), _ ("Who"));
  self->target = add_chooser (self, GTK_GRID (grid), 1, _ ("To _what"), _ ("To what"));
  self->cls = add_chooser (self, GTK_GRID (grid), 2, _ ("Of _class"), _ ("Of class"));
  offer_types (self->source, dmc_json_get_object (policy, "te"));
  offer_types (self->target, dmc_json_get_object (policy, "te"));
  for (guint i = 0; i < POL_N_CLASSES; i++)
    gtk_combo_box_text_append (self->cls, pol_classes[i].name, pol_classes[i].name);
  gtk_flow_box_set_selection_mode (self->permissions, GTK_SELECTION_NONE);
  gtk_flow_box_set_min_children_per_line (self->permissions, 2);
  gtk_flow_box_set_max_children_per_line (self->permissions, 3);
  gtk_flow_box_set_homogeneous (self->permissions, TRUE);
  atk_object_set_name (gtk_widget_get_accessible (permissions), _ ("Permissions"));
  gtk_grid_attach (GTK_GRID (grid), permissions, 0, 3, 2, 1);
  gtk_container_add (GTK_CONTAINER (gtk_dialog_get_content_area (GTK_DIALOG (self->dialog))), grid);
  gtk_widget_show_all (grid);
  g_signal_connect_swapped (self->cls, "changed", G_CALLBACK (offer_permissions), self);
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->cls), 0);
}

void
dmc_rule_dialog_run (GtkWindow *parent, DmcPolicyDraft *draft, int index)
{
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (draft);
  JsonObject *rule;
  RuleDialog *self;

  if (policy == NULL)
    return;
  self = g_new0 (RuleDialog, 1);
  self->draft = g_object_ref (draft);
  self->index = index;
  self->dialog = gtk_dialog_new_with_buttons (
      index < 0 ? _ ("Add a Rule") : _ ("Change the Rule"), parent,
      GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT | GTK_DIALOG_USE_HEADER_BAR, _ ("_Cancel"), GTK_RESPONSE_CANCEL,
      index < 0 ? _ ("_Add") : _ ("Ch_ange"), GTK_RESPONSE_ACCEPT, NULL);
  g_object_set_data_full (G_OBJECT (self->dialog), "dmc-rule-dialog", self, rule_dialog_free);
  gtk_window_set_default_size (GTK_WINDOW (self->dialog), 420, -1);
  gtk_dialog_set_default_response (GTK_DIALOG (self->dialog), GTK_RESPONSE_ACCEPT);
  add_content (self, json_node_get_object (policy));
  rule = rule_at (json_node_get_object (policy), index);
  if (rule != NULL)
    show_rule (self, rule);
  update_response (self);
  g_signal_connect (self->dialog, "response", G_CALLBACK (on_response), self);
  gtk_window_present (GTK_WINDOW (self->dialog));
}
