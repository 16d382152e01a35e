/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trust-dialog.h"

#include <glib/gi18n.h>

/* A key is compared by eye: in groups. */
static char *
grouped (const char *key)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; key[i] != '\0'; i++)
    g_string_append_printf (text, "%s%c", i > 0 && i % 8 == 0 ? " " : "", key[i]);
  return g_string_free (text, FALSE);
}

GtkWidget *
dmc_trust_dialog_new (GtkWindow *parent, const char *title, const char *text, const char *accept, const char *signer)
{
  g_autofree char *key = grouped (signer);
  GtkWidget *dialog = gtk_message_dialog_new (parent, GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT, GTK_MESSAGE_QUESTION,
                                              GTK_BUTTONS_NONE, "%s", title);

  gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (dialog), "%s\n%s", text, key);
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  gtk_dialog_add_button (GTK_DIALOG (dialog), accept, GTK_RESPONSE_ACCEPT);
  g_object_set_data_full (G_OBJECT (dialog), "signer", g_strdup (signer), g_free);
  return dialog;
}

const char *
dmc_trust_dialog_get_signer (GtkDialog *dialog)
{
  return g_object_get_data (G_OBJECT (dialog), "signer");
}
