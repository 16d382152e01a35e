/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "form.h"

#include <glib/gi18n.h>

#include "policy-doc/document.h"
#include "rpc/json.h"

/* So high a list of checks may be before it scrolls, in pixels. */
#define MAX_CHECKS_HEIGHT 160

typedef enum { FIELD_ENTRY, FIELD_CHOICE, FIELD_CHECKS, FIELD_SWITCH } FieldKind;

typedef struct {
  DmcPolicyForm *form;
  char *member;
  FieldKind kind;
  GtkWidget *label, *control, *outside, *problem; /* @outside: @control, or what scrolls it */
  guint offers, named; /* of the offers those that are something: "" is none */
  gboolean touched; /* what is wrong is said as soon as somebody was here */
} Field;

struct _DmcPolicyForm {
  const DmcPolicyFormClass *klass;
  DmcPolicyDraft *draft;
  char *base; /* what is checked against: the document without its rules, of which there may be very many */
  gboolean is_new;
  gboolean quiet; /* fields change without the user */
  GtkWidget *dialog;
  GtkGrid *grid;
  GPtrArray *fields;
  DmcPolicyRow row;
  char *name; /* of the row */
};

static void
field_free (gpointer data)
{
  Field *field = data;

  g_free (field->member);
  g_free (field);
}

static void
form_free (gpointer data)
{
  DmcPolicyForm *self = data;

  g_ptr_array_unref (self->fields);
  g_object_unref (self->draft);
  g_free (self->base);
  g_free (self->name);
  g_free (self);
}

static Field *
find_field (DmcPolicyForm *self, const char *member)
{
  for (guint i = 0; i < self->fields->len; i++) {
    Field *field = g_ptr_array_index (self->fields, i);

    if (g_str_equal (field->member, member))
      return field;
  }
  g_assert_not_reached ();
}

/* ---- what is wrong ---- */

/* Where it is said that something is wrong which no field is called after: the first that is typed into, else the first. */
static Field *
main_field (DmcPolicyForm *self)
{
  Field *first = NULL;

  for (guint i = 0; i < self->fields->len; i++) {
    Field *field = g_ptr_array_index (self->fields, i);

    if (!gtk_widget_get_visible (field->outside))
      continue;
    if (field->kind == FIELD_ENTRY)
      return field;
    first = first != NULL ? first : field;
  }
  return first;
}

/* @rest: of the place of a problem, behind the place of what the form is about. */
static Field *
field_of_problem (DmcPolicyForm *self, const char *rest)
{
  for (guint i = 0; i < self->fields->len; i++) {
    Field *field = g_ptr_array_index (self->fields, i);
    gsize length = strlen (field->member);

    if (!gtk_widget_get_visible (field->outside))
      continue;
    if (rest[0] == '[' && g_str_equal (field->member, "[]"))
      return field;
    if (rest[0] == '.' && strncmp (rest + 1, field->member, length) == 0 && strchr (".[", rest[1 + length]) != NULL)
      return field;
  }
  return main_field (self);
}

static void
say (Field *field, const char *words)
{
  if (field == NULL || !field->touched || gtk_widget_get_visible (field->problem))
    return; /* the first counts */
  gtk_label_set_text (GTK_LABEL (field->problem), words);
  gtk_widget_show (field->problem);
  gtk_style_context_add_class (gtk_widget_get_style_context (field->control), "error");
}

static void
say_nothing (DmcPolicyForm *self)
{
  for (guint i = 0; i < self->fields->len; i++) {
    Field *field = g_ptr_array_index (self->fields, i);

    gtk_widget_hide (field->problem);
    gtk_style_context_remove_class (gtk_widget_get_style_context (field->control), "error");
  }
}

static gboolean
is_within (const char *path, const char *place)
{
  gsize length = strlen (place);

  return strncmp (path, place, length) == 0 && (path[length] == '\0' || path[length] == '.' || path[length] == '[');
}

/* Says at each field what is wrong there. Returns: whether nothing is */
static gboolean
check (DmcPolicyForm *self)
{
  g_autoptr (JsonNode) policy = dmc_json_parse (self->base, -1, NULL);
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (DmcPolicyDocument) document = NULL;
  const char *problem = NULL;
  g_autofree char *place = self->klass->build (self, json_node_get_object (policy), &problem);
  gboolean good = place != NULL;

  say_nothing (self);
  if (problem != NULL)
    say (main_field (self), problem);
  if (place == NULL)
    return FALSE;
  document = dmc_policy_document_new (policy, problems);
  for (guint i = 0; i < problems->len; i++) {
    const DmcPolicyProblem *told = g_ptr_array_index (problems, i);

    if (!is_within (told->path, place))
      continue; /* of something else: the draft says that */
    /* A warning about the whole is among those that the draft tells. */
    if (told->is_error || strlen (told->path) > strlen (place))
      say (field_of_problem (self, told->path + strlen (place)), told->message);
    good = good && !told->is_error;
  }
  return good;
}

