/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "delete-dialog.h"

#include <glib/gi18n.h>

#include "form.h"
#include "model/job-item.h"
#include "rpc/json.h"
#include "secret/passphrase.h"

typedef struct {
  DmcHost *host;
  DmcWorkspace *workspace;
  GtkWidget *dialog;
  GtkEntry *user, *passphrase;
} Deletion;

static void
deletion_free (Deletion *self)
{
  g_object_unref (self->host);
  g_object_unref (self->workspace);
  g_free (self);
}

static void
say_failure (Deletion *self, const GError *error)
{
  g_autofree char *what = g_strdup_printf (_ ("Could not delete “%s”"), dmc_workspace_get_name (self->workspace));

  dmc_host_show_error (self->host, what, error);
}

static void
on_deleted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Deletion *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_job_item_wait_finish (DMC_JOB_ITEM (source), result, &error);
  g_autofree char *done = g_strdup_printf (_ ("“%s” is deleted"), dmc_workspace_get_name (self->workspace));

  if (error != NULL)
    say_failure (self, error);
  else
    dmc_host_show_message (self->host, done);
  deletion_free (self);
}

static void
on_deleting (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Deletion *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcJobItem) job = dmc_job_item_start_finish (result, &error);

  if (job != NULL) {
    dmc_job_item_wait_async (job, NULL, on_deleted, self);
    return;
  }
  say_failure (self, error);
  deletion_free (self);
}

static void
on_answered (GtkDialog *dialog, int response, gpointer user_data)
{
  Deletion *self = user_data;
  g_autoptr (DmcPassphrase) passphrase = dmc_passphrase_new (gtk_entry_get_text (self->passphrase));

  if (response == GTK_RESPONSE_ACCEPT)
    dmc_job_item_start_async (dmc_host_get_endpoint (self->host, "agent"), "workspace.destroy",
                              dmc_json_node ("id:s", dmc_item_get_id (DMC_ITEM (self->workspace)), "user:s",
                                             gtk_entry_get_text (self->user), NULL),
                              "passphrase", passphrase, NULL, on_deleting, self);
  gtk_entry_set_text (self->passphrase, "");
  gtk_widget_destroy (GTK_WIDGET (dialog));
  if (response != GTK_RESPONSE_ACCEPT)
    deletion_free (self);
}

static void
on_input (Deletion *self)
{
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self->dialog), GTK_RESPONSE_ACCEPT,
                                     gtk_entry_get_text_length (self->user) > 0
                                         && gtk_entry_get_text_length (self->passphrase) > 0);
}

static GtkEntry *
add_entry (Deletion *self, GtkWidget *grid, int row, const char *label, gboolean secret)
{
  GtkEntry *entry = dmc_form_add_entry (GTK_GRID (grid), row, label, secret);

  gtk_entry_set_activates_default (entry, FALSE); /* this is not to be done by a key too many */
  g_signal_connect_swapped (entry, "changed", G_CALLBACK (on_input), self);
  return entry;
}

void
dmc_delete_dialog_show (DmcHost *host, DmcWorkspace *workspace)
{
  GtkWidget *dialog = gtk_message_dialog_new (dmc_host_get_window (host), GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT,
                                              GTK_MESSAGE_WARNING, GTK_BUTTONS_NONE, _ ("Delete “%s” for ever?"),
                                              dmc_workspace_get_name (workspace));
  GtkWidget *grid = gtk_grid_new (), *button;
  Deletion *self = g_new0 (Deletion, 1);

  self->host = g_object_ref (host);
  self->workspace = g_object_ref (workspace);
  self->dialog = dialog;
  gtk_message_dialog_format_secondary_text (
      GTK_MESSAGE_DIALOG (dialog),
      _ ("All programs, documents and settings in it are lost, and nothing brings them back. Confirm with its user and passphrase."));
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  button = gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Delete"), GTK_RESPONSE_ACCEPT);
  gtk_style_context_add_class (gtk_widget_get_style_context (button), "destructive-action");
  g_object_set (grid, "row-spacing", 9, "column-spacing", 12, "margin-top", 12, NULL);
  self->user = add_entry (self, grid, 0, _ ("_User"), FALSE);
  self->passphrase = add_entry (self, grid, 1, _ ("_Passphrase"), TRUE);
  gtk_container_add (GTK_CONTAINER (gtk_message_dialog_get_message_area (GTK_MESSAGE_DIALOG (dialog))), grid);
  gtk_widget_show_all (grid);
  on_input (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->user));
  g_signal_connect (dialog, "response", G_CALLBACK (on_answered), self);
  dmc_form_present (dialog, host, workspace);
}
