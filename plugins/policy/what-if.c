/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "what-if.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "policy/classes.h"
#include "rows.h"
#include "rpc/json.h"

struct _DmcWhatIf {
  GtkBox parent_instance;

  DmcPolicyDraft *draft;
  GCancellable *asking;

  GtkWidget *choosers;
  GtkComboBoxText *subject;
  GtkComboBoxText *object;
  GtkComboBoxText *object_class;
  GtkComboBoxText *permission;
  GtkStack *answer;
  GtkLabel *no_answer;
  GtkImage *verdict_icon;
  GtkLabel *verdict;
  GtkLabel *question;
  GtkListBox *models;
};

G_DEFINE_FINAL_TYPE (DmcWhatIf, dmc_what_if, GTK_TYPE_BOX)

const char *
dmc_policy_model_title (const char *model)
{
  static const struct {
    const char *model, *title;
  } titles[] = {
    { "te", N_ ("Type Enforcement") },
    { "blp", N_ ("Bell-LaPadula") },
    { "biba", N_ ("Biba") },
    { "chinese-wall", N_ ("Chinese Wall") },
    { "guard", N_ ("Resource guard") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (g_str_equal (titles[i].model, model))
      return _ (titles[i].title);
  return model;
}

/* The answer */

static const char *
verdict_icon_name (gboolean allowed)
{
  return allowed ? "emblem-ok-symbolic" : "action-unavailable-symbolic";
}

static void
paint_verdict (GtkImage *icon, gboolean allowed)
{
  GtkStyleContext *context = gtk_widget_get_style_context (GTK_WIDGET (icon));

  gtk_style_context_remove_class (context, allowed ? "dmc-denied" : "dmc-allowed");
  gtk_style_context_add_class (context, allowed ? "dmc-allowed" : "dmc-denied");
}

static void
add_model (DmcWhatIf *self, JsonObject *model)
{
  gboolean allowed = dmc_json_get_boolean (model, "allowed", FALSE);
  const char *title = dmc_policy_model_title (dmc_json_get_string (model, "model", ""));
  GtkWidget *icon
      = gtk_image_new_from_icon_name (verdict_icon_name (allowed), GTK_ICON_SIZE_BUTTON);

  paint_verdict (GTK_IMAGE (icon), allowed);
  gtk_container_add (GTK_CONTAINER (self->models),
                     dmc_row_new (title, dmc_json_get_string (model, "reason", ""), icon,
                                  allowed ? _ ("Allowed") : _ ("Denied")));
}

static void
show_no_answer (DmcWhatIf *self, const char *why)
{
  gtk_label_set_text (self->no_answer, why);
  gtk_stack_set_visible_child_name (self->answer, "none");
}

static void
show_answer (DmcWhatIf *self, JsonObject *answer)
{
  gboolean allowed = dmc_json_get_boolean (answer, "allowed", FALSE);
  JsonArray *models = dmc_json_get_array (answer, "models");
  g_autofree char *question = NULL;

  gtk_image_set_from_icon_name (self->verdict_icon, verdict_icon_name (allowed), GTK_ICON_SIZE_DND);
  paint_verdict (self->verdict_icon, allowed);
  gtk_label_set_text (self->verdict, allowed ? _ ("Allowed") : _ ("Denied"));
  /* TRANSLATORS: subject, permission, object, class of the object */
  question = g_strdup_printf (_ ("%s → %s → %s (%s)"),
                              gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->subject)),
                              gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->permission)),
                              gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->object)),
                              gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->object_class)));
  gtk_label_set_text (self->question, question);
  dmc_rows_clear (self->models);
  for (guint i = 0; models != NULL && i < json_array_get_length (models); i++)
    add_model (self, json_array_get_object_element (models, i));
  gtk_widget_set_visible (GTK_WIDGET (self->models),
                          models != NULL && json_array_get_length (models) > 0);
  gtk_stack_set_visible_child_name (self->answer, "verdict");
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcWhatIf) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (error, DMC_ERROR, DMC_ERROR_CANCELLED))
    return; /* another question has been asked since */
  g_clear_object (&self->asking);
  if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer))
    show_answer (self, json_node_get_object (answer));
  else
    show_no_answer (self, error != NULL ? error->message : _ ("The answer makes no sense."));
}

