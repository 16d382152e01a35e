/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workspace-entry.h"

#include <glib/gi18n.h>

#include "delete-dialog.h"
#include "form.h"
#include "model/job-item.h"
#include "passphrase-dialog.h"
#include "plugin/close-question.h"
#include "plugin/pass-focus.h"
#include "rpc/json.h"

struct _DmcWorkspaceEntry {
  GtkListBoxRow parent_instance;

  DmcHost *host;
  DmcWorkspace *workspace;
  GCancellable *cancellable;

  GtkLabel *name;
  GtkLabel *state;
  GtkImage *icon;
  GtkSpinner *spinner;
  GtkButton *open_button;
  GtkButton *close_button;
  GtkWidget *passphrase_button;
  GtkWidget *delete_button;
};

G_DEFINE_FINAL_TYPE (DmcWorkspaceEntry, dmc_workspace_entry, GTK_TYPE_LIST_BOX_ROW)

static gboolean
is_state (DmcWorkspaceEntry *self, const char *state)
{
  return g_strcmp0 (dmc_workspace_get_state (self->workspace), state) == 0;
}

static char *
state_text (DmcWorkspaceEntry *self)
{
  const char *problem = dmc_item_get_string (DMC_ITEM (self->workspace), "problem");
  gint64 used = dmc_item_get_int (DMC_ITEM (self->workspace), "used_bytes");
  g_autofree char *size = g_format_size_full ((guint64)MAX (used, 0), G_FORMAT_SIZE_IEC_UNITS);

  if (is_state (self, "opening"))
    return g_strdup (_ ("Opening…"));
  if (is_state (self, "closing"))
    return g_strdup (_ ("Closing…"));
  if (is_state (self, "suspending"))
    return g_strdup (_ ("Suspending…"));
  if (is_state (self, "lost"))
    return g_strdup (problem != NULL && *problem != '\0' ? problem : _ ("Its storage went away"));
  if (is_state (self, "open"))
    /* TRANSLATORS: used space */
    return g_strdup_printf (_ ("Open · %s used"), size);
  if (is_state (self, "suspended"))
    return g_strdup_printf (_ ("Suspended · %s used"), size);
  return g_strdup_printf (_ ("Closed · %s used"), size);
}

static void
update (DmcWorkspaceEntry *self)
{
  gboolean live = dmc_item_get_live (DMC_ITEM (self->workspace));
  gboolean moving = is_state (self, "opening") || is_state (self, "closing") || is_state (self, "suspending");
  gboolean open = is_state (self, "open"), suspended = is_state (self, "suspended");
  const char *icon_name = is_state (self, "lost") ? "dialog-warning-symbolic"
                          : open                  ? "changes-allow-symbolic"
                                                  : "changes-prevent-symbolic";
  g_autofree char *state = state_text (self);
  g_autofree char *tip
      = g_strjoin ("\n", dmc_workspace_get_name (self->workspace), dmc_workspace_get_path (self->workspace), NULL);
  g_autofree char *open_name = NULL;
  g_autofree char *close_name = NULL, *passphrase_name = NULL, *delete_name = NULL;

  gtk_label_set_text (self->name, dmc_workspace_get_name (self->workspace));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), tip);
  gtk_label_set_text (self->state, state);
  gtk_image_set_from_icon_name (self->icon, icon_name, GTK_ICON_SIZE_BUTTON);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), moving);
  gtk_widget_set_visible (GTK_WIDGET (self->open_button), is_state (self, "closed") || suspended);
  gtk_button_set_label (self->open_button, suspended ? _ ("Resume…") : _ ("Open…"));
  gtk_widget_set_visible (GTK_WIDGET (self->close_button), open);
  gtk_widget_set_visible (self->passphrase_button, is_state (self, "closed") || suspended);
  gtk_widget_set_visible (self->delete_button, is_state (self, "closed") || suspended);
  gtk_widget_set_sensitive (GTK_WIDGET (self->close_button), live);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->open_button), "s",
                                    dmc_item_get_id (DMC_ITEM (self->workspace)));
  /* A list of buttons that are all called "Open" helps nobody who cannot see what stands beside
   * them. */
  open_name = g_strdup_printf (suspended ? _ ("Resume %s") : _ ("Open %s"), dmc_workspace_get_name (self->workspace));
  close_name = g_strdup_printf (_ ("Close %s"), dmc_workspace_get_name (self->workspace));
  delete_name = g_strdup_printf (_ ("Delete %s"), dmc_workspace_get_name (self->workspace));
  passphrase_name = g_strdup_printf (_ ("Change the passphrase of %s"), dmc_workspace_get_name (self->workspace));
  atk_object_set_name (gtk_widget_get_accessible (self->passphrase_button), passphrase_name);
  gtk_widget_set_tooltip_text (self->passphrase_button, passphrase_name);
  atk_object_set_name (gtk_widget_get_accessible (self->delete_button), delete_name);
  gtk_widget_set_tooltip_text (self->delete_button, delete_name);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->open_button)), open_name);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (self->close_button)), close_name);
}

