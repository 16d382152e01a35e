/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "form.h"

#include <glib/gi18n.h>

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

static void
on_workspaces (GtkDialog *dialog)
{
  DmcHost *host = g_object_get_data (G_OBJECT (dialog), "host");
  DmcWorkspace *workspace = g_object_get_data (G_OBJECT (dialog), "workspace");
  g_autofree char *text = NULL;

  if (dmc_item_list_find (DMC_ITEM_LIST (dmc_host_get_workspaces (host)), dmc_item_get_id (DMC_ITEM (workspace))) != NULL)
    return;
  text = g_strdup_printf (_ ("“%s” is not there any more."), dmc_workspace_get_name (workspace));
  dmc_host_show_message (host, text);
  gtk_dialog_response (dialog, GTK_RESPONSE_CANCEL);
}

void
dmc_form_present (GtkWidget *dialog, DmcHost *host, DmcWorkspace *workspace)
{
  g_object_set_data_full (G_OBJECT (dialog), "host", g_object_ref (host), g_object_unref);
  g_object_set_data_full (G_OBJECT (dialog), "workspace", g_object_ref (workspace), g_object_unref);
  g_signal_connect_object (dmc_host_get_workspaces (host), "items-changed", G_CALLBACK (on_workspaces), dialog, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}
