/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "labels-view.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

enum { COLUMN_NAME, COLUMN_KIND, COLUMN_TYPE, COLUMN_LEVEL, COLUMN_INTEGRITY, COLUMN_DATASET, COLUMN_IS_OBJECT, N_COLUMNS };

/* Columns that are chosen from what the document declares. */
static const struct choice {
  int column;
  const char *title;
  const char *member; /* of a label */
  const char *model, *declared; /* where its names are; the wall has its own shape */
  gboolean for_objects_only;
} choices[] = {
  { COLUMN_TYPE, N_ ("Type"), "type", "te", "types", FALSE },
  { COLUMN_LEVEL, N_ ("Confidentiality"), "level", "blp", "levels", FALSE },
  { COLUMN_INTEGRITY, N_ ("Integrity"), "integrity", "biba", "levels", FALSE },
  { COLUMN_DATASET, N_ ("Dataset"), "dataset", "chinese_wall", NULL, TRUE },
};

typedef struct {
  DmcPolicyDraft *draft;
  GtkListStore *store;
  GtkListStore *offered[G_N_ELEMENTS (choices)]; /* names, "" first: none */
  char *shown; /* the text that the rows were made of */
} LabelsView;

static void
labels_view_free (gpointer data)
{
  LabelsView *self = data;

  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    g_object_unref (self->offered[i]);
  g_object_unref (self->store);
  g_object_unref (self->draft);
  g_free (self->shown);
  g_free (self);
}

/* ---- what the document declares ---- */

static void
offer_names (GtkListStore *store, JsonArray *names)
{
  for (guint i = 0; names != NULL && i < json_array_get_length (names); i++) {
    JsonNode *name = json_array_get_element (names, i);

    if (JSON_NODE_HOLDS_VALUE (name) && json_node_get_value_type (name) == G_TYPE_STRING)
      gtk_list_store_insert_with_values (store, NULL, -1, 0, json_node_get_string (name), -1);
  }
}

static void
offer (GtkListStore *store, const struct choice *choice, JsonObject *policy)
{
  JsonObject *model = dmc_json_get_object (policy, choice->model);
  JsonArray *classes = dmc_json_get_array (model, "classes");

  gtk_list_store_clear (store);
  gtk_list_store_insert_with_values (store, NULL, -1, 0, "", -1);
  if (choice->declared != NULL)
    offer_names (store, dmc_json_get_array (model, choice->declared));
  else
    for (guint i = 0; classes != NULL && i < json_array_get_length (classes); i++) {
      JsonNode *conflict = json_array_get_element (classes, i);

      if (JSON_NODE_HOLDS_OBJECT (conflict))
        offer_names (store, dmc_json_get_array (json_node_get_object (conflict), "datasets"));
    }
}

/* ---- the rows ---- */

static void
add_labels (LabelsView *self, JsonObject *labels, gboolean objects)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;

  if (labels == NULL)
    return;
  json_object_iter_init_ordered (&iter, labels);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    JsonObject *label = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

    gtk_list_store_insert_with_values (self->store, NULL, -1, COLUMN_NAME, name, COLUMN_KIND, objects ? _ ("Object") : _ ("Subject"),
                                       COLUMN_TYPE, dmc_json_get_string (label, "type", ""), COLUMN_LEVEL,
                                       dmc_json_get_string (label, "level", ""), COLUMN_INTEGRITY,
                                       dmc_json_get_string (label, "integrity", ""), COLUMN_DATASET,
                                       dmc_json_get_string (label, "dataset", ""), COLUMN_IS_OBJECT, objects, -1);
  }
}

static void
fill (LabelsView *self)
{
  JsonNode *node = dmc_policy_draft_get_node (self->draft);
  JsonObject *policy = node != NULL ? json_node_get_object (node) : NULL;
  JsonObject *labels = dmc_json_get_object (policy, "labels");

  if (policy == NULL || g_strcmp0 (self->shown, dmc_policy_draft_get_text (self->draft)) == 0)
    return;
  g_free (self->shown);
  self->shown = g_strdup (dmc_policy_draft_get_text (self->draft));
  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    offer (self->offered[i], &choices[i], policy);
  gtk_list_store_clear (self->store);
  add_labels (self, dmc_json_get_object (labels, "subjects"), FALSE);
  add_labels (self, dmc_json_get_object (labels, "objects"), TRUE);
}

static void
on_draft (GObject *scroller)
{
  fill (g_object_get_data (scroller, "dmc-labels-view"));
}

/* ---- a choice ---- */

