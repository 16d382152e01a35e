/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-pane.h"

#include <glib/gi18n.h>
#include <handy.h>

#include "budgets-view.h"
#include "contexts-view.h"
#include "denial-list.h"
#include "editor-module.h"
#include "labels-view.h"
#include "load-dialog.h"
#include "model-switches.h"
#include "names-view.h"
#include "plugin/status.h"
#include "policy-draft.h"
#include "policy-files.h"
#include "policy-summary.h"
#include "rows.h"
#include "rpc/json.h"
#include "rules-view.h"
#include "what-if.h"

struct _DmcPolicyPane {
  GtkBin parent_instance;

  DmcHost *host;
  DmcPolicyDraft *draft;
  GCancellable *cancellable;
  GSimpleActionGroup *actions;
  GtkWidget *editor; /* NULL until the page is first shown */

  HdyLeaflet *leaflet;
  GtkWidget *side_pane;
  GtkLabel *title;
  GtkLabel *subtitle;
  GtkWidget *load_button;
  GtkWidget *revert_button;
  GtkMenuButton *menu_button;
  GtkStack *views;
  GtkBox *rules_place;
  GtkBox *labels_place;
  GtkBox *names_place;
  GtkBox *contexts_place;
  GtkBox *budgets_place;
  GtkBox *denials_place;
  GtkStack *editor_stack;
  HdyStatusPage *empty;
  GtkImage *problems_icon;
  GtkLabel *problems_title;
  GtkWidget *problems_scroller;
  GtkListBox *problems;
  DmcWhatIf *what_if;
  GtkListBox *models;
  GtkListBox *summary;
};

G_DEFINE_FINAL_TYPE (DmcPolicyPane, dmc_policy_pane, GTK_TYPE_BIN)

static gboolean
is_of_domains (DmcPolicyPane *self)
{
  return g_str_equal (dmc_endpoint_get_name (dmc_policy_draft_get_endpoint (self->draft)), "control");
}

/* Problems */

static void
add_problem (DmcPolicyPane *self, const DmcPolicyProblem *problem)
{
  GtkWidget *icon = gtk_image_new_from_icon_name (
      problem->is_error ? "dialog-error-symbolic" : "dialog-warning-symbolic", GTK_ICON_SIZE_MENU);
  GtkWidget *row = dmc_row_new (problem->message, problem->path, icon,
                                problem->is_error ? _ ("Error") : _ ("Warning"));

  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_widget_set_tooltip_text (row, _ ("Go to the place in the document"));
  g_object_set_data_full (G_OBJECT (row), "path", g_strdup (problem->path), g_free);
  gtk_container_add (GTK_CONTAINER (self->problems), row);
}

static char *
problems_summary (DmcPolicyPane *self)
{
  GPtrArray *problems = dmc_policy_draft_get_problems (self->draft);
  guint errors = 0;

  for (guint i = 0; i < problems->len; i++)
    errors += ((DmcPolicyProblem *)g_ptr_array_index (problems, i))->is_error ? 1 : 0;
  switch (dmc_policy_draft_get_state (self->draft)) {
  case DMC_POLICY_DRAFT_CHECKING:
    return g_strdup (_ ("Checking…"));
  case DMC_POLICY_DRAFT_UNCHECKED:
    return g_strdup (is_of_domains (self) ? _ ("Not checked: the hypervisor is not connected")
                                          : _ ("Not checked: the agent is not connected"));
  case DMC_POLICY_DRAFT_INVALID:
    return g_strdup_printf (ngettext ("%u error", "%u errors", errors), errors);
  case DMC_POLICY_DRAFT_VALID:
    if (problems->len > 0)
      return g_strdup_printf (
          ngettext ("Valid, with %u warning", "Valid, with %u warnings", problems->len),
          problems->len);
    return g_strdup (_ ("Valid: no problems found"));
  case DMC_POLICY_DRAFT_EMPTY:
  default:
    return g_strdup ("");
  }
}

