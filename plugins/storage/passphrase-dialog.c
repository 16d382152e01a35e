/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "passphrase-dialog.h"

#include <glib/gi18n.h>

#include "form.h"
#include "model/job-item.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "secret/passphrase.h"

#define DMC_TYPE_PASSPHRASE_DIALOG (dmc_passphrase_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DmcPassphraseDialog, dmc_passphrase_dialog, DMC, PASSPHRASE_DIALOG, GtkDialog)

struct _DmcPassphraseDialog {
  GtkDialog parent_instance;

  DmcHost *host;
  DmcWorkspace *workspace;
  GCancellable *cancellable; /* of the waiting; the change itself goes on */
  gboolean busy;

  GtkWidget *form, *spinner;
  GtkEntry *user, *passphrase, *fresh, *repeat;
  GtkLabel *problem;
};

G_DEFINE_FINAL_TYPE (DmcPassphraseDialog, dmc_passphrase_dialog, GTK_TYPE_DIALOG)

static void
on_input (DmcPassphraseDialog *self)
{
  const gboolean repeated = gtk_entry_get_text_length (self->repeat) > 0;
  const gboolean differ = g_strcmp0 (gtk_entry_get_text (self->fresh), gtk_entry_get_text (self->repeat)) != 0;

  gtk_label_set_text (self->problem, repeated && differ ? _ ("The new passphrases differ.") : "");
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self), GTK_RESPONSE_ACCEPT,
                                     !self->busy && repeated && !differ && gtk_entry_get_text_length (self->user) > 0
                                         && gtk_entry_get_text_length (self->passphrase) > 0);
}

static void
set_busy (DmcPassphraseDialog *self, gboolean busy)
{
  self->busy = busy;
  gtk_widget_set_sensitive (self->form, !busy);
  gtk_widget_set_visible (self->spinner, busy);
  on_input (self);
}

static void
say_failure (DmcPassphraseDialog *self, const GError *error)
{
  g_autofree char *text = g_strjoin ("\n", error->message, dmc_error_get_hint (error), NULL);

  set_busy (self, FALSE);
  gtk_label_set_text (self->problem, text);
  gtk_widget_grab_focus (GTK_WIDGET (self->passphrase));
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcPassphraseDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_job_item_wait_finish (DMC_JOB_ITEM (source), result, &error);
  g_autofree char *done = NULL;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (error != NULL) {
    say_failure (self, error);
    return;
  }
  done = g_strdup_printf (_ ("The passphrase of “%s” is changed"), dmc_workspace_get_name (self->workspace));
  dmc_host_show_message (self->host, done);
  gtk_widget_destroy (GTK_WIDGET (self));
}

static void
on_changing (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcPassphraseDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcJobItem) job = dmc_job_item_start_finish (result, &error);

  if (job != NULL)
    dmc_job_item_wait_async (job, self->cancellable, on_changed, g_object_ref (self));
  else if (!g_cancellable_is_cancelled (self->cancellable))
    say_failure (self, error);
}

static void
dmc_passphrase_dialog_response (GtkDialog *dialog, int response)
{
  DmcPassphraseDialog *self = DMC_PASSPHRASE_DIALOG (dialog);
  g_autoptr (DmcPassphrase) passphrase = dmc_passphrase_new (gtk_entry_get_text (self->passphrase));
  g_autoptr (DmcPassphrase) fresh = dmc_passphrase_new (gtk_entry_get_text (self->fresh));
  const DmcSecretParam secrets[] = { { "passphrase", passphrase }, { "new_passphrase", fresh } };

  if (response != GTK_RESPONSE_ACCEPT) {
    gtk_widget_destroy (GTK_WIDGET (self));
    return;
  }
  set_busy (self, TRUE);
  dmc_job_item_start_secret_async (dmc_host_get_endpoint (self->host, "agent"), "workspace.passwd",
                                   dmc_json_node ("id:s", dmc_item_get_id (DMC_ITEM (self->workspace)), "user:s",
                                                  gtk_entry_get_text (self->user), NULL),
                                   secrets, G_N_ELEMENTS (secrets), self->cancellable, on_changing, g_object_ref (self));
}