static void
on_edited (GtkCellRenderer *renderer, const char *path, const char *text, GObject *scroller)
{
  LabelsView *self = g_object_get_data (scroller, "dmc-labels-view");
  const struct choice *choice = g_object_get_data (G_OBJECT (renderer), "dmc-choice");
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (self->draft);
  g_autofree char *name = NULL;
  gboolean is_object;
  GtkTreeIter iter;
  JsonObject *label;

  if (policy == NULL || !gtk_tree_model_get_iter_from_string (GTK_TREE_MODEL (self->store), &iter, path))
    return;
  gtk_tree_model_get (GTK_TREE_MODEL (self->store), &iter, COLUMN_NAME, &name, COLUMN_IS_OBJECT, &is_object, -1);
  label = dmc_json_get_object (
      dmc_json_get_object (dmc_json_get_object (json_node_get_object (policy), "labels"), is_object ? "objects" : "subjects"), name);
  if (label == NULL || g_strcmp0 (dmc_json_get_string (label, choice->member, ""), text) == 0)
    return;
  if (*text == '\0')
    json_object_remove_member (label, choice->member);
  else
    json_object_set_string_member (label, choice->member, text);
  dmc_policy_draft_edit (self->draft, policy);
}

/* ---- the widgets ---- */

static void
add_text_column (GtkTreeView *tree, const char *title, int column)
{
  GtkTreeViewColumn *view
      = gtk_tree_view_column_new_with_attributes (title, gtk_cell_renderer_text_new (), "text", column, NULL);

  gtk_tree_view_column_set_resizable (view, TRUE);
  gtk_tree_view_column_set_sort_column_id (view, column);
  gtk_tree_view_append_column (tree, view);
}

static void
show_choice (GtkTreeViewColumn *view, GtkCellRenderer *renderer, GtkTreeModel *model, GtkTreeIter *iter, gpointer user_data)
{
  const struct choice *choice = user_data;
  g_autofree char *text = NULL;
  gboolean is_object, fits;

  gtk_tree_model_get (model, iter, choice->column, &text, COLUMN_IS_OBJECT, &is_object, -1);
  fits = is_object || !choice->for_objects_only;
  g_object_set (renderer, "text", fits && *text == '\0' ? "–" : text, "editable", fits, NULL);
}

static void
add_choice_column (GtkTreeView *tree, const struct choice *choice, GtkListStore *offered, GtkWidget *scroller)
{
  GtkCellRenderer *renderer = g_object_new (GTK_TYPE_CELL_RENDERER_COMBO, "model", offered, "text-column", 0, "has-entry", FALSE,
                                            "editable", TRUE, NULL);
  GtkTreeViewColumn *view = gtk_tree_view_column_new ();

  gtk_tree_view_column_set_title (view, _ (choice->title));
  gtk_tree_view_column_pack_start (view, renderer, TRUE);
  gtk_tree_view_column_set_cell_data_func (view, renderer, show_choice, (gpointer)choice, NULL);
  gtk_tree_view_column_set_resizable (view, TRUE);
  gtk_tree_view_column_set_expand (view, TRUE);
  g_object_set_data (G_OBJECT (renderer), "dmc-choice", (gpointer)choice);
  g_signal_connect_object (renderer, "edited", G_CALLBACK (on_edited), scroller, 0);
  gtk_tree_view_append_column (tree, view);
}

GtkWidget *
dmc_labels_view_new (DmcPolicyDraft *draft)
{
  LabelsView *self = g_new0 (LabelsView, 1);
  GtkWidget *scroller = gtk_scrolled_window_new (NULL, NULL), *tree;

  self->draft = g_object_ref (draft);
  self->store = gtk_list_store_new (N_COLUMNS, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING,
                                    G_TYPE_STRING, G_TYPE_BOOLEAN);
  tree = gtk_tree_view_new_with_model (GTK_TREE_MODEL (self->store));
  atk_object_set_name (gtk_widget_get_accessible (tree), _ ("Labels"));
  gtk_widget_set_tooltip_text (tree, _ ("Click a type or a level to choose another one"));
  add_text_column (GTK_TREE_VIEW (tree), _ ("Label"), COLUMN_NAME);
  add_text_column (GTK_TREE_VIEW (tree), _ ("Kind"), COLUMN_KIND);
  for (guint i = 0; i < G_N_ELEMENTS (choices); i++) {
    self->offered[i] = gtk_list_store_new (1, G_TYPE_STRING);
    add_choice_column (GTK_TREE_VIEW (tree), &choices[i], self->offered[i], scroller);
  }
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_container_add (GTK_CONTAINER (scroller), tree);
  g_object_set_data_full (G_OBJECT (scroller), "dmc-labels-view", self, labels_view_free);
  g_signal_connect_object (draft, "changed", G_CALLBACK (on_draft), scroller, G_CONNECT_SWAPPED);
  gtk_widget_show_all (scroller);
  fill (self);
  return scroller;
}
