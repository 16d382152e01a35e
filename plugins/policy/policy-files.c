/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-files.h"

#include <glib/gi18n.h>

/* No message of the protocol is larger, so no policy is. */
#define MAX_BYTES (1024 * 1024)

typedef struct {
  DmcHost *host;
  DmcPolicyDraft *draft;
  char *text; /* what is being written */
} Work;

static Work *
work_new (DmcHost *host, DmcPolicyDraft *draft)
{
  Work *work = g_new0 (Work, 1);

  work->host = g_object_ref (host);
  work->draft = g_object_ref (draft);
  return work;
}

static void
work_free (Work *work)
{
  g_object_unref (work->host);
  g_object_unref (work->draft);
  g_free (work->text);
  g_free (work);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Work, work_free)

static GtkFileChooserNative *
new_chooser (Work *work, const char *title, GtkFileChooserAction action, const char *accept)
{
  GtkFileChooserNative *chooser
      = gtk_file_chooser_native_new (title, dmc_host_get_window (work->host), action, accept, NULL);
  GtkFileFilter *policies = gtk_file_filter_new (), *all = gtk_file_filter_new ();

  gtk_file_filter_set_name (policies, _ ("Policies"));
  gtk_file_filter_add_pattern (policies, "*.json");
  gtk_file_filter_set_name (all, _ ("All files"));
  gtk_file_filter_add_pattern (all, "*");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), policies);
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), all);
  return chooser;
}

/* Open */

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Work) work = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;

  if (g_file_load_contents_finish (G_FILE (source), result, &text, &length, NULL, &error)) {
    if (length > MAX_BYTES)
      error = g_error_new (G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE, _ ("A policy has at most 1 MiB, and this file has more"));
    else if (!g_utf8_validate (text, (gssize)length, NULL) || strlen (text) != length)
      error = g_error_new (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("It is not a text file"));
  }
  dmc_host_tell_outcome (work->host, _ ("Could not open the policy"), error);
  if (error == NULL)
    dmc_policy_draft_replace_text (work->draft, text);
}

static void
on_open_chosen (GtkNativeDialog *chooser, int response, gpointer user_data)
{
  g_autoptr (Work) work = user_data;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));

  if (response == GTK_RESPONSE_ACCEPT && file != NULL)
    g_file_load_contents_async (file, NULL, on_read, g_steal_pointer (&work));
  g_object_unref (chooser);
}

void
dmc_policy_files_open (DmcHost *host, DmcPolicyDraft *draft)
{
  Work *work = work_new (host, draft);
  GtkFileChooserNative *chooser = new_chooser (work, _ ("Open a Policy"), GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"));

  g_signal_connect (chooser, "response", G_CALLBACK (on_open_chosen), work);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* Save */

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Work) work = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_file_get_basename (G_FILE (source)), *text = NULL;

  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error)) {
    dmc_host_show_error (work->host, _ ("Could not save the policy"), error);
    return;
  }
  text = g_strdup_printf (_ ("Saved as “%s”"), name);
  dmc_host_show_message (work->host, text);
}

static void
on_save_chosen (GtkNativeDialog *chooser, int response, gpointer user_data)
{
  g_autoptr (Work) work = user_data;
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));

  if (response == GTK_RESPONSE_ACCEPT && file != NULL) {
    const char *text = work->text;

    g_file_replace_contents_async (file, text, strlen (text), NULL, FALSE, G_FILE_CREATE_NONE, NULL, on_written,
                                   g_steal_pointer (&work));
  }
  g_object_unref (chooser);
}

void
dmc_policy_files_save (DmcHost *host, DmcPolicyDraft *draft)
{
  Work *work = work_new (host, draft);
  GtkFileChooserNative *chooser = new_chooser (work, _ ("Save the Policy"), GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"));

  work->text = g_strdup (dmc_policy_draft_get_text (draft));
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), "policy.json");
  g_signal_connect (chooser, "response", G_CALLBACK (on_save_chosen), work);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}
