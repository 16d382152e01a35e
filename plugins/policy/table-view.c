/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table-view.h"

#include <glib/gi18n.h>

enum {
  COLUMN_KIND = DMC_POLICY_MAX_COLUMNS,
  COLUMN_PARENT,
  COLUMN_INDEX,
  COLUMN_NAME,
  COLUMN_USES,
  N_COLUMNS,
};

struct _DmcPolicyTable {
  const DmcPolicyTableClass *klass;
  DmcHost *host;
  DmcPolicyDraft *draft;
  GtkListStore *store;
  GtkTreeModelFilter *filter;
  GtkTreeView *tree;
  GtkEntry *search;
  GtkWidget *add, *change, *remove, *up, *down; /* owned: the selection changes as the table goes */
  char *shown; /* the text that the rows were made of */
};

static void
table_free (gpointer data)
{
  DmcPolicyTable *self = data;

  g_object_unref (self->host);
  g_object_unref (self->draft);
  g_object_unref (self->filter);
  g_object_unref (self->store);
  g_object_unref (self->add);
  g_object_unref (self->change);
  g_object_unref (self->remove);
  g_clear_object (&self->up);
  g_clear_object (&self->down);
  g_free (self->shown);
  g_free (self);
}

/* ---- the chosen row ---- */

/* @name (transfer full): what keeps the row's name. */
static void
read_row (GtkTreeModel *model, GtkTreeIter *iter, DmcPolicyRow *row, char **name)
{
  memset (row, 0, sizeof *row);
  gtk_tree_model_get (model, iter, COLUMN_KIND, &row->kind, COLUMN_PARENT, &row->parent, COLUMN_INDEX, &row->index, COLUMN_NAME, name,
                      COLUMN_USES, &row->uses, -1);
  row->name = *name;
}

static gboolean
get_chosen (DmcPolicyTable *self, DmcPolicyRow *row, char **name)
{
  GtkTreeModel *model;
  GtkTreeIter iter;

  if (!gtk_tree_selection_get_selected (gtk_tree_view_get_selection (self->tree), &model, &iter))
    return FALSE;
  read_row (model, &iter, row, name);
  return TRUE;
}

static void
choose (DmcPolicyTable *self, const DmcPolicyRow *wanted)
{
  GtkTreeModel *model = GTK_TREE_MODEL (self->filter);
  GtkTreeIter iter;

  for (gboolean more = gtk_tree_model_get_iter_first (model, &iter); more; more = gtk_tree_model_iter_next (model, &iter)) {
    g_autofree char *name = NULL;
    DmcPolicyRow row;

    read_row (model, &iter, &row, &name);
    if (row.kind == wanted->kind && row.parent == wanted->parent && row.index == wanted->index) {
      g_autoptr (GtkTreePath) path = gtk_tree_model_get_path (model, &iter);

      gtk_tree_selection_select_iter (gtk_tree_view_get_selection (self->tree), &iter);
      gtk_tree_view_scroll_to_cell (self->tree, path, NULL, FALSE, 0, 0);
      return;
    }
  }
}

static void
update_buttons (DmcPolicyTable *self)
{
  gboolean json = dmc_policy_draft_get_node (self->draft) != NULL;
  g_autofree char *name = NULL, *used = NULL;
  DmcPolicyRow row = { 0 };
  gboolean any = get_chosen (self, &row, &name);

  if (row.uses > 0)
    used = g_strdup_printf (ngettext ("It is used in %u place; take it out of there first", "It is used in %u places; take it out of there first", row.uses),
                            row.uses);
  gtk_widget_set_sensitive (self->add, json);
  gtk_widget_set_sensitive (self->change, json && any);
  gtk_widget_set_sensitive (self->remove, json && any && row.uses == 0);
  gtk_widget_set_tooltip_text (self->change, any ? _ (self->klass->to_change) : _ ("Choose a row first"));
  gtk_widget_set_tooltip_text (self->remove, used != NULL ? used : any ? _ (self->klass->to_remove) : _ ("Choose a row first"));
  if (self->up != NULL) {
    gtk_widget_set_sensitive (self->up, json && any);
    gtk_widget_set_sensitive (self->down, json && any);
  }
}

/* ---- the rows ---- */