static void
show_problems (DmcPolicyPane *self)
{
  DmcPolicyDraftState state = dmc_policy_draft_get_state (self->draft);
  GPtrArray *problems = dmc_policy_draft_get_problems (self->draft);
  g_autofree char *title = problems_summary (self);

  gtk_label_set_text (self->problems_title, title);
  gtk_image_set_from_icon_name (self->problems_icon,
                                state == DMC_POLICY_DRAFT_INVALID ? "dialog-error-symbolic"
                                : state == DMC_POLICY_DRAFT_VALID ? "emblem-ok-symbolic"
                                                                  : "content-loading-symbolic",
                                GTK_ICON_SIZE_MENU);
  /* While typing goes on the list and the marks stay, so that nothing jumps. */
  if (state != DMC_POLICY_DRAFT_VALID && state != DMC_POLICY_DRAFT_INVALID)
    return;
  dmc_rows_clear (self->problems);
  for (guint i = 0; i < problems->len; i++)
    add_problem (self, g_ptr_array_index (problems, i));
  gtk_widget_set_visible (self->problems_scroller, problems->len > 0);
  if (self->editor != NULL)
    g_signal_emit_by_name (self->editor, "show-problems", problems,
                           dmc_policy_draft_get_syntax_offset (self->draft));
}

static void
on_problem_activated (DmcPolicyPane *self, GtkListBoxRow *row)
{
  if (self->editor != NULL)
    g_signal_emit_by_name (self->editor, "go-to", g_object_get_data (G_OBJECT (row), "path"));
}

/* What is loaded, and what can be done */

static char *
loaded_text (DmcPolicyPane *self)
{
  JsonObject *loaded = dmc_policy_draft_get_loaded (self->draft);
  g_autoptr (GDateTime) when = NULL;
  g_autofree char *time = NULL;

  if (loaded == NULL)
    return g_strdup ("");
  when = g_date_time_new_from_unix_local (dmc_json_get_int (loaded, "loaded_us", 0)
                                          / G_USEC_PER_SEC);
  time = g_date_time_format (when, "%x %X");
  /* TRANSLATORS: whether denials are carried out; when it was loaded; the beginning of its checksum
   */
  return g_strdup_printf (_ ("%s · loaded %s · %.12s"),
                          dmc_json_get_boolean (loaded, "enforcing", TRUE) ? _ ("Enforcing")
                                                                           : _ ("Only recording"),
                          time, dmc_json_get_string (loaded, "sha256", ""));
}

