/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job-dialog.h"

#include <glib/gi18n.h>

#include "model/job-item.h"

/* One job, from its start to the word of its end. */
typedef struct {
  DmcHost *host;
  DmcJobWords words;
  DmcJobItem *job;
  GtkWidget *dialog; /* NULL before and after */
  GtkLabel *text;
  GtkProgressBar *bar;
  GtkWidget *cancel;
} Work;

static void
work_free (Work *work)
{
  if (work->dialog != NULL)
    gtk_widget_destroy (work->dialog);
  g_clear_object (&work->job);
  g_object_unref (work->host);
  g_free (work->words.title);
  g_free (work->words.failure);
  g_free (work->words.done);
  g_free (work);
}

static void
update (Work *work)
{
  double fraction = dmc_job_item_get_fraction (work->job);
  const char *text = dmc_job_item_get_text (work->job);

  gtk_progress_bar_set_fraction (work->bar, CLAMP (fraction, 0, 1));
  gtk_label_set_text (work->text, text != NULL ? text : "");
}

/* The work goes on until the endpoint says that it has ended: the dialog stays until then. */
static void
on_response (Work *work)
{
  gtk_widget_set_sensitive (work->cancel, FALSE);
  gtk_label_set_text (work->text, _ ("Cancelling…"));
  dmc_job_item_cancel (work->job);
}

static gboolean
on_close (Work *work)
{
  on_response (work);
  return GDK_EVENT_STOP;
}

static void
show (Work *work)
{
  GtkWidget *content;

  work->dialog = gtk_dialog_new ();
  gtk_window_set_title (GTK_WINDOW (work->dialog), work->words.title);
  gtk_window_set_transient_for (GTK_WINDOW (work->dialog), dmc_host_get_window (work->host));
  gtk_window_set_modal (GTK_WINDOW (work->dialog), TRUE);
  gtk_window_set_default_size (GTK_WINDOW (work->dialog), 380, -1);
  work->cancel
      = gtk_dialog_add_button (GTK_DIALOG (work->dialog), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  work->text = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "wrap", TRUE, "visible", TRUE, NULL);
  work->bar = g_object_new (GTK_TYPE_PROGRESS_BAR, "visible", TRUE, NULL);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (work->bar)), work->words.title);
  content = gtk_dialog_get_content_area (GTK_DIALOG (work->dialog));
  g_object_set (content, "margin", 18, "spacing", 12, NULL);
  gtk_container_add (GTK_CONTAINER (content), GTK_WIDGET (work->text));
  gtk_container_add (GTK_CONTAINER (content), GTK_WIDGET (work->bar));
  g_signal_connect_swapped (work->dialog, "response", G_CALLBACK (on_response), work);
  g_signal_connect_swapped (work->dialog, "delete-event", G_CALLBACK (on_close), work);
  g_signal_connect_swapped (work->job, "notify", G_CALLBACK (update), work);
  update (work);
  gtk_window_present (GTK_WINDOW (work->dialog));
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Work *work = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_job_item_wait_finish (DMC_JOB_ITEM (source), result, &error);

  g_signal_handlers_disconnect_by_data (work->job, work);
  if (answer != NULL || error == NULL)
    dmc_host_show_message (work->host, work->words.done);
  else if (!g_error_matches (error, DMC_ERROR, DMC_ERROR_CANCELLED))
    dmc_host_show_error (work->host, work->words.failure, error);
  work_free (work);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Work *work = user_data;
  g_autoptr (GError) error = NULL;

  work->job = dmc_job_item_start_finish (result, &error);
  if (work->job == NULL) {
    dmc_host_show_error (work->host, work->words.failure, error);
    work_free (work);
    return;
  }
  show (work);
  dmc_job_item_wait_async (work->job, NULL, on_ended, work);
}

void
dmc_job_dialog_start (DmcHost *host, const char *method, JsonNode *params, DmcJobWords words)
{
  Work *work = g_new0 (Work, 1);

  work->host = g_object_ref (host);
  work->words = words;
  dmc_job_item_start_async (dmc_host_get_endpoint (host, "control"), method, params, NULL, NULL,
                            NULL, on_started, work);
}
