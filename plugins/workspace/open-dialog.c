/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "open-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-choice.h"
#include "rpc/json.h"

#define MAX_FILE 4096
#define TYPING_MS 250

struct _DmcOpenDialog {
  GtkDialog parent_instance;

  DmcHost *host;
  char *workspace;
  guint typing; /* a look is due when nothing more is typed */

  GtkWidget *file, *kind, *choice, *always;
};

G_DEFINE_FINAL_TYPE (DmcOpenDialog, dmc_open_dialog, GTK_TYPE_DIALOG)

static const char *
get_file (DmcOpenDialog *self)
{
  const char *text = gtk_entry_get_text (GTK_ENTRY (self->file));

  return text + strspn (text, " ");
}

/* --- which apps there are ----------------------------------------------------------------------------------------- */

static void
update (DmcOpenDialog *self)
{
  DmcAppChoice *choice = DMC_APP_CHOICE (self->choice);
  const char *kind = dmc_app_choice_get_kind (choice), *problem = dmc_app_choice_get_problem (choice);
  gboolean chosen = kind != NULL && gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->choice)) != NULL;
  g_autofree char *described = kind != NULL && !g_str_has_prefix (kind, "x-scheme-handler/") ? g_content_type_get_description (kind)
                                                                                           : g_strdup (kind != NULL ? _ ("Link") : NULL);

  gtk_label_set_text (GTK_LABEL (self->kind), described != NULL ? described : problem != NULL ? problem : "");
  gtk_dialog_set_response_sensitive (GTK_DIALOG (self), GTK_RESPONSE_ACCEPT, chosen);
  gtk_widget_set_sensitive (self->always, chosen && dmc_app_choice_get_other (choice) != NULL);
}

static gboolean
look (gpointer data)
{
  DmcOpenDialog *self = data;

  self->typing = 0;
  dmc_app_choice_look (DMC_APP_CHOICE (self->choice), "file", get_file (self));
  return G_SOURCE_REMOVE;
}

static void
on_file_changed (DmcOpenDialog *self)
{
  const char *file = get_file (self);

  g_clear_handle_id (&self->typing, g_source_remove);
  dmc_app_choice_clear (DMC_APP_CHOICE (self->choice));
  if (g_path_is_absolute (file) || g_uri_peek_scheme (file) != NULL)
    self->typing = g_timeout_add (TYPING_MS, look, self);
  update (self);
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcHost) host = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = dmc_endpoint_call_finish (DMC_ENDPOINT (source), result, &error);

  dmc_host_tell_outcome (host, _ ("The file could not be opened"), error);
}

static void
open_file (DmcOpenDialog *self)
{
  const char *app = gtk_combo_box_get_active_id (GTK_COMBO_BOX (self->choice));
  JsonNode *params = dmc_json_node ("workspace:s", self->workspace, "app:s", app, NULL);
  JsonArray *files = json_array_new ();

  if (gtk_widget_is_sensitive (self->always) && gtk_toggle_button_get_active (GTK_TOGGLE_BUTTON (self->always)))
    dmc_app_choice_keep (DMC_APP_CHOICE (self->choice), on_answer, g_object_ref (self->host));
  json_array_add_string_element (files, get_file (self));
  json_object_set_array_member (json_node_get_object (params), "files", files);
  dmc_endpoint_call_async (dmc_host_get_endpoint (self->host, "agent"), "app.launch", params, NULL, on_answer,
                           g_object_ref (self->host));
}

static void
dmc_open_dialog_response (GtkDialog *dialog, int response)
{
  if (response == GTK_RESPONSE_ACCEPT)
    open_file (DMC_OPEN_DIALOG (dialog));
  gtk_widget_destroy (GTK_WIDGET (dialog));
}

static void
dmc_open_dialog_destroy (GtkWidget *widget)
{
  g_clear_handle_id (&DMC_OPEN_DIALOG (widget)->typing, g_source_remove);
  GTK_WIDGET_CLASS (dmc_open_dialog_parent_class)->destroy (widget);
}

