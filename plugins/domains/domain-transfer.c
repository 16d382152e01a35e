/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domain-transfer.h"

#include <glib/gi18n.h>

#include "job-dialog.h"
#include "rpc/json.h"

typedef struct {
  DmcHost *host;
  DmcDomain *domain; /* NULL: a file that becomes one */
  GtkWidget *entry;
} Question;

static void
question_free (Question *question)
{
  g_object_unref (question->host);
  g_clear_object (&question->domain);
  g_free (question);
}

static Question *
question_new (DmcHost *host, DmcDomain *domain)
{
  Question *question = g_new0 (Question, 1);

  question->host = g_object_ref (host);
  g_set_object (&question->domain, domain);
  return question;
}

static void
start_save (Question *question, const char *path)
{
  const char *name = dmc_domain_get_name (question->domain);
  g_autofree char *file = g_filename_display_basename (path);
  DmcJobWords words = {
    .title = g_strdup_printf (_ ("Saving “%s”"), name),
    .failure = g_strdup_printf (_ ("“%s” could not be saved"), name),
    .done = g_strdup_printf (_ ("“%s” is saved in %s"), name, file),
  };

  dmc_job_dialog_start (
      question->host, "domain.save",
      dmc_json_node ("id:i", dmc_domain_get_id (question->domain), "path:s", path, NULL), words);
}

static void
start_restore (Question *question, const char *path)
{
  g_autofree char *file = g_filename_display_basename (path);
  DmcJobWords words = {
    .title = g_strdup_printf (_ ("Restoring %s"), file),
    .failure = g_strdup_printf (_ ("No domain could be made from %s"), file),
    .done = g_strdup_printf (_ ("The domain in %s goes on"), file),
  };

  dmc_job_dialog_start (question->host, "domain.restore", dmc_json_node ("path:s", path, NULL),
                        words);
}

static void
on_file (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  Question *question = user_data;
  g_autofree char *path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (dialog));

  gtk_native_dialog_hide (dialog);
  if (response == GTK_RESPONSE_ACCEPT && path != NULL) {
    if (question->domain != NULL)
      start_save (question, path);
    else
      start_restore (question, path);
  }
  g_object_unref (dialog);
}

static void
choose_file (Question *question, const char *title, GtkFileChooserAction action, const char *name)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (
      title, dmc_host_get_window (question->host), action, NULL, NULL);
  GtkFileFilter *filter = gtk_file_filter_new (), *all = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ ("Saved domains"));
  gtk_file_filter_add_pattern (filter, "*.domain");
  gtk_file_filter_set_name (all, _ ("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), filter);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (dialog), all);
  if (name != NULL)
    gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), name);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_file), question,
                         (GClosureNotify)(void (*) (void))question_free, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}

void
dmc_domain_save (DmcHost *host, DmcDomain *domain)
{
  g_autofree char *name = g_strconcat (dmc_domain_get_name (domain), ".domain", NULL);

  choose_file (question_new (host, domain), _ ("Save Domain"), GTK_FILE_CHOOSER_ACTION_SAVE, name);
}

void
dmc_domain_restore (DmcHost *host)
{
  choose_file (question_new (host, NULL), _ ("Restore Domain"), GTK_FILE_CHOOSER_ACTION_OPEN, NULL);
}

/* ---- moving ---- */

static void
start_migrate (Question *question, const char *to)
{
  const char *name = dmc_domain_get_name (question->domain);
  DmcJobWords words = {
    .title = g_strdup_printf (_ ("Moving “%s”"), name),
    .failure = g_strdup_printf (_ ("“%s” could not be moved"), name),
    .done = g_strdup_printf (_ ("“%s” goes on on the other machine"), name),
  };

  dmc_job_dialog_start (
      question->host, "domain.migrate",
      dmc_json_node ("id:i", dmc_domain_get_id (question->domain), "to:s", to, NULL), words);
}

static void
on_destination (GtkDialog *dialog, int response, gpointer user_data)
{
  Question *question = user_data;

  if (response == GTK_RESPONSE_ACCEPT)
    start_migrate (question, gtk_entry_get_text (GTK_ENTRY (question->entry)));
  gtk_widget_destroy (GTK_WIDGET (dialog));
}

static void
on_entry_changed (GtkEntry *entry, GtkDialog *dialog)
{
  gtk_dialog_set_response_sensitive (dialog, GTK_RESPONSE_ACCEPT,
                                     g_path_is_absolute (gtk_entry_get_text (entry)));
}

void
dmc_domain_migrate (DmcHost *host, DmcDomain *domain)
{
  Question *question = question_new (host, domain);
  GtkWidget *dialog, *button, *area;

  dialog = gtk_message_dialog_new (
      dmc_host_get_window (host), GTK_DIALOG_MODAL | GTK_DIALOG_DESTROY_WITH_PARENT,
      GTK_MESSAGE_QUESTION, GTK_BUTTONS_NONE, _ ("Move “%s”"), dmc_domain_get_name (domain));
  gtk_message_dialog_format_secondary_text (
      GTK_MESSAGE_DIALOG (dialog),
      _ ("It goes on running while its memory is copied, and stands still only for the last of it. "
         "Give the path of the other machine’s control socket."));
  question->entry = g_object_new (GTK_TYPE_ENTRY, "visible", TRUE, "activates-default", TRUE,
                                  "placeholder-text", "/run/user/1000/other/control.sock", NULL);
  atk_object_set_name (gtk_widget_get_accessible (question->entry), _ ("Destination"));
  area = gtk_message_dialog_get_message_area (GTK_MESSAGE_DIALOG (dialog));
  gtk_container_add (GTK_CONTAINER (area), question->entry);
  gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  button = gtk_dialog_add_button (GTK_DIALOG (dialog), _ ("_Move"), GTK_RESPONSE_ACCEPT);
  gtk_style_context_add_class (gtk_widget_get_style_context (button), "suggested-action");
  gtk_dialog_set_default_response (GTK_DIALOG (dialog), GTK_RESPONSE_ACCEPT);
  g_signal_connect (question->entry, "changed", G_CALLBACK (on_entry_changed), dialog);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_destination), question,
                         (GClosureNotify)(void (*) (void))question_free, 0);
  on_entry_changed (GTK_ENTRY (question->entry), GTK_DIALOG (dialog));
  gtk_window_present (GTK_WINDOW (dialog));
}
