/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "form.h"

/* As long as the agent takes them. */
enum { MAX_CHARACTERS = 512 };

GtkEntry *
dmc_form_add_entry (GtkGrid *grid, int row, const char *label, gboolean secret)
{
  GtkWidget *entry = gtk_entry_new (), *name = gtk_label_new_with_mnemonic (label);

  gtk_label_set_mnemonic_widget (GTK_LABEL (name), entry);
  gtk_label_set_xalign (GTK_LABEL (name), 1);
  gtk_widget_set_hexpand (entry, TRUE);
  gtk_entry_set_max_length (GTK_ENTRY (entry), MAX_CHARACTERS);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_entry_set_visibility (GTK_ENTRY (entry), !secret);
  if (secret)
    gtk_entry_set_input_purpose (GTK_ENTRY (entry), GTK_INPUT_PURPOSE_PASSWORD);
  gtk_grid_attach (grid, name, 0, row, 1, 1);
  gtk_grid_attach (grid, entry, 1, row, 1, 1);
  return GTK_ENTRY (entry);
}