static void
update (DmcPolicyForm *self)
{
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->dialog), GTK_RESPONSE_ACCEPT, check (self));
}

static void
on_changed (Field *field)
{
  DmcPolicyForm *self = field->form;

  if (self->quiet)
    return;
  field->touched = TRUE;
  self->quiet = TRUE;
  if (self->klass->changed != NULL)
    self->klass->changed (self, field->member);
  self->quiet = FALSE;
  update (self);
}

/* ---- fields ---- */

/* "_Name" is spoken "Name". */
static void
set_spoken_name (GtkWidget *control, const char *title)
{
  g_auto (GStrv) parts = g_strsplit (title, "_", 2);
  g_autofree char *name = g_strjoinv ("", parts);

  atk_object_set_name (gtk_widget_get_accessible (control), name);
}

static Field *
add_field (DmcPolicyForm *self, FieldKind kind, const char *member, const char *title, GtkWidget *control, GtkWidget *outside)
{
  Field *field = g_new0 (Field, 1);
  int row = 2 * (int)self->fields->len;

  field->form = self;
  field->member = g_strdup (member);
  field->kind = kind;
  field->control = control;
  field->outside = outside;
  field->touched = !self->is_new;
  field->label = gtk_label_new_with_mnemonic (title);
  field->problem = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (field->label), 1);
  gtk_widget_set_valign (field->label, kind == FIELD_CHECKS ? GTK_ALIGN_START : GTK_ALIGN_CENTER);
  gtk_style_context_add_class (gtk_widget_get_style_context (field->label), "dim-label");
  gtk_label_set_mnemonic_widget (GTK_LABEL (field->label), control);
  set_spoken_name (control, title);
  g_object_set (field->problem, "xalign", 0.0, "wrap", TRUE, "max-width-chars", 40, "no-show-all", TRUE, NULL);
  gtk_style_context_add_class (gtk_widget_get_style_context (field->problem), "error");
  gtk_widget_set_hexpand (outside, kind != FIELD_SWITCH);
  gtk_grid_attach (self->grid, field->label, 0, row, 1, 1);
  gtk_grid_attach (self->grid, outside, 1, row, 1, 1);
  gtk_grid_attach (self->grid, field->problem, 1, row + 1, 1, 1);
  gtk_widget_show_all (GTK_WIDGET (self->grid));
  g_ptr_array_add (self->fields, field);
  return field;
}

void
dmc_policy_form_add_entry (DmcPolicyForm *self, const char *member, const char *title, const char *hint)
{
  GtkWidget *entry = gtk_entry_new ();
  Field *field = add_field (self, FIELD_ENTRY, member, title, entry, entry);

  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), hint);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  g_signal_connect_swapped (entry, "changed", G_CALLBACK (on_changed), field);
}

void
dmc_policy_form_add_choice (DmcPolicyForm *self, const char *member, const char *title)
{
  GtkWidget *choice = gtk_combo_box_text_new ();
  Field *field = add_field (self, FIELD_CHOICE, member, title, choice, choice);

  g_signal_connect_swapped (choice, "changed", G_CALLBACK (on_changed), field);
}

void
dmc_policy_form_add_checks (DmcPolicyForm *self, const char *member, const char *title)
{
  GtkWidget *box = gtk_flow_box_new (), *scroller = gtk_scrolled_window_new (NULL, NULL);

  gtk_flow_box_set_selection_mode (GTK_FLOW_BOX (box), GTK_SELECTION_NONE);
  gtk_flow_box_set_min_children_per_line (GTK_FLOW_BOX (box), 2);
  gtk_flow_box_set_max_children_per_line (GTK_FLOW_BOX (box), 3);
  gtk_flow_box_set_homogeneous (GTK_FLOW_BOX (box), TRUE);
  g_object_set (scroller, "hscrollbar-policy", GTK_POLICY_NEVER, "propagate-natural-height", TRUE, "max-content-height",
                MAX_CHECKS_HEIGHT, NULL);
  gtk_container_add (GTK_CONTAINER (scroller), box);
  add_field (self, FIELD_CHECKS, member, title, box, scroller);
}

void
dmc_policy_form_add_switch (DmcPolicyForm *self, const char *member, const char *title)
{
  GtkWidget *toggle = gtk_switch_new ();
  Field *field = add_field (self, FIELD_SWITCH, member, title, toggle, toggle);

  gtk_widget_set_halign (toggle, GTK_ALIGN_START);
  g_signal_connect_swapped (toggle, "notify::active", G_CALLBACK (on_changed), field);
}

