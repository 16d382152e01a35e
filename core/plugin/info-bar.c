/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/info-bar.h"

#include <glib/gi18n.h>

static void
name_close_buttons (GtkWidget *widget, gpointer user_data)
{
  if (GTK_IS_BUTTON (widget) && gtk_style_context_has_class (gtk_widget_get_style_context (widget), "close"))
    atk_object_set_name (gtk_widget_get_accessible (widget), _ ("Close"));
  else if (GTK_IS_CONTAINER (widget))
    gtk_container_forall (GTK_CONTAINER (widget), name_close_buttons, NULL);
}

/**
 * dmc_info_bar_name_close:
 * @bar: a bar with a button that closes it
 */
void
dmc_info_bar_name_close (GtkInfoBar *bar)
{
  name_close_buttons (GTK_WIDGET (bar), NULL);
}
