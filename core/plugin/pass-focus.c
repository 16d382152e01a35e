/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/pass-focus.h"

static gboolean
on_focus (GtkWidget *container, GtkDirectionType direction)
{
  GtkWidgetClass *plain = g_type_class_peek (GTK_TYPE_CONTAINER);
  gboolean moved = plain->focus (container, direction);

  g_signal_stop_emission_by_name (container, "focus");
  return moved;
}

/**
 * dmc_pass_focus:
 * @container: a list box, or a row of one, that does not take the focus itself
 *
 * Lets the keyboard walk through it to what can be used in it. A GtkListBoxRow that cannot have the focus says all the same
 * that it has taken it, and Tab would get no further.
 */
void
dmc_pass_focus (GtkWidget *container)
{
  g_return_if_fail (GTK_IS_CONTAINER (container));
  gtk_widget_set_can_focus (container, FALSE);
  g_signal_connect (container, "focus", G_CALLBACK (on_focus), NULL);
}