void
dmc_policy_table_add (DmcPolicyTable *self, const DmcPolicyRow *row)
{
  const char *const *texts = row->texts;

  G_STATIC_ASSERT (DMC_POLICY_MAX_COLUMNS == 5);
  gtk_list_store_insert_with_values (self->store, NULL, -1, 0, texts[0], 1, texts[1], 2, texts[2], 3, texts[3], 4, texts[4], COLUMN_KIND,
                                     row->kind, COLUMN_PARENT, row->parent, COLUMN_INDEX, row->index, COLUMN_NAME, row->name,
                                     COLUMN_USES, row->uses, -1);
}

static void
fill (DmcPolicyTable *self)
{
  JsonNode *node = dmc_policy_draft_get_node (self->draft);
  g_autofree char *name = NULL;
  DmcPolicyRow row;
  gboolean any;

  /* While the text is no JSON the rows of before stay to be read. */
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node) || g_strcmp0 (self->shown, dmc_policy_draft_get_text (self->draft)) == 0) {
    update_buttons (self);
    return;
  }
  any = get_chosen (self, &row, &name);
  g_free (self->shown);
  self->shown = g_strdup (dmc_policy_draft_get_text (self->draft));
  g_object_ref (self->filter);
  gtk_tree_view_set_model (self->tree, NULL); /* so that many rows are not shown one by one */
  gtk_list_store_clear (self->store);
  self->klass->fill (self, json_node_get_object (node));
  gtk_tree_view_set_model (self->tree, GTK_TREE_MODEL (self->filter));
  g_object_unref (self->filter);
  if (any)
    choose (self, &row);
  update_buttons (self);
}

static void
on_draft (GObject *box)
{
  fill (g_object_get_data (box, "dmc-policy-table"));
}

static gboolean
matches (GtkTreeModel *model, GtkTreeIter *iter, gpointer user_data)
{
  DmcPolicyTable *self = user_data;
  const char *wanted = gtk_entry_get_text (self->search);

  for (int column = 0; *wanted != '\0' && column < DMC_POLICY_MAX_COLUMNS; column++) {
    g_autofree char *text = NULL;

    gtk_tree_model_get (model, iter, column, &text, -1);
    if (text != NULL && strstr (text, wanted) != NULL)
      return TRUE;
  }
  return *wanted == '\0';
}

/* ---- what can be done ---- */

static void
edit (DmcPolicyTable *self, gboolean is_new)
{
  g_autofree char *name = NULL;
  DmcPolicyRow row;
  gboolean any = get_chosen (self, &row, &name);

  if (any || is_new)
    self->klass->edit (dmc_host_get_window (self->host), self->draft, any ? &row : NULL, is_new);
}

static void
on_add (DmcPolicyTable *self)
{
  edit (self, TRUE);
}

static void
on_change (DmcPolicyTable *self)
{
  edit (self, FALSE);
}

static void
on_remove (DmcPolicyTable *self)
{
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (self->draft);
  g_autofree char *name = NULL;
  DmcPolicyRow row;

  if (policy != NULL && get_chosen (self, &row, &name) && row.uses == 0
      && self->klass->remove (json_node_get_object (policy), &row))
    dmc_policy_draft_edit (self->draft, policy);
}

static void
move (DmcPolicyTable *self, int by)
{
  g_autoptr (JsonNode) policy = dmc_policy_draft_begin_edit (self->draft);
  g_autofree char *name = NULL;
  DmcPolicyRow row;

  if (policy == NULL || !get_chosen (self, &row, &name) || !self->klass->move (json_node_get_object (policy), &row, by))
    return;
  dmc_policy_draft_edit (self->draft, policy);
  row.index += by;
  choose (self, &row);
}

static void
on_up (DmcPolicyTable *self)
{
  move (self, -1);
}

static void
on_down (DmcPolicyTable *self)
{
  move (self, 1);
}

static gboolean
on_key (GtkWidget *tree, GdkEventKey *event, DmcPolicyTable *self)
{
  if (event->keyval != GDK_KEY_Delete && event->keyval != GDK_KEY_KP_Delete)
    return GDK_EVENT_PROPAGATE;
  on_remove (self);
  return GDK_EVENT_STOP;
}

/* ---- the widgets ---- */

static void
add_column (DmcPolicyTable *self, int column)
{
  GtkCellRenderer *renderer = gtk_cell_renderer_text_new ();
  gboolean wide = self->klass->columns[column].wide;
  GtkTreeViewColumn *view
      = gtk_tree_view_column_new_with_attributes (_ (self->klass->columns[column].title), renderer, "text", column, NULL);

  if (wide)
    g_object_set (renderer, "ellipsize", PANGO_ELLIPSIZE_END, NULL);
  gtk_tree_view_column_set_expand (view, wide);
  gtk_tree_view_column_set_resizable (view, TRUE);
  gtk_tree_view_append_column (self->tree, view);
  if (wide)
    gtk_tree_view_set_tooltip_column (self->tree, column);
}