/* Closing */

static void
show_failure (DmcWorkspaceEntry *self, const GError *error)
{
  g_autofree char *what
      = g_strdup_printf (_ ("Could not close “%s”"), dmc_workspace_get_name (self->workspace));

  if (!g_cancellable_is_cancelled (self->cancellable))
    dmc_host_show_error (self->host, what, error);
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcWorkspaceEntry) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_job_item_wait_finish (DMC_JOB_ITEM (source), result, &error);
  g_autofree char *left = dmc_workspace_list_traces (answer);
  g_autofree char *text = NULL;

  if (answer == NULL) {
    show_failure (self, error);
    return;
  }
  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  text = left == NULL ? g_strdup_printf (_ ("“%s” is closed, and nothing of it is left on this computer"),
                                         dmc_workspace_get_name (self->workspace))
                      : g_strdup_printf (_ ("“%s” is closed, but not all is as it should be:%s"),
                                         dmc_workspace_get_name (self->workspace), left);
  dmc_host_show_message (self->host, text);
}

static void
on_closing (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcWorkspaceEntry) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcJobItem) job = dmc_job_item_start_finish (result, &error);

  if (job == NULL)
    show_failure (self, error);
  else
    dmc_job_item_wait_async (job, self->cancellable, on_closed, g_object_ref (self));
}

static void
close_it (DmcWorkspaceEntry *self)
{
  dmc_job_item_start_async (
      dmc_host_get_endpoint (self->host, "agent"), "workspace.close",
      dmc_json_node ("id:s", dmc_item_get_id (DMC_ITEM (self->workspace)), NULL), NULL, NULL,
      self->cancellable, on_closing, g_object_ref (self));
}

static void
on_confirmed (GtkDialog *dialog, int response, DmcWorkspaceEntry *self)
{
  gtk_widget_destroy (GTK_WIDGET (dialog));
  if (response == GTK_RESPONSE_ACCEPT)
    close_it (self);
}

static void
on_close_clicked (DmcWorkspaceEntry *self)
{
  GtkWidget *dialog = dmc_close_question_new (dmc_host_get_window (self->host), self->workspace);

  if (dialog == NULL) {
    close_it (self);
    return;
  }
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_confirmed), self, 0);
  dmc_form_present (dialog, self->host, self->workspace);
}

static void
on_delete_clicked (DmcWorkspaceEntry *self)
{
  dmc_delete_dialog_show (self->host, self->workspace);
}

static void
on_passphrase_clicked (DmcWorkspaceEntry *self)
{
  dmc_passphrase_dialog_show (self->host, self->workspace);
}

static void
dmc_workspace_entry_dispose (GObject *object)
{
  DmcWorkspaceEntry *self = DMC_WORKSPACE_ENTRY (object);

  g_cancellable_cancel (self->cancellable);
  G_OBJECT_CLASS (dmc_workspace_entry_parent_class)->dispose (object);
}

static void
dmc_workspace_entry_finalize (GObject *object)
{
  DmcWorkspaceEntry *self = DMC_WORKSPACE_ENTRY (object);

  g_clear_object (&self->host);
  g_clear_object (&self->workspace);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (dmc_workspace_entry_parent_class)->finalize (object);
}

static void
dmc_workspace_entry_class_init (DmcWorkspaceEntryClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = dmc_workspace_entry_dispose;
  G_OBJECT_CLASS (klass)->finalize = dmc_workspace_entry_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/storage/workspace-entry.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspaceEntry, name);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspaceEntry, state);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspaceEntry, icon);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspaceEntry, spinner);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspaceEntry, open_button);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspaceEntry, close_button);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspaceEntry, passphrase_button);
  gtk_widget_class_bind_template_child (widget_class, DmcWorkspaceEntry, delete_button);
  gtk_widget_class_bind_template_callback (widget_class, on_close_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_passphrase_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_delete_clicked);
}

static void
dmc_workspace_entry_init (DmcWorkspaceEntry *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  dmc_pass_focus (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
}

GtkWidget *
dmc_workspace_entry_new (DmcHost *host, DmcWorkspace *workspace)
{
  DmcWorkspaceEntry *self = g_object_new (DMC_TYPE_WORKSPACE_ENTRY, "visible", TRUE, NULL);

  self->host = g_object_ref (host);
  self->workspace = g_object_ref (workspace);
  g_signal_connect_object (workspace, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return GTK_WIDGET (self);
}

DmcWorkspace *
dmc_workspace_entry_get_workspace (DmcWorkspaceEntry *self)
{
  return self->workspace;
}
