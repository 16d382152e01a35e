/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules-view.h"

#include <glib/gi18n.h>

#include "rpc/json.h"
#include "rule-dialog.h"

enum { COLUMN_SOURCE, COLUMN_TARGET, COLUMN_CLASS, COLUMN_PERMISSIONS, COLUMN_INDEX, N_COLUMNS };

typedef struct {
  DmcHost *host;
  DmcPolicyDraft *draft;
  GtkListStore *store;
  GtkTreeModelFilter *filter;
  GtkTreeView *tree;
  GtkEntry *search;
  GtkWidget *add, *change, *remove; /* owned: the selection changes as the table goes */
  char *shown; /* the text that the rows were made of */
} RulesView;

static void
rules_view_free (gpointer data)
{
  RulesView *self = data;

  g_object_unref (self->host);
  g_object_unref (self->draft);
  g_object_unref (self->filter);
  g_object_unref (self->store);
  g_object_unref (self->add);
  g_object_unref (self->change);
  g_object_unref (self->remove);
  g_free (self->shown);
  g_free (self);
}

/* ---- the rows ---- */

static void
add_rule (RulesView *self, JsonObject *rule, guint index)
{
  g_auto (GStrv) names = dmc_json_dup_strings (rule, "permissions");
  g_autofree char *permissions = names != NULL ? g_strjoinv (", ", names) : NULL;

  gtk_list_store_insert_with_values (self->store, NULL, -1, COLUMN_SOURCE, dmc_json_get_string (rule, "source", ""), COLUMN_TARGET,
                                     dmc_json_get_string (rule, "target", ""), COLUMN_CLASS, dmc_json_get_string (rule, "class", ""),
                                     COLUMN_PERMISSIONS, permissions, COLUMN_INDEX, (int)index, -1);
}

static void
update_buttons (RulesView *self)
{
  gboolean json = dmc_policy_draft_get_node (self->draft) != NULL;
  gboolean any = gtk_tree_selection_get_selected (gtk_tree_view_get_selection (self->tree), NULL, NULL);

  gtk_widget_set_sensitive (self->add, json);
  gtk_widget_set_sensitive (self->change, json && any);
  gtk_widget_set_sensitive (self->remove, json && any);
  gtk_widget_set_tooltip_text (self->change, any ? _ ("Change the chosen rule") : _ ("Choose a rule first"));
  gtk_widget_set_tooltip_text (self->remove, any ? _ ("Take the chosen rule out of the document") : _ ("Choose a rule first"));
}

static void
fill (RulesView *self)
{
  JsonNode *node = dmc_policy_draft_get_node (self->draft);
  JsonArray *rules;

  /* While the text is no JSON the rules of before stay to be read. */
  if (node == NULL || g_strcmp0 (self->shown, dmc_policy_draft_get_text (self->draft)) == 0) {
    update_buttons (self);
    return;
  }
  g_free (self->shown);
  self->shown = g_strdup (dmc_policy_draft_get_text (self->draft));
  g_object_ref (self->filter);
  gtk_tree_view_set_model (self->tree, NULL); /* so that many rows are not shown one by one */
  gtk_list_store_clear (self->store);
  rules = dmc_json_get_array (dmc_json_get_object (json_node_get_object (node), "te"), "allow");
  for (guint i = 0; rules != NULL && i < json_array_get_length (rules); i++) {
    JsonNode *rule = json_array_get_element (rules, i);

    if (JSON_NODE_HOLDS_OBJECT (rule))
      add_rule (self, json_node_get_object (rule), i);
  }
  gtk_tree_view_set_model (self->tree, GTK_TREE_MODEL (self->filter));
  g_object_unref (self->filter);
  update_buttons (self);
}

static void
on_draft (GObject *box)
{
  fill (g_object_get_data (box, "dmc-rules-view"));
}

static gboolean
matches (GtkTreeModel *model, GtkTreeIter *iter, gpointer user_data)
{
  RulesView *self = user_data;
  const char *wanted = gtk_entry_get_text (self->search);

  for (int column = COLUMN_SOURCE; *wanted != '\0' && column <= COLUMN_PERMISSIONS; column++) {
    g_autofree char *text = NULL;

    gtk_tree_model_get (model, iter, column, &text, -1);
    if (text != NULL && strstr (text, wanted) != NULL)
      return TRUE;
  }
  return *wanted == '\0';
}

/* Which rule of the document is chosen; -1: none. */
static int
chosen (RulesView *self)
{
  GtkTreeModel *model;
  GtkTreeIter iter;
  int index = -1;

  if (gtk_tree_selection_get_selected (gtk_tree_view_get_selection (self->tree), &model, &iter))
    gtk_tree_model_get (model, &iter, COLUMN_INDEX, &index, -1);
  return index;
}

/* ---- what can be done ---- */

static void
on_add (RulesView *self)
{
  dmc_rule_dialog_run (dmc_host_get_window (self->host), self->draft, -1);
}

static void
on_change (RulesView *self)
{
  if (chosen (self) >= 0)
    dmc_rule_dialog_run (dmc_host_get_window (self->host), self->draft, chosen (self));
}