static GtkWidget *
new_table (DmcPolicyTable *self)
{
  GtkWidget *scroller = gtk_scrolled_window_new (NULL, NULL);
  GType types[N_COLUMNS];

  for (int i = 0; i < N_COLUMNS; i++)
    types[i] = i < DMC_POLICY_MAX_COLUMNS || i == COLUMN_NAME ? G_TYPE_STRING : i == COLUMN_USES ? G_TYPE_UINT : G_TYPE_INT;
  self->store = gtk_list_store_newv (N_COLUMNS, types);
  self->filter = GTK_TREE_MODEL_FILTER (gtk_tree_model_filter_new (GTK_TREE_MODEL (self->store), NULL));
  gtk_tree_model_filter_set_visible_func (self->filter, matches, self, NULL);
  self->tree = GTK_TREE_VIEW (gtk_tree_view_new_with_model (GTK_TREE_MODEL (self->filter)));
  gtk_tree_view_set_enable_search (self->tree, FALSE);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->tree)), _ (self->klass->name));
  for (int i = 0; i < DMC_POLICY_MAX_COLUMNS && self->klass->columns[i].title != NULL; i++)
    add_column (self, i);
  g_signal_connect_swapped (gtk_tree_view_get_selection (self->tree), "changed", G_CALLBACK (update_buttons), self);
  g_signal_connect_swapped (self->tree, "row-activated", G_CALLBACK (on_change), self);
  g_signal_connect (self->tree, "key-press-event", G_CALLBACK (on_key), self);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_container_add (GTK_CONTAINER (scroller), GTK_WIDGET (self->tree));
  return scroller;
}

static GtkWidget *
add_button (GtkWidget *bar, const char *icon, const char *name, GCallback callback, DmcPolicyTable *self)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon, GTK_ICON_SIZE_BUTTON);

  atk_object_set_name (gtk_widget_get_accessible (button), name);
  gtk_widget_set_tooltip_text (button, name);
  g_signal_connect_swapped (button, "clicked", callback, self);
  gtk_container_add (GTK_CONTAINER (bar), button);
  return g_object_ref (button);
}

static GtkWidget *
new_bar (DmcPolicyTable *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  g_object_set (bar, "margin", 6, NULL);
  self->search = GTK_ENTRY (gtk_search_entry_new ());
  gtk_entry_set_placeholder_text (self->search, _ (self->klass->find));
  gtk_widget_set_hexpand (GTK_WIDGET (self->search), TRUE);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->search)), _ (self->klass->find));
  gtk_container_add (GTK_CONTAINER (bar), GTK_WIDGET (self->search));
  if (self->klass->move != NULL) {
    self->up = add_button (bar, "go-up-symbolic", _ ("Move up"), G_CALLBACK (on_up), self);
    self->down = add_button (bar, "go-down-symbolic", _ ("Move down"), G_CALLBACK (on_down), self);
  }
  self->add = add_button (bar, "list-add-symbolic", _ (self->klass->to_add), G_CALLBACK (on_add), self);
  self->change = add_button (bar, "document-edit-symbolic", _ (self->klass->to_change), G_CALLBACK (on_change), self);
  self->remove = add_button (bar, "list-remove-symbolic", _ (self->klass->to_remove), G_CALLBACK (on_remove), self);
  return bar;
}

GtkWidget *
dmc_policy_table_new (DmcHost *host, DmcPolicyDraft *draft, const DmcPolicyTableClass *klass)
{
  DmcPolicyTable *self = g_new0 (DmcPolicyTable, 1);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->klass = klass;
  self->host = g_object_ref (host);
  self->draft = g_object_ref (draft);
  gtk_container_add (GTK_CONTAINER (box), new_bar (self));
  gtk_container_add (GTK_CONTAINER (box), new_table (self));
  g_object_set_data_full (G_OBJECT (box), "dmc-policy-table", self, table_free);
  g_signal_connect_swapped (self->search, "changed", G_CALLBACK (gtk_tree_model_filter_refilter), self->filter);
  g_signal_connect_object (draft, "changed", G_CALLBACK (on_draft), box, G_CONNECT_SWAPPED);
  gtk_widget_show_all (box);
  fill (self);
  return box;
}
