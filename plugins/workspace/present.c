/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "present.h"

/**
 * dmc_present_with:
 * @dialog: (transfer none): a dialog about an open workspace
 * @owner: (transfer none): a view of that workspace
 *
 * Shows the dialog as long as there is the view: when the workspace closes, because of its medium or by another's hand,
 * nothing stays that has no effect any more.
 */
void
dmc_present_with (GtkWidget *dialog, GtkWidget *owner)
{
  g_signal_connect_object (owner, "destroy", G_CALLBACK (gtk_widget_destroy), dialog, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}
