/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app-work.h"

#include <glib/gi18n.h>

#include "model/job-item.h"
#include "rpc/error.h"
#include "rpc/json.h"

struct _DmcAppWork {
  GtkRevealer parent_instance;

  GCancellable *cancellable;
  DmcHost *host;
  DmcJobItem *job; /* NULL: not begun, or none */
  char *failure;   /* the sentence's beginning in case it fails */
  char *success;   /* what is said in the end; NULL: the end is seen otherwise */
  gboolean running;
  gboolean taken_over; /* from another bar, which alone knows what to do with a signer */

  GtkLabel *title;
  GtkProgressBar *bar;
  GtkLabel *text;
  GtkWidget *cancel;
};

enum { UNTRUSTED, FAILED, ENDED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (DmcAppWork, dmc_app_work, GTK_TYPE_REVEALER)

gboolean
dmc_app_work_is_running (DmcAppWork *self)
{
  return self->running;
}

/* Whose signature a bundle was refused for; NULL where it was not that. */
static const char *
untrusted_signer (const GError *error)
{
  JsonObject *data = g_error_matches (error, DMC_ERROR, DMC_ERROR_DENIED) ? dmc_error_get_data (error) : NULL;

  return data != NULL ? dmc_json_get_string (data, "signer", NULL) : NULL;
}

static void
tell_failure (DmcAppWork *self, const GError *error)
{
  const char *hint = dmc_error_get_hint (error);
  g_autofree char *text = g_strdup_printf ("%s: %s%s%s", self->failure, error->message, hint != NULL ? "\n" : "",
                                           hint != NULL ? hint : "");

  if (g_signal_has_handler_pending (self, signals[FAILED], 0, FALSE))
    g_signal_emit (self, signals[FAILED], 0, text);
  else
    dmc_host_show_error (self->host, self->failure, error);
}

static void
end (DmcAppWork *self, const GError *error)
{
  const char *signer = error != NULL ? untrusted_signer (error) : NULL;

  self->running = FALSE;
  g_clear_object (&self->job);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self), FALSE);
  if (signer != NULL && !self->taken_over)
    g_signal_emit (self, signals[UNTRUSTED], 0, signer);
  else if (error != NULL && !g_error_matches (error, DMC_ERROR, DMC_ERROR_CANCELLED))
    tell_failure (self, error);
  else if (error == NULL && self->success != NULL)
    dmc_host_show_message (self->host, self->success);
  else if (error == NULL && self->failure != NULL)
    dmc_host_clear_error (self->host, self->failure);
  g_signal_emit (self, signals[ENDED], 0);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcAppWork) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_job_item_wait_finish (DMC_JOB_ITEM (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer)
      && dmc_json_get_boolean (json_node_get_object (answer), "at_next_opening", FALSE))
    dmc_host_show_message (self->host, _ ("This shows when the workspace is opened the next time."));
  end (self, error);
}

static void
follow (DmcAppWork *self, DmcJobItem *job)
{
  g_set_object (&self->job, job);
  g_object_bind_property (job, "fraction", self->bar, "fraction", G_BINDING_SYNC_CREATE);
  g_object_bind_property (job, "text", self->text, "label", G_BINDING_SYNC_CREATE);
  gtk_widget_set_sensitive (self->cancel, TRUE);
  dmc_job_item_wait_async (job, self->cancellable, on_ended, g_object_ref (self));
}

static void
on_begun (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcAppWork) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcJobItem) job = dmc_job_item_start_finish (result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (job == NULL)
    end (self, error);
  else
    follow (self, job);
}

static void
on_cancel (DmcAppWork *self)
{
  gtk_widget_set_sensitive (self->cancel, FALSE);
  gtk_label_set_text (self->title, _ ("Cancelling…")); /* what has begun is undone first, which takes a while */
  if (self->job != NULL)
    dmc_job_item_cancel (self->job);
}

static void
show (DmcAppWork *self, DmcHost *host, const char *title, const char *failure)
{
  g_set_object (&self->host, host);
  g_free (self->failure);
  self->failure = g_strdup (failure);
  g_clear_pointer (&self->success, g_free);
  self->running = TRUE;
  self->taken_over = FALSE;
  gtk_label_set_text (self->title, title);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->bar)), title);
  gtk_label_set_text (self->text, "");
  gtk_progress_bar_set_fraction (self->bar, 0);
  gtk_widget_set_sensitive (self->cancel, FALSE);
  gtk_revealer_set_reveal_child (GTK_REVEALER (self), TRUE);
}

/**
 * dmc_app_work_start:
 * @self: the bar, with no work under way
 * @host: (transfer none): for the agent and errors
 * @method: app.install, app.remove or another that gives a job
 * @params: (transfer full): its parameters
 * @title: what is done
 * @failure: the beginning of the sentence in case it fails
 */
void
dmc_app_work_start (DmcAppWork *self, DmcHost *host, const char *method, JsonNode *params, const char *title,
                    const char *failure)
{
  show (self, host, title, failure);
  dmc_job_item_start_async (dmc_host_get_endpoint (host, "agent"), method, params, NULL, NULL, self->cancellable, on_begun,
                            g_object_ref (self));
}

/**
 * dmc_app_work_take_over:
 * @self: the bar
 * @other: a bar that will be gone in a moment
 *
 * Goes on showing what the other bar shows, unless it shows work itself.
 */
void
dmc_app_work_take_over (DmcAppWork *self, DmcAppWork *other)
{
  if (self->running || other->job == NULL)
    return;
  show (self, other->host, gtk_label_get_text (other->title), other->failure);
  self->taken_over = TRUE;
  follow (self, other->job);
}

/**
 * dmc_app_work_set_success:
 * @self: the bar, with work under way
 * @text: a sentence to say when it has ended well
 */
void
dmc_app_work_set_success (DmcAppWork *self, const char *text)
{
  g_free (self->success);
  self->success = g_strdup (text);
}

static void
dmc_app_work_dispose (GObject *object)
{
  DmcAppWork *self = DMC_APP_WORK (object);

  g_cancellable_cancel (self->cancellable);
  G_OBJECT_CLASS (dmc_app_work_parent_class)->dispose (object);
}

static void
dmc_app_work_finalize (GObject *object)
{
  DmcAppWork *self = DMC_APP_WORK (object);

  g_clear_object (&self->cancellable);
  g_clear_object (&self->host);
  g_clear_object (&self->job);
  g_free (self->failure);
  g_free (self->success);
  G_OBJECT_CLASS (dmc_app_work_parent_class)->finalize (object);
}

static void
dmc_app_work_class_init (DmcAppWorkClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_app_work_dispose;
  G_OBJECT_CLASS (klass)->finalize = dmc_app_work_finalize;
  signals[UNTRUSTED] = g_signal_new ("untrusted", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_STRING);
  signals[ENDED] = g_signal_new ("ended", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/domicile/Console/workspace/app-work.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcAppWork, title);
  gtk_widget_class_bind_template_child (widget_class, DmcAppWork, bar);
  gtk_widget_class_bind_template_child (widget_class, DmcAppWork, text);
  gtk_widget_class_bind_template_child (widget_class, DmcAppWork, cancel);
  gtk_widget_class_bind_template_callback (widget_class, on_cancel);
}

static void
dmc_app_work_init (DmcAppWork *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}