/* The question */

static void
stop_asking (DmcWhatIf *self)
{
  if (self->asking != NULL)
    g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
}

static void
ask (DmcWhatIf *self)
{
  const char *subject = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->subject));
  const char *object = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->object));
  const char *cls = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->object_class));
  const char *permission = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->permission));

  stop_asking (self);
  if (self->draft == NULL || dmc_policy_draft_get_state (self->draft) != DMC_POLICY_DRAFT_VALID)
    return;
  if (subject == NULL || object == NULL || cls == NULL || permission == NULL) {
    show_no_answer (self, _ ("The policy has no subject or no object to ask about."));
    return;
  }
  self->asking = g_cancellable_new ();
  dmc_endpoint_call_async (dmc_policy_draft_get_endpoint (self->draft), "policy.check",
                           dmc_json_node ("subject:s", subject, "object:s", object, "class:s", cls,
                                          "permission:s", permission, "policy:n",
                                          json_node_copy (dmc_policy_draft_get_node (self->draft)),
                                          NULL),
                           self->asking, on_answer, g_object_ref (self));
}

/* Choosers */

static gboolean
has_same_members (GtkComboBoxText *chooser, JsonObject *labels)
{
  GtkTreeModel *model = gtk_combo_box_get_model (GTK_COMBO_BOX (chooser));
  guint n = labels != NULL ? json_object_get_size (labels) : 0;
  gboolean same = (guint)gtk_tree_model_iter_n_children (model, NULL) == n;
  GtkTreeIter iter;

  for (gboolean more = gtk_tree_model_get_iter_first (model, &iter); more && same;
       more = gtk_tree_model_iter_next (model, &iter)) {
    g_autofree char *name = NULL;

    gtk_tree_model_get (model, &iter, gtk_combo_box_get_id_column (GTK_COMBO_BOX (chooser)), &name,
                        -1);
    same = json_object_has_member (labels, name);
  }
  return same;
}

/* Offers the names of @labels and keeps what is chosen where it is still there. */
static void
offer_labels (GtkComboBoxText *chooser, JsonObject *labels)
{
  g_autofree char *chosen = g_strdup (gtk_combo_box_get_active_id (GTK_COMBO_BOX (chooser)));
  JsonObjectIter iter;
  const char *name;

  if (has_same_members (chooser, labels))
    return;
  gtk_combo_box_text_remove_all (chooser);
  if (labels == NULL)
    return;
  json_object_iter_init_ordered (&iter, labels);
  while (json_object_iter_next_ordered (&iter, &name, NULL))
    gtk_combo_box_text_append (chooser, name, name);
  if (chosen == NULL || !gtk_combo_box_set_active_id (GTK_COMBO_BOX (chooser), chosen))
    gtk_combo_box_set_active (GTK_COMBO_BOX (chooser), 0);
}

static void
offer_permissions (DmcWhatIf *self)
{
  int cls = gtk_combo_box_get_active (GTK_COMBO_BOX (self->object_class));

  gtk_combo_box_text_remove_all (self->permission);
  for (guint i = 0; cls >= 0 && i < pol_classes[cls].n_permissions; i++) {
    const char *name = pol_classes[cls].permissions[i].name;

    gtk_combo_box_text_append (self->permission, name, name);
  }
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->permission), 0);
}

static void
offer_classes (DmcWhatIf *self)
{
  for (guint i = 0; i < POL_N_CLASSES; i++)
    gtk_combo_box_text_append (self->object_class, pol_classes[i].name, pol_classes[i].name);
}

