/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bundle-work.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

#define CAPTURED "capture" /* what the agent calls all that has come since a capture began */

typedef struct {
  DmcAppWork *work;
  DmcHost *host;
  char *workspace;
  char *app; /* its id, or CAPTURED */
} Export;

static void
export_free (Export *self)
{
  g_object_unref (self->work);
  g_object_unref (self->host);
  g_free (self->workspace);
  g_free (self->app);
  g_free (self);
}

/**
 * dmc_bundle_work_capture:
 * @work: the bar that shows how far it is
 * @host: (transfer none): for the agent and errors
 * @workspace: id of an open workspace
 */
void
dmc_bundle_work_capture (DmcAppWork *work, DmcHost *host, const char *workspace)
{
  if (dmc_app_work_is_running (work))
    return;
  dmc_app_work_start (work, host, "app.capture", dmc_json_node ("workspace:s", workspace, NULL), _ ("Beginning a capture"),
                      _ ("No capture could be begun"));
  dmc_app_work_set_success (work, _ ("Install what shall be in the bundle now, then save the capture."));
}

static void
start_export (Export *self, const char *path)
{
  g_autofree char *file = g_filename_display_basename (path);
  g_autofree char *title = g_strdup_printf (_ ("Making the bundle “%s”"), file);
  g_autofree char *failure = g_strdup_printf (_ ("The bundle “%s” could not be made"), file);
  g_autofree char *success = g_strdup_printf (_ ("The bundle “%s” is made. It can be installed in any workspace."), file);

  if (dmc_app_work_is_running (self->work))
    return;
  dmc_app_work_start (self->work, self->host, "app.export",
                      dmc_json_node ("workspace:s", self->workspace, "source:s", self->app, "path:s", path, NULL), title, failure);
  dmc_app_work_set_success (self->work, success);
}

static void
on_file (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  Export *self = user_data;
  g_autofree char *path = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (dialog));

  gtk_native_dialog_hide (dialog);
  if (response == GTK_RESPONSE_ACCEPT && path != NULL)
    start_export (self, path);
  export_free (self);
  g_object_unref (dialog);
}

/* The workspace was closed, because of its medium or by another's hand. */
static void
on_work_gone (GtkNativeDialog *dialog)
{
  g_signal_emit_by_name (dialog, "response", GTK_RESPONSE_CANCEL);
}

/**
 * dmc_bundle_work_export:
 * @work: the bar that shows how far it is
 * @host: (transfer none): for the window, the agent and errors
 * @workspace: id of an open workspace
 * @app: (nullable): id of an app that is installed in it; %NULL takes what was captured
 * @name: (nullable): what to call the file, without its ending
 *
 * Asks where the file shall be, and makes it.
 */
void
dmc_bundle_work_export (DmcAppWork *work, DmcHost *host, const char *workspace, const char *app, const char *name)
{
  GtkFileChooserNative *dialog = gtk_file_chooser_native_new (_ ("Save Bundle"), dmc_host_get_window (host),
                                                              GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Save"), NULL);
  g_autofree char *file = g_strconcat (name != NULL ? name : _ ("captured"), ".bundle", NULL);
  Export *self = g_new0 (Export, 1);

  self->work = g_object_ref (work);
  self->host = g_object_ref (host);
  self->workspace = g_strdup (workspace);
  self->app = g_strdup (app != NULL ? app : CAPTURED);
  gtk_file_chooser_set_do_overwrite_confirmation (GTK_FILE_CHOOSER (dialog), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (dialog), g_strdelimit (file, "/", '-'));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (dialog), TRUE);
  g_signal_connect (dialog, "response", G_CALLBACK (on_file), self);
  g_signal_connect_object (work, "destroy", G_CALLBACK (on_work_gone), dialog, G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (dialog));
}