static void
dmc_open_dialog_finalize (GObject *object)
{
  DmcOpenDialog *self = DMC_OPEN_DIALOG (object);

  g_object_unref (self->host);
  g_free (self->workspace);
  G_OBJECT_CLASS (dmc_open_dialog_parent_class)->finalize (object);
}

static void
dmc_open_dialog_class_init (DmcOpenDialogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_open_dialog_finalize;
  GTK_WIDGET_CLASS (klass)->destroy = dmc_open_dialog_destroy;
  GTK_DIALOG_CLASS (klass)->response = dmc_open_dialog_response;
}

static void
dmc_open_dialog_init (DmcOpenDialog *self)
{
}

static void
add_row (GtkWidget *grid, int row, const char *label, GtkWidget *control)
{
  GtkWidget *text = gtk_label_new_with_mnemonic (label);

  gtk_label_set_xalign (GTK_LABEL (text), 1);
  gtk_label_set_mnemonic_widget (GTK_LABEL (text), control);
  gtk_grid_attach (GTK_GRID (grid), text, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), control, 1, row, 1, 1);
}

static void
fill (DmcOpenDialog *self)
{
  GtkWidget *grid = gtk_grid_new ();

  self->file = gtk_entry_new ();
  g_object_set (self->file, "hexpand", TRUE, "width-chars", 36, "max-length", MAX_FILE, "activates-default", TRUE, "placeholder-text",
                _ ("/home/me/letter.txt or a link"), NULL);
  self->kind = gtk_label_new (NULL);
  g_object_set (self->kind, "xalign", 0.0, "wrap", TRUE, "max-width-chars", 36, NULL);
  gtk_style_context_add_class (gtk_widget_get_style_context (self->kind), "dim-label");
  self->choice = dmc_app_choice_new (dmc_host_get_endpoint (self->host, "agent"), self->workspace);
  self->always = gtk_check_button_new_with_mnemonic (_ ("_Always open this kind of file with it"));
  g_object_set (grid, "row-spacing", 12, "column-spacing", 12, "margin", 18, NULL);
  add_row (grid, 0, _ ("_File of the workspace"), self->file);
  gtk_grid_attach (GTK_GRID (grid), self->kind, 1, 1, 1, 1);
  add_row (grid, 2, _ ("Open _with"), self->choice);
  gtk_grid_attach (GTK_GRID (grid), self->always, 1, 3, 1, 1);
  gtk_container_add (GTK_CONTAINER (gtk_dialog_get_content_area (GTK_DIALOG (self))), grid);
  gtk_widget_show_all (grid);
  g_signal_connect_swapped (self->file, "changed", G_CALLBACK (on_file_changed), self);
  g_signal_connect_swapped (self->choice, "looked", G_CALLBACK (update), self);
  g_signal_connect_swapped (self->choice, "changed", G_CALLBACK (update), self);
}

/**
 * dmc_open_dialog_new:
 * @host: (transfer none): for the agent, errors and the window that it belongs to
 * @workspace: id of an open workspace
 *
 * Returns: (transfer none): the dialog, hidden; it does what it is for by itself
 */
GtkWidget *
dmc_open_dialog_new (DmcHost *host, const char *workspace)
{
  DmcOpenDialog *self = g_object_new (DMC_TYPE_OPEN_DIALOG, "transient-for", dmc_host_get_window (host), "use-header-bar", TRUE, "modal",
                                      TRUE, "destroy-with-parent", TRUE, "resizable", FALSE, "title", _ ("Open a File"), NULL);

  self->host = g_object_ref (host);
  self->workspace = g_strdup (workspace);
  gtk_dialog_add_button (GTK_DIALOG (self), _ ("_Cancel"), GTK_RESPONSE_CANCEL);
  gtk_style_context_add_class (
      gtk_widget_get_style_context (gtk_dialog_add_button (GTK_DIALOG (self), _ ("_Open"), GTK_RESPONSE_ACCEPT)), "suggested-action");
  gtk_dialog_set_default_response (GTK_DIALOG (self), GTK_RESPONSE_ACCEPT);
  fill (self);
  update (self);
  return GTK_WIDGET (self);
}