static void
dmc_passphrase_dialog_destroy (GtkWidget *widget)
{
  DmcPassphraseDialog *self = DMC_PASSPHRASE_DIALOG (widget);

  g_cancellable_cancel (self->cancellable);
  GTK_WIDGET_CLASS (dmc_passphrase_dialog_parent_class)->destroy (widget);
}

static void
dmc_passphrase_dialog_finalize (GObject *object)
{
  DmcPassphraseDialog *self = DMC_PASSPHRASE_DIALOG (object);

  g_clear_object (&self->host);
  g_clear_object (&self->workspace);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (dmc_passphrase_dialog_parent_class)->finalize (object);
}

static void
dmc_passphrase_dialog_class_init (DmcPassphraseDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_passphrase_dialog_finalize;
  GTK_WIDGET_CLASS (klass)->destroy = dmc_passphrase_dialog_destroy;
  GTK_DIALOG_CLASS (klass)->response = dmc_passphrase_dialog_response;
}

static GtkEntry *
add_entry (DmcPassphraseDialog *self, int row, const char *label, gboolean secret)
{
  GtkEntry *entry = dmc_form_add_entry (GTK_GRID (self->form), row, label, secret);

  g_signal_connect_object (entry, "changed", G_CALLBACK (on_input), self, G_CONNECT_SWAPPED);
  return entry;
}

static void
dmc_passphrase_dialog_init (DmcPassphraseDialog *self)
{
  GtkWidget *content = gtk_dialog_get_content_area (GTK_DIALOG (self)), *problem = gtk_label_new (NULL), *accept;

  self->cancellable = g_cancellable_new ();
  self->form = gtk_grid_new ();
  self->spinner = gtk_spinner_new ();
  g_object_set (self->form, "row-spacing", 9, "column-spacing", 12, "margin", 18, NULL);
  self->user = add_entry (self, 0, _ ("_User"), FALSE);
  self->passphrase = add_entry (self, 1, _ ("_Passphrase"), TRUE);
  self->fresh = add_entry (self, 2, _ ("_New passphrase"), TRUE);
  self->repeat = add_entry (self, 3, _ ("_Repeat it"), TRUE);
  g_object_set (problem, "wrap", TRUE, "xalign", 0.0, "max-width-chars", 40, "margin-start", 18, "margin-end", 18,
                "margin-bottom", 12, NULL);
  self->problem = GTK_LABEL (problem);
  g_object_set (self->spinner, "active", TRUE, "no-show-all", TRUE, "margin-bottom", 12, NULL);
  gtk_container_add (GTK_CONTAINER (content), self->form);
  gtk_container_add (GTK_CONTAINER (content), problem);
  gtk_container_add (GTK_CONTAINER (content), self->spinner);
  gtk_widget_show_all (content);
  gtk_dialog_add_button (GTK_DIALOG (self), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  accept = gtk_dialog_add_button (GTK_DIALOG (self), _ ("C_hange"), GTK_RESPONSE_ACCEPT);
  gtk_style_context_add_class (gtk_widget_get_style_context (accept), "suggested-action");
  gtk_dialog_set_default_response (GTK_DIALOG (self), GTK_RESPONSE_ACCEPT);
  on_input (self);
}

void
dmc_passphrase_dialog_show (DmcHost *host, DmcWorkspace *workspace)
{
  g_autofree char *title = g_strdup_printf (_ ("Passphrase of “%s”"), dmc_workspace_get_name (workspace));
  DmcPassphraseDialog *self = g_object_new (DMC_TYPE_PASSPHRASE_DIALOG, "use-header-bar", TRUE, "title", title, "modal", TRUE,
                                            "transient-for", dmc_host_get_window (host), "destroy-with-parent", TRUE,
                                            "resizable", FALSE, NULL);

  self->host = g_object_ref (host);
  self->workspace = g_object_ref (workspace);
  dmc_form_present (GTK_WIDGET (self), host, workspace);
}