static void
set_enabled (DmcPolicyPane *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (
      G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}

static const char *
why_not_load (DmcPolicyPane *self)
{
  if (!dmc_policy_draft_is_modified (self->draft))
    return dmc_policy_draft_get_text (self->draft) != NULL ? _ ("The document is the loaded policy") : _ ("There is no document");
  switch (dmc_policy_draft_get_state (self->draft)) {
  case DMC_POLICY_DRAFT_VALID:
    return NULL;
  case DMC_POLICY_DRAFT_INVALID:
    return _ ("The document has errors");
  case DMC_POLICY_DRAFT_CHECKING:
    return _ ("The document is being checked");
  case DMC_POLICY_DRAFT_UNCHECKED:
  case DMC_POLICY_DRAFT_EMPTY:
  default:
    return is_of_domains (self) ? _ ("The hypervisor is not connected") : _ ("The agent is not connected");
  }
}

static void
show_loaded (DmcPolicyPane *self)
{
  gboolean modified = dmc_policy_draft_is_modified (self->draft);
  const char *why_not = why_not_load (self);
  g_autofree char *subtitle = loaded_text (self);

  gtk_label_set_text (self->title, modified ? _ ("Draft, not loaded") : _ ("Loaded policy"));
  gtk_label_set_text (self->subtitle, subtitle);
  set_enabled (self, "load", why_not == NULL);
  set_enabled (self, "revert", modified && dmc_policy_draft_get_loaded (self->draft) != NULL);
  set_enabled (self, "save", dmc_policy_draft_get_text (self->draft) != NULL);
  set_enabled (self, "bring-back", dmc_policy_draft_has_previous (self->draft));
  gtk_widget_set_tooltip_text (self->load_button,
                               why_not != NULL ? why_not
                               : is_of_domains (self) ? _ ("Let the hypervisor decide by this")
                                                      : _ ("Let the agent decide by this"));
  gtk_widget_set_tooltip_text (self->revert_button, modified ? _ ("Go back to the loaded policy")
                                                             : _ ("Nothing was changed"));
}

static void
show_empty (DmcPolicyPane *self)
{
  gboolean connected = dmc_endpoint_is_connected (dmc_policy_draft_get_endpoint (self->draft));
  gboolean domains = is_of_domains (self);
  const char *why = dmc_policy_draft_get_why_empty (self->draft);
  const char *title = connected ? _ ("No Policy Yet") : domains ? _ ("No Hypervisor") : _ ("No Agent");
  const char *description = domains ? _ ("The policy appears here as soon as the hypervisor answers.")
                                    : _ ("The policy appears here as soon as the agent answers.");

  if (connected && why != NULL)
    description = why;
  else if (connected)
    description = domains ? _ ("The hypervisor has not told its policy yet.") : _ ("The agent has not told its policy yet.");
  dmc_status_show (self->empty, title, description);
}

static void
on_draft (DmcPolicyPane *self)
{
  DmcPolicyDraftState state = dmc_policy_draft_get_state (self->draft);
  gboolean empty = state == DMC_POLICY_DRAFT_EMPTY;

  show_empty (self);
  show_problems (self);
  show_loaded (self);
  if (empty || self->editor != NULL)
    gtk_stack_set_visible_child_name (self->editor_stack, empty ? "empty" : "editor");
  if (state == DMC_POLICY_DRAFT_VALID)
    dmc_policy_summary_fill (self->summary,
                             json_node_get_object (dmc_policy_draft_get_node (self->draft)));
}

/* Actions */

static void
activate_load (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcPolicyPane *self = user_data;

  dmc_policy_load_dialog_run (self->host, self->draft, self->cancellable);
}

static void
activate_open (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcPolicyPane *self = user_data;

  dmc_policy_files_open (self->host, self->draft);
}

static void
activate_save (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcPolicyPane *self = user_data;

  dmc_policy_files_save (self->host, self->draft);
}

static void
activate_bring_back (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcPolicyPane *self = user_data;

  dmc_policy_draft_bring_back (self->draft);
}

static void
activate_undo (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcPolicyPane *self = user_data;

  if (self->editor != NULL)
    g_signal_emit_by_name (self->editor, "undo");
}

static void
update_undo (DmcPolicyPane *self)
{
  gboolean can_undo;

  g_object_get (self->editor, "can-undo", &can_undo, NULL);
  set_enabled (self, "undo", can_undo);
}

static void
activate_revert (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcPolicyPane *self = user_data;

  dmc_policy_draft_revert (self->draft);
}

static void
activate_try (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcPolicyPane *self = user_data;

  hdy_leaflet_set_visible_child (self->leaflet, self->side_pane);
}

static void
activate_back (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  DmcPolicyPane *self = user_data;

  hdy_leaflet_navigate (self->leaflet, HDY_NAVIGATION_DIRECTION_BACK);
}

static void
show_text (DmcPolicyPane *self)
{
  if (self->editor != NULL)
    g_object_set (self->editor, "text", dmc_policy_draft_get_text (self->draft), NULL);
}

/* The editor is loaded when it is first seen and not before: it brings a large library. */
static void
on_map (DmcPolicyPane *self)
{
  g_autoptr (GError) error = NULL;

  if (self->editor != NULL)
    return;
  self->editor = dmc_editor_module_new_editor (&error);
  if (self->editor == NULL) {
    dmc_host_show_error (self->host, _ ("Could not start the editor"), error);
    return;
  }
  gtk_stack_add_named (self->editor_stack, self->editor, "editor");
  show_text (self);
  g_signal_connect_object (self->editor, "notify::can-undo", G_CALLBACK (update_undo), self, G_CONNECT_SWAPPED);
  update_undo (self);
  g_signal_connect_object (self->editor, "edited", G_CALLBACK (dmc_policy_draft_set_text),
                           self->draft, G_CONNECT_SWAPPED);
  on_draft (self);
}

static void
put (GtkBox *place, GtkWidget *view)
{
  gtk_widget_set_vexpand (view, TRUE);
  gtk_container_add (GTK_CONTAINER (place), view);
}

/* Views are made when they are first looked at: each keeps rows, and the denials ask the endpoint. */
static void
on_view_changed (DmcPolicyPane *self)
{
  GtkWidget *place = gtk_stack_get_visible_child (self->views);
  g_autoptr (GList) there = NULL;

  if (self->draft == NULL || place == NULL)
    return; /* while the template is built */
  there = gtk_container_get_children (GTK_CONTAINER (place));
  if (place == GTK_WIDGET (self->rules_place) && there == NULL)
    put (self->rules_place, dmc_rules_view_new (self->host, self->draft));
  else if (place == GTK_WIDGET (self->labels_place) && there == NULL)
    put (self->labels_place, dmc_labels_view_new (self->host, self->draft));
  else if (place == GTK_WIDGET (self->names_place) && there == NULL)
    put (self->names_place, dmc_names_view_new (self->host, self->draft));
  else if (place == GTK_WIDGET (self->contexts_place) && there == NULL)
    put (self->contexts_place, dmc_contexts_view_new (self->host, self->draft));
  else if (place == GTK_WIDGET (self->budgets_place) && there == NULL)
    put (self->budgets_place, dmc_budgets_view_new (self->host, self->draft));
  else if (place == GTK_WIDGET (self->denials_place) && there == NULL)
    put (self->denials_place, dmc_denial_list_new (self->host, self->draft));
}

static void
add_menu (DmcPolicyPane *self)
{
  g_autoptr (GMenu) menu = g_menu_new (), back = g_menu_new ();

  g_menu_append (menu, _ ("_Open…"), "page.open");
  g_menu_append (menu, _ ("_Save As…"), "page.save");
  g_menu_append (back, _ ("_Undo"), "page.undo");
  g_menu_append (back, _ ("_Bring Back the Policy Before"), "page.bring-back");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (back));
  gtk_menu_button_set_menu_model (self->menu_button, G_MENU_MODEL (menu));
}

