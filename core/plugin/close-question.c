/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/close-question.h"

#include <glib/gi18n.h>

/* By another's hand, or because its medium went. */
static void
on_closed (GtkDialog *dialog)
{
  gtk_dialog_response (dialog, GTK_RESPONSE_CANCEL);
}

/**
 * dmc_close_question_new:
 * @parent: the window that it belongs to
 * @workspace: an open workspace
 *
 * Returns: (transfer none) (nullable): asks whether to end what runs in the workspace; answers GTK_RESPONSE_ACCEPT if so,
 *   and is cancelled when the workspace closes meanwhile.
 *   %NULL where nothing runs and nobody has to be asked.
 */
GtkWidget *
dmc_close_question_new (GtkWindow *parent, DmcWorkspace *workspace)
{
  GtkWidget *dialog, *button;
  gint64 apps;

  g_object_get (workspace, "apps", &apps, NULL);
  if (apps == 0)
    return NULL;
  dialog = gtk_message_dialog_new (parent, GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT, GTK_MESSAGE_WARNING,
                                   GTK_BUTTONS_NONE, _ ("Log out of “%s”?"), dmc_workspace_get_name (workspace));
  gtk_message_dialog_format_secondary_text (
      GTK_MESSAGE_DIALOG (dialog),
      g_dngettext (NULL, "%d application is running and will be ended. Save your work in it first.",
                   "%d applications are running and will be ended. Save your work in them first.", (gulong)apps),
      (int)apps);
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  button = gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Log Out"), GTK_RESPONSE_ACCEPT);
  gtk_style_context_add_class (gtk_widget_get_style_context (button), "destructive-action");
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_CANCEL);
  g_signal_connect_object (workspace, "notify::is-open", G_CALLBACK (on_closed), dialog, G_CONNECT_SWAPPED);
  return dialog;
}
