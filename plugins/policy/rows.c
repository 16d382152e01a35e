/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rows.h"

GtkWidget *
dmc_row_new (const char *title, const char *subtitle, GtkWidget *icon, const char *icon_name)
{
  GtkWidget *row = hdy_action_row_new ();
  g_autofree char *name = icon_name != NULL
                              ? g_strdup_printf ("%s: %s: %s", icon_name, title, subtitle)
                              : g_strdup_printf ("%s: %s", title, subtitle);

  hdy_preferences_row_set_title (HDY_PREFERENCES_ROW (row), title);
  hdy_action_row_set_title_lines (HDY_ACTION_ROW (row), 0);
  hdy_action_row_set_subtitle (HDY_ACTION_ROW (row), subtitle);
  hdy_action_row_set_subtitle_lines (HDY_ACTION_ROW (row), 0);
  if (icon != NULL) {
    hdy_action_row_add_prefix (HDY_ACTION_ROW (row), icon);
    atk_object_set_name (gtk_widget_get_accessible (icon), icon_name);
  }
  gtk_list_box_row_set_selectable (GTK_LIST_BOX_ROW (row), FALSE);
  atk_object_set_name (gtk_widget_get_accessible (row), name);
  gtk_widget_show_all (row);
  return row;
}

void
dmc_rows_clear (GtkListBox *list)
{
  g_autoptr (GList) rows = gtk_container_get_children (GTK_CONTAINER (list));

  for (GList *l = rows; l != NULL; l = l->next)
    gtk_widget_destroy (l->data);
}
