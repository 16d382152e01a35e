/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-plugin"

#include "plugin/context-menu.h"

static gboolean
destroy_menu (gpointer user_data)
{
  gtk_widget_destroy (user_data);
  return G_SOURCE_REMOVE;
}

/* A moment later: the menu closes before the chosen entry takes effect. */
static void
on_menu_closed (GtkWidget *popover)
{
  g_idle_add_full (G_PRIORITY_LOW, destroy_menu, g_object_ref (popover), g_object_unref);
}

/**
 * dmc_context_menu_popup:
 * @relative_to: the widget that the menu is about; its action groups serve the entries
 * @menu: the entries
 *
 * Shows a menu beside a widget; it is gone once it closes.
 */
void
dmc_context_menu_popup (GtkWidget *relative_to, GMenuModel *menu)
{
  GtkWidget *popover;

  g_return_if_fail (GTK_IS_WIDGET (relative_to));
  g_return_if_fail (G_IS_MENU_MODEL (menu));
  popover = gtk_popover_new_from_model (relative_to, menu);
  g_signal_connect (popover, "closed", G_CALLBACK (on_menu_closed), NULL);
  gtk_popover_popup (GTK_POPOVER (popover));
}
