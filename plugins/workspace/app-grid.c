/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app-grid.h"

#include "app-tile.h"

#define KEY "dmc-app-grid"

/* How many tiles are made in one turn of the main loop: a window's worth, so that hundreds of apps never hold it up. */
#define TILES_A_TURN 40

typedef struct {
  GtkFlowBox *grid; /* it owns this */
  GListModel *apps;
  GHashTable *tiles;  /* DmcApp -> its tile */
  GHashTable *places; /* DmcApp -> its place among the apps */
  guint next;         /* the apps before this place have their tiles */
  guint fill_source;  /* while some have none */
} AppGrid;

static int
compare_places (GtkFlowBoxChild *a, GtkFlowBoxChild *b, gpointer user_data)
{
  AppGrid *self = user_data;
  guint x = GPOINTER_TO_UINT (g_hash_table_lookup (self->places, dmc_app_tile_get_app (DMC_APP_TILE (a))));
  guint y = GPOINTER_TO_UINT (g_hash_table_lookup (self->places, dmc_app_tile_get_app (DMC_APP_TILE (b))));

  return x < y ? -1 : x > y;
}

/* Returns: whether some are still without a tile */
static gboolean
fill (AppGrid *self)
{
  guint n = g_list_model_get_n_items (self->apps), made = 0;

  for (; self->next < n && made < TILES_A_TURN; self->next++) {
    g_autoptr (DmcApp) app = g_list_model_get_item (self->apps, self->next);
    GtkWidget *tile;

    if (g_hash_table_contains (self->tiles, app))
      continue;
    tile = dmc_app_tile_new (app);
    g_hash_table_insert (self->tiles, g_object_ref (app), tile);
    gtk_flow_box_insert (self->grid, tile, -1);
    made++;
  }
  return self->next < n;
}

static gboolean
on_idle (gpointer user_data)
{
  AppGrid *self = user_data;

  if (fill (self))
    return G_SOURCE_CONTINUE;
  self->fill_source = 0;
  return G_SOURCE_REMOVE;
}

static gboolean
drop_if_gone (gpointer app, gpointer tile, gpointer user_data)
{
  AppGrid *self = user_data;

  if (g_hash_table_contains (self->places, app))
    return FALSE;
  gtk_widget_destroy (tile);
  return TRUE;
}

/* What stays keeps its tile, wherever it stands now: with the focus, and with the menu that is open over it. */
static void
on_items_changed (AppGrid *self)
{
  g_hash_table_remove_all (self->places);
  for (guint i = 0; i < g_list_model_get_n_items (self->apps); i++)
    g_hash_table_insert (self->places, g_list_model_get_item (self->apps, i), GUINT_TO_POINTER (i));
  g_hash_table_foreach_remove (self->tiles, drop_if_gone, self);
  gtk_flow_box_invalidate_sort (self->grid);
  self->next = 0;
  if (fill (self) && self->fill_source == 0)
    self->fill_source = g_idle_add (on_idle, self);
}

static void
app_grid_free (gpointer data)
{
  AppGrid *self = data;

  g_clear_handle_id (&self->fill_source, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->apps, self);
  gtk_flow_box_set_sort_func (self->grid, NULL, NULL, NULL);
  g_object_unref (self->apps);
  g_hash_table_unref (self->tiles);
  g_hash_table_unref (self->places);
  g_free (self);
}

static void
on_destroy (GtkWidget *grid)
{
  g_object_set_data (G_OBJECT (grid), KEY, NULL);
}

/**
 * dmc_app_grid_bind:
 * @grid: an empty grid
 * @apps: (transfer none): a list of #DmcApp, each at most once
 *
 * Shows a tile for each app, in the list's order, from now on.
 */
void
dmc_app_grid_bind (GtkFlowBox *grid, GListModel *apps)
{
  AppGrid *self = g_new0 (AppGrid, 1);

  self->grid = grid;
  self->apps = g_object_ref (apps);
  self->tiles = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  self->places = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  g_object_set_data_full (G_OBJECT (grid), KEY, self, app_grid_free);
  g_signal_connect (grid, "destroy", G_CALLBACK (on_destroy), NULL);
  gtk_flow_box_set_sort_func (grid, compare_places, self, NULL);
  g_signal_connect_swapped (apps, "items-changed", G_CALLBACK (on_items_changed), self);
  on_items_changed (self);
}