void
dmc_policy_form_show_field (DmcPolicyForm *self, const char *member, gboolean visible)
{
  Field *field = find_field (self, member);

  gtk_widget_set_visible (field->label, visible);
  gtk_widget_set_visible (field->outside, visible);
  if (!visible)
    gtk_widget_hide (field->problem);
}

/* ---- what is offered ---- */

static GtkToggleButton *
check_at (Field *field, guint index)
{
  GtkFlowBoxChild *child = gtk_flow_box_get_child_at_index (GTK_FLOW_BOX (field->control), (int)index);

  return GTK_TOGGLE_BUTTON (gtk_bin_get_child (GTK_BIN (child)));
}

static const char *
id_of (GtkToggleButton *check)
{
  return g_object_get_data (G_OBJECT (check), "dmc-id");
}

void
dmc_policy_form_offer (DmcPolicyForm *self, const char *member, const char *id, const char *text, const char *hint)
{
  Field *field = find_field (self, member);
  GtkWidget *check;

  field->offers++;
  field->named += *id != '\0' ? 1 : 0;
  if (field->kind == FIELD_CHOICE) {
    gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (field->control), id, text);
    if (field->offers == 1)
      gtk_combo_box_set_active (GTK_COMBO_BOX (field->control), 0);
    return;
  }
  check = gtk_check_button_new_with_label (text);
  gtk_widget_set_tooltip_text (check, hint);
  g_object_set_data_full (G_OBJECT (check), "dmc-id", g_strdup (id), g_free);
  gtk_container_add (GTK_CONTAINER (field->control), check);
  gtk_widget_set_can_focus (gtk_widget_get_parent (check), FALSE);
  gtk_widget_show_all (gtk_widget_get_parent (check));
  g_signal_connect_swapped (check, "toggled", G_CALLBACK (on_changed), field);
}

void
dmc_policy_form_offer_names (DmcPolicyForm *self, const char *member, JsonArray *names)
{
  for (guint i = 0; names != NULL && i < json_array_get_length (names); i++) {
    JsonNode *name = json_array_get_element (names, i);

    if (JSON_NODE_HOLDS_VALUE (name) && json_node_get_value_type (name) == G_TYPE_STRING)
      dmc_policy_form_offer (self, member, json_node_get_string (name), json_node_get_string (name), NULL);
  }
}

void
dmc_policy_form_clear_offers (DmcPolicyForm *self, const char *member)
{
  Field *field = find_field (self, member);
  GtkFlowBoxChild *child;

  field->offers = field->named = 0;
  if (field->kind == FIELD_CHOICE)
    gtk_combo_box_text_remove_all (GTK_COMBO_BOX_TEXT (field->control));
  else
    while ((child = gtk_flow_box_get_child_at_index (GTK_FLOW_BOX (field->control), 0)) != NULL)
      gtk_widget_destroy (GTK_WIDGET (child));
}

gboolean
dmc_policy_form_has_offers (DmcPolicyForm *self, const char *member)
{
  return find_field (self, member)->named > 0;
}

/* ---- what they hold ---- */

char *
dmc_policy_form_dup (DmcPolicyForm *self, const char *member)
{
  Field *field = find_field (self, member);
  const char *id;

  if (!gtk_widget_get_visible (field->outside))
    return g_strdup ("");
  if (field->kind == FIELD_ENTRY)
    return g_strstrip (g_strdup (gtk_entry_get_text (GTK_ENTRY (field->control))));
  id = gtk_combo_box_get_active_id (GTK_COMBO_BOX (field->control));
  return g_strdup (id != NULL ? id : "");
}

/* What is chosen in a document that is wrong may be something that is not offered; it is kept until something else is chosen. */
void
dmc_policy_form_set (DmcPolicyForm *self, const char *member, const char *value)
{
  Field *field = find_field (self, member);
  GtkComboBox *choice;

  if (field->kind == FIELD_ENTRY) {
    gtk_entry_set_text (GTK_ENTRY (field->control), value);
    return;
  }
  choice = GTK_COMBO_BOX (field->control);
  if (!gtk_combo_box_set_active_id (choice, value)) {
    dmc_policy_form_offer (self, member, value, value, NULL);
    gtk_combo_box_set_active_id (choice, value);
  }
}

gboolean
dmc_policy_form_get_switch (DmcPolicyForm *self, const char *member)
{
  Field *field = find_field (self, member);

  return gtk_widget_get_visible (field->outside) && gtk_switch_get_active (GTK_SWITCH (field->control));
}

void
dmc_policy_form_set_switch (DmcPolicyForm *self, const char *member, gboolean on)
{
  gtk_switch_set_active (GTK_SWITCH (find_field (self, member)->control), on);
}