static void
on_draft (DmcWhatIf *self)
{
  DmcPolicyDraftState state = dmc_policy_draft_get_state (self->draft);
  JsonNode *node = dmc_policy_draft_get_node (self->draft);
  JsonObject *labels;

  gtk_widget_set_sensitive (GTK_WIDGET (self),
                            state == DMC_POLICY_DRAFT_VALID || state == DMC_POLICY_DRAFT_CHECKING);
  switch (state) {
  case DMC_POLICY_DRAFT_VALID:
    labels = dmc_json_get_object (json_node_get_object (node), "labels");
    offer_labels (self->subject, dmc_json_get_object (labels, "subjects"));
    offer_labels (self->object, dmc_json_get_object (labels, "objects"));
    ask (self);
    break;
  case DMC_POLICY_DRAFT_INVALID:
    show_no_answer (self, _ ("A policy with errors decides nothing. Repair it first."));
    break;
  case DMC_POLICY_DRAFT_EMPTY:
  case DMC_POLICY_DRAFT_UNCHECKED:
    show_no_answer (self, g_str_equal (dmc_endpoint_get_name (dmc_policy_draft_get_endpoint (self->draft)), "control")
                              ? _ ("The hypervisor is not connected.")
                              : _ ("The agent is not connected."));
    break;
  case DMC_POLICY_DRAFT_CHECKING:
  default:
    stop_asking (self);
    break;
  }
}

/* What each endpoint is asked all the time. */
static void
choose_first (DmcWhatIf *self)
{
  gboolean domains = g_str_equal (dmc_endpoint_get_name (dmc_policy_draft_get_endpoint (self->draft)), "control");

  gtk_combo_box_set_active (GTK_COMBO_BOX (self->object_class), domains ? POL_CLASS_GRANT : POL_CLASS_APP);
  gtk_combo_box_set_active (GTK_COMBO_BOX (self->permission), domains ? POL_GRANT_MAP_READ : POL_APP_LAUNCH);
}

void
dmc_what_if_set_draft (DmcWhatIf *self, DmcPolicyDraft *draft)
{
  g_return_if_fail (self->draft == NULL);
  self->draft = g_object_ref (draft);
  choose_first (self);
  g_signal_connect_object (draft, "changed", G_CALLBACK (on_draft), self, G_CONNECT_SWAPPED);
  on_draft (self);
}

static void
dmc_what_if_dispose (GObject *object)
{
  DmcWhatIf *self = DMC_WHAT_IF (object);

  stop_asking (self);
  g_clear_object (&self->draft);
  G_OBJECT_CLASS (dmc_what_if_parent_class)->dispose (object);
}

static void
dmc_what_if_class_init (DmcWhatIfClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_what_if_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/policy/what-if.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcWhatIf, choosers);
  gtk_widget_class_bind_template_child (widget_class, DmcWhatIf, subject);
  gtk_widget_class_bind_template_child (widget_class, DmcWhatIf, object);
  gtk_widget_class_bind_template_child (widget_class, DmcWhatIf, object_class);
  gtk_widget_class_bind_template_child (widget_class, DmcWhatIf, permission);
  gtk_widget_class_bind_template_child (widget_class, DmcWhatIf, answer);
  gtk_widget_class_bind_template_child (widget_class, DmcWhatIf, no_answer);
  gtk_widget_class_bind_template_child (widget_class, DmcWhatIf, verdict_icon);
  gtk_widget_class_bind_template_child (widget_class, DmcWhatIf, verdict);
  gtk_widget_class_bind_template_child (widget_class, DmcWhatIf, question);
  gtk_widget_class_bind_template_child (widget_class, DmcWhatIf, models);
  gtk_widget_class_bind_template_callback (widget_class, ask);
  gtk_widget_class_bind_template_callback (widget_class, offer_permissions);
}

static void
dmc_what_if_init (DmcWhatIf *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  offer_classes (self);
}