static void
dmc_policy_pane_dispose (GObject *object)
{
  DmcPolicyPane *self = DMC_POLICY_PANE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->draft);
  g_clear_object (&self->host);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (dmc_policy_pane_parent_class)->dispose (object);
}

static void
dmc_policy_pane_finalize (GObject *object)
{
  g_clear_object (&DMC_POLICY_PANE (object)->cancellable);
  G_OBJECT_CLASS (dmc_policy_pane_parent_class)->finalize (object);
}

static void
dmc_policy_pane_class_init (DmcPolicyPaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_policy_pane_dispose;
  G_OBJECT_CLASS (klass)->finalize = dmc_policy_pane_finalize;
  g_type_ensure (DMC_TYPE_WHAT_IF);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/policy/policy-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, leaflet);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, side_pane);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, title);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, subtitle);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, load_button);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, revert_button);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, menu_button);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, views);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, rules_place);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, labels_place);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, names_place);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, contexts_place);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, budgets_place);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, denials_place);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, editor_stack);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, empty);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, problems_icon);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, problems_title);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, problems_scroller);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, problems);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, what_if);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, models);
  gtk_widget_class_bind_template_child (widget_class, DmcPolicyPane, summary);
  gtk_widget_class_bind_template_callback (widget_class, on_map);
  gtk_widget_class_bind_template_callback (widget_class, on_problem_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_view_changed);
}

static void
dmc_policy_pane_init (DmcPolicyPane *self)
{
  static const GActionEntry entries[] = {
    { .name = "load", .activate = activate_load },
    { .name = "revert", .activate = activate_revert },
    { .name = "open", .activate = activate_open },
    { .name = "save", .activate = activate_save },
    { .name = "undo", .activate = activate_undo },
    { .name = "bring-back", .activate = activate_bring_back },
    { .name = "try", .activate = activate_try },
    { .name = "back", .activate = activate_back },
  };

  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "page", G_ACTION_GROUP (self->actions));
  set_enabled (self, "undo", FALSE);
  add_menu (self);
}

GtkWidget *
dmc_policy_pane_new (DmcHost *host, const char *endpoint)
{
  DmcPolicyPane *self = g_object_new (DMC_TYPE_POLICY_PANE, "visible", TRUE, NULL);
  DmcEndpoint *asked = dmc_host_get_endpoint (host, endpoint);

  self->host = g_object_ref (host);
  self->draft = dmc_policy_draft_new (asked);
  g_signal_connect_object (self->draft, "replaced", G_CALLBACK (show_text), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->draft, "changed", G_CALLBACK (on_draft), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (asked, "notify::connected", G_CALLBACK (show_empty), self,
                           G_CONNECT_SWAPPED);
  dmc_what_if_set_draft (self->what_if, self->draft);
  dmc_model_switches_fill (self->models, self->draft);
  /* Contexts are about what is in workspaces. */
  gtk_widget_set_visible (GTK_WIDGET (self->contexts_place), !is_of_domains (self));
  on_draft (self);
  return GTK_WIDGET (self);
}