JsonArray *
dmc_policy_form_get_checked (DmcPolicyForm *self, const char *member)
{
  Field *field = find_field (self, member);
  JsonArray *ids = json_array_new ();

  for (guint i = 0; i < field->offers && gtk_widget_get_visible (field->outside); i++)
    if (gtk_toggle_button_get_active (check_at (field, i)))
      json_array_add_string_element (ids, id_of (check_at (field, i)));
  return ids;
}

static gboolean
holds (JsonArray *ids, const char *id)
{
  for (guint i = 0; ids != NULL && i < json_array_get_length (ids); i++)
    if (JSON_NODE_HOLDS_VALUE (json_array_get_element (ids, i))
        && g_strcmp0 (json_node_get_string (json_array_get_element (ids, i)), id) == 0)
      return TRUE;
  return FALSE;
}

void
dmc_policy_form_set_checked (DmcPolicyForm *self, const char *member, JsonArray *ids)
{
  Field *field = find_field (self, member);

  for (guint i = 0; i < field->offers; i++)
    gtk_toggle_button_set_active (check_at (field, i), holds (ids, id_of (check_at (field, i))));
}

void
dmc_policy_form_write (DmcPolicyForm *self, const char *member, JsonObject *object)
{
  g_autofree char *value = dmc_policy_form_dup (self, member);

  if (*value != '\0')
    json_object_set_string_member (object, member, value);
  else if (json_object_has_member (object, member))
    json_object_remove_member (object, member);
}

/* ---- the window ---- */

static void
on_response (GtkDialog *dialog, int response, DmcPolicyForm *self)
{
  g_autoptr (JsonNode) policy = response == GTK_RESPONSE_ACCEPT ? dmc_policy_draft_begin_edit (self->draft) : NULL;
  const char *problem = NULL;
  g_autofree char *place = policy != NULL ? self->klass->build (self, json_node_get_object (policy), &problem) : NULL;

  if (place != NULL)
    dmc_policy_draft_edit (self->draft, policy);
  gtk_widget_destroy (GTK_WIDGET (dialog));
}

static char *
without_rules (DmcPolicyDraft *draft)
{
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (draft);
  JsonObject *te = policy != NULL ? dmc_json_get_object (json_node_get_object (policy), "te") : NULL;

  if (te != NULL && json_object_has_member (te, "allow"))
    json_object_remove_member (te, "allow");
  return policy != NULL ? dmc_json_print (policy, NULL) : g_strdup ("{}");
}

DmcPolicyForm *
dmc_policy_form_new (GtkWindow *parent,
                     DmcPolicyDraft *draft,
                     const char *title,
                     const DmcPolicyRow *row,
                     gboolean is_new,
                     const DmcPolicyFormClass *klass)
{
  DmcPolicyForm *self = g_new0 (DmcPolicyForm, 1);

  self->klass = klass;
  self->draft = g_object_ref (draft);
  self->base = without_rules (draft);
  self->is_new = is_new;
  if (row != NULL) {
    self->name = g_strdup (row->name);
    self->row = (DmcPolicyRow){ .kind = row->kind, .parent = row->parent, .index = row->index, .name = self->name };
  }
  self->quiet = TRUE;
  self->fields = g_ptr_array_new_with_free_func (field_free);
  self->dialog = gtk_dialog_new_with_buttons (title, parent,
                                              GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT | GTK_DIALOG_USE_HEADER_BAR,
                                              _ ("_Cancel"), GTK_RESPONSE_CANCEL, is_new ? _ ("_Add") : _ ("Ch_ange"),
                                              GTK_RESPONSE_ACCEPT, NULL);
  g_object_set_data_full (G_OBJECT (self->dialog), "dmc-policy-form", self, form_free);
  gtk_window_set_default_size (GTK_WINDOW (self->dialog), 460, -1);
  gtk_dialog_set_default_response (GTK_DIALOG (self->dialog), GTK_RESPONSE_ACCEPT);
  self->grid = GTK_GRID (gtk_grid_new ());
  g_object_set (self->grid, "margin", 12, "row-spacing", 6, "column-spacing", 12, NULL);
  gtk_container_add (GTK_CONTAINER (gtk_dialog_get_content_area (GTK_DIALOG (self->dialog))), GTK_WIDGET (self->grid));
  return self;
}

const DmcPolicyRow *
dmc_policy_form_get_row (DmcPolicyForm *self)
{
  return &self->row;
}

DmcPolicyDraft *
dmc_policy_form_get_draft (DmcPolicyForm *self)
{
  return self->draft;
}

gboolean
dmc_policy_form_is_new (DmcPolicyForm *self)
{
  return self->is_new;
}

void
dmc_policy_form_run (DmcPolicyForm *self)
{
  if (self->klass->changed != NULL)
    self->klass->changed (self, NULL);
  self->quiet = FALSE;
  update (self);
  g_signal_connect (self->dialog, "response", G_CALLBACK (on_response), self);
  gtk_window_present (GTK_WINDOW (self->dialog));
}