static void
on_remove (RulesView *self)
{
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (self->draft);
  JsonArray *rules = policy != NULL ? dmc_json_get_array (dmc_json_get_object (json_node_get_object (policy), "te"), "allow") : NULL;
  int index = chosen (self);

  if (rules == NULL || index < 0 || (guint)index >= json_array_get_length (rules))
    return;
  json_array_remove_element (rules, (guint)index);
  dmc_policy_draft_edit (self->draft, policy);
}

static gboolean
on_key (GtkWidget *tree, GdkEventKey *event, RulesView *self)
{
  if (event->keyval != GDK_KEY_Delete && event->keyval != GDK_KEY_KP_Delete)
    return GDK_EVENT_PROPAGATE;
  on_remove (self);
  return GDK_EVENT_STOP;
}

/* ---- the widgets ---- */

static void
add_column (RulesView *self, const char *title, int column, gboolean wraps)
{
  GtkCellRenderer *renderer = gtk_cell_renderer_text_new ();
  GtkTreeViewColumn *view = gtk_tree_view_column_new_with_attributes (title, renderer, "text", column, NULL);

  if (wraps)
    g_object_set (renderer, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  gtk_tree_view_column_set_expand (view, wraps);
  gtk_tree_view_column_set_resizable (view, TRUE);
  gtk_tree_view_append_column (self->tree, view);
}

static GtkWidget *
new_table (RulesView *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new (NULL, NULL);

  self->store = gtk_list_store_new (N_COLUMNS, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_INT);
  self->filter = GTK_TREE_MODEL_FILTER (gtk_tree_model_filter_new (GTK_TREE_MODEL (self->store), NULL));
  gtk_tree_model_filter_set_visible_func (self->filter, matches, self, NULL);
  self->tree = GTK_TREE_VIEW (gtk_tree_view_new_with_model (GTK_TREE_MODEL (self->filter)));
  gtk_tree_view_set_tooltip_column (self->tree, COLUMN_PERMISSIONS);
  gtk_tree_view_set_enable_search (self->tree, FALSE);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->tree)), _ ("Rules"));
  add_column (self, _ ("Who"), COLUMN_SOURCE, FALSE);
  add_column (self, _ ("To what"), COLUMN_TARGET, FALSE);
  add_column (self, _ ("Of class"), COLUMN_CLASS, FALSE);
  add_column (self, _ ("May"), COLUMN_PERMISSIONS, TRUE);
  g_signal_connect_swapped (gtk_tree_view_get_selection (self->tree), "changed", G_CALLBACK (update_buttons), self);
  g_signal_connect_swapped (self->tree, "row-activated", G_CALLBACK (on_change), self);
  g_signal_connect (self->tree, "key-press-event", G_CALLBACK (on_key), self);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_container_add (GTK_CONTAINER (scroller), GTK_WIDGET (self->tree));
  return scroller;
}

static GtkWidget *
add_button (GtkWidget *bar, const char *icon, const char *name, GCallback callback, RulesView *self)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon, GTK_ICON_SIZE_BUTTON);

  atk_object_set_name (gtk_widget_get_accessible (button), name);
  gtk_widget_set_tooltip_text (button, name);
  g_signal_connect_swapped (button, "clicked", callback, self);
  gtk_container_add (GTK_CONTAINER (bar), button);
  return g_object_ref (button);
}

static GtkWidget *
new_bar (RulesView *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  g_object_set (bar, "margin", 6, NULL);
  self->search = GTK_ENTRY (gtk_search_entry_new ());
  gtk_entry_set_placeholder_text (self->search, _ ("Find a rule"));
  gtk_widget_set_hexpand (GTK_WIDGET (self->search), TRUE);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->search)), _ ("Find a rule"));
  gtk_container_add (GTK_CONTAINER (bar), GTK_WIDGET (self->search));
  self->add = add_button (bar, "list-add-symbolic", _ ("Add a rule"), G_CALLBACK (on_add), self);
  self->change = add_button (bar, "document-edit-symbolic", _ ("Change the rule"), G_CALLBACK (on_change), self);
  self->remove = add_button (bar, "list-remove-symbolic", _ ("Remove the rule"), G_CALLBACK (on_remove), self);
  return bar;
}

GtkWidget *
dmc_rules_view_new (DmcHost *host, DmcPolicyDraft *draft)
{
  RulesView *self = g_new0 (RulesView, 1);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->host = g_object_ref (host);
  self->draft = g_object_ref (draft);
  gtk_container_add (GTK_CONTAINER (box), new_bar (self));
  gtk_container_add (GTK_CONTAINER (box), new_table (self));
  g_object_set_data_full (G_OBJECT (box), "dmc-rules-view", self, rules_view_free);
  g_signal_connect_swapped (self->search, "changed", G_CALLBACK (gtk_tree_model_filter_refilter), self->filter);
  g_signal_connect_object (draft, "changed", G_CALLBACK (on_draft), box, G_CONNECT_SWAPPED);
  gtk_widget_show_all (box);
  fill (self);
  return box;
}
