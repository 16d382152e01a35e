/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "create-workspace-dialog.h"

#include <glib/gi18n.h>
#include <string.h>

#include "model/job-item.h"
#include "rpc/json.h"

struct _DmcCreateWorkspaceDialog {
  GtkDialog parent_instance;

  DmcEndpoint *agent;
  GCancellable *cancellable;
  DmcJobItem *job; /* while the workspace is made */

  GtkStack *stack;
  GtkEntry *name;
  GtkEntry *folder;
  GtkLabel *path_label;
  GtkEntry *user;
  GtkEntry *passphrase;
  GtkEntry *repeat;
  GtkComboBox *mode;
  GtkComboBox *vault;
  GtkSpinButton *size;
  GtkLabel *problem;
  GtkProgressBar *progress;
  GtkLabel *progress_text;
  GtkWidget *create_button;
  GtkWidget *cancel_button;
};

G_DEFINE_FINAL_TYPE (DmcCreateWorkspaceDialog, dmc_create_workspace_dialog, GTK_TYPE_DIALOG)

/* Room in MiB that a workspace needs at least: for the vault itself, or with a base system in it. */
enum { LEAST_SHARED = 32, LEAST_ISOLATED = 512, MOST = 1024 * 1024 };

enum { CREATED, N_SIGNALS };
static guint signals[N_SIGNALS];

static gboolean
is_empty (GtkEntry *entry)
{
  return gtk_entry_get_text_length (entry) == 0;
}

static char *
workspace_path (DmcCreateWorkspaceDialog *self)
{
  g_autofree char *file = g_strconcat (gtk_entry_get_text (self->name), ".domicile", NULL);

  return g_build_filename (gtk_entry_get_text (self->folder), file, NULL);
}

/* What is still wrong, in the order of the form; *blank where it is only not filled in yet. */
static const char *
find_problem (DmcCreateWorkspaceDialog *self, gboolean *blank)
{
  const char *name = gtk_entry_get_text (self->name);
  const char *folder = gtk_entry_get_text (self->folder);

  *blank = TRUE;
  if (is_empty (self->name))
    return _ ("Give the workspace a name.");
  if (strchr (name, '/') != NULL || *name == '.') {
    *blank = FALSE;
    return _ ("A name must not contain “/” or begin with a dot.");
  }
  if (!g_path_is_absolute (folder) || !g_file_test (folder, G_FILE_TEST_IS_DIR)) {
    *blank = is_empty (self->folder);
    return _ ("Choose the folder that the workspace is to be put into.");
  }
  if (is_empty (self->user))
    return _ ("Enter the user who may log in.");
  if (is_empty (self->passphrase))
    return _ ("Enter a passphrase.");
  if (g_strcmp0 (gtk_entry_get_text (self->passphrase), gtk_entry_get_text (self->repeat)) != 0) {
    *blank = is_empty (self->repeat);
    return _ ("The two passphrases differ.");
  }
  return NULL;
}

static void
on_input (DmcCreateWorkspaceDialog *self)
{
  gboolean blank;
  const char *problem = find_problem (self, &blank);
  g_autofree char *path = workspace_path (self);
  g_autofree char *place = g_strdup_printf (_ ("Will be %s"), path);

  gtk_label_set_text (self->path_label, is_empty (self->name) ? "" : place);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->path_label), path);
  gtk_label_set_text (self->problem, blank || problem == NULL ? "" : problem);
  gtk_widget_set_tooltip_text (self->create_button, problem);
  gtk_widget_set_sensitive (self->create_button, problem == NULL);
}

static gboolean
is_isolated (DmcCreateWorkspaceDialog *self)
{
  return g_strcmp0 (gtk_combo_box_get_active_id (self->mode), "isolated") == 0;
}

static void
on_mode (DmcCreateWorkspaceDialog *self)
{
  gtk_spin_button_update (self->size); /* what is typed there counts */
  gtk_spin_button_set_range (self->size, is_isolated (self) ? LEAST_ISOLATED : LEAST_SHARED, MOST);
  on_input (self);
}

static void
on_folder_chosen (GtkNativeDialog *chooser, int response, DmcCreateWorkspaceDialog *self)
{
  g_autofree char *chosen = gtk_file_chooser_get_filename (GTK_FILE_CHOOSER (chooser));

  if (response == GTK_RESPONSE_ACCEPT && chosen != NULL)
    gtk_entry_set_text (self->folder, chosen);
  gtk_native_dialog_destroy (chooser);
  g_object_unref (chooser);
}

static void
on_choose_folder (DmcCreateWorkspaceDialog *self)
{
  GtkFileChooserNative *chooser
      = gtk_file_chooser_native_new (_ ("Where to Put the Workspace"), GTK_WINDOW (self),
                                     GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _ ("_Choose"), NULL);

  gtk_file_chooser_set_filename (GTK_FILE_CHOOSER (chooser), gtk_entry_get_text (self->folder));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect_object (chooser, "response", G_CALLBACK (on_folder_chosen), self, 0);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
end_creating (DmcCreateWorkspaceDialog *self, const GError *error)
{
  const char *hint = dmc_error_get_hint (error);
  g_autofree char *text = g_strjoin ("\n", error->message, hint, NULL);

  g_clear_object (&self->job);
  gtk_stack_set_visible_child_name (self->stack, "form");
  on_input (self);
  if (!g_error_matches (error, DMC_ERROR, DMC_ERROR_CANCELLED))
    gtk_label_set_text (self->problem, text);
}

static const char *
created_id (JsonNode *result)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (result) ? json_node_get_object (result) : NULL;
  JsonObject *workspace = object != NULL ? dmc_json_get_object (object, "workspace") : NULL;

  if (workspace != NULL)
    object = workspace;
  return object != NULL ? dmc_json_get_string (object, "id", NULL) : NULL;
}

static void
on_created (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcCreateWorkspaceDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) created = dmc_job_item_wait_finish (DMC_JOB_ITEM (source), result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (created == NULL) {
    end_creating (self, error);
    return;
  }
  g_clear_object (&self->job);
  g_signal_emit (self, signals[CREATED], 0, created_id (created));
  gtk_widget_destroy (GTK_WIDGET (self));
}

static void
on_job_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcCreateWorkspaceDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (DmcJobItem) job = dmc_job_item_start_finish (result, &error);

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (job == NULL) {
    end_creating (self, error);
    return;
  }
  g_object_bind_property (job, "fraction", self->progress, "fraction", G_BINDING_SYNC_CREATE);
  g_object_bind_property (job, "text", self->progress_text, "label", G_BINDING_SYNC_CREATE);
  self->job = g_object_ref (job);
  dmc_job_item_wait_async (job, self->cancellable, on_created, g_object_ref (self));
}

static void
start_creating (DmcCreateWorkspaceDialog *self)
{
  g_autoptr (DmcPassphrase) passphrase = dmc_passphrase_new (gtk_entry_get_text (self->passphrase));
  g_autofree char *path = workspace_path (self);
  gint64 size = (gint64)gtk_spin_button_get_value_as_int (self->size) * 1024 * 1024;

  gtk_progress_bar_set_fraction (self->progress, 0);
  gtk_label_set_text (self->progress_text, "");
  gtk_stack_set_visible_child_name (self->stack, "progress");
  gtk_widget_set_sensitive (self->create_button, FALSE);
  dmc_job_item_start_async (
      self->agent, "workspace.create",
      dmc_json_node ("path:s", path, "name:s", gtk_entry_get_text (self->name), "user:s",
                     gtk_entry_get_text (self->user), "size_bytes:i", size, "mode:s",
                     gtk_combo_box_get_active_id (self->mode), "vault:s",
                     gtk_combo_box_get_active_id (self->vault), NULL),
      "passphrase", passphrase, self->cancellable, on_job_started, g_object_ref (self));
}

static void
dmc_create_workspace_dialog_response (GtkDialog *dialog, int response)
{
  DmcCreateWorkspaceDialog *self = DMC_CREATE_WORKSPACE_DIALOG (dialog);

  if (response == GTK_RESPONSE_OK) {
    if (gtk_widget_get_sensitive (self->create_button))
      start_creating (self);
  } else if (self->job != NULL) {
    dmc_job_item_cancel (self->job); /* its end brings the form back */
  } else {
    gtk_widget_destroy (GTK_WIDGET (self));
  }
}

static void
dmc_create_workspace_dialog_destroy (GtkWidget *widget)
{
  DmcCreateWorkspaceDialog *self = DMC_CREATE_WORKSPACE_DIALOG (widget);

  g_cancellable_cancel (self->cancellable);
  if (self->job != NULL)
    dmc_job_item_cancel (self->job);
  g_clear_object (&self->job);
  GTK_WIDGET_CLASS (dmc_create_workspace_dialog_parent_class)->destroy (widget);
}

static void
dmc_create_workspace_dialog_finalize (GObject *object)
{
  DmcCreateWorkspaceDialog *self = DMC_CREATE_WORKSPACE_DIALOG (object);

  g_clear_object (&self->agent);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (dmc_create_workspace_dialog_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/domicile/Console/ui/create-workspace-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, name);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, folder);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, path_label);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, user);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, passphrase);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, repeat);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, mode);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, vault);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, size);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, problem);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, progress);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, progress_text);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, create_button);
  gtk_widget_class_bind_template_child (widget_class, DmcCreateWorkspaceDialog, cancel_button);
  gtk_widget_class_bind_template_callback (widget_class, on_input);
  gtk_widget_class_bind_template_callback (widget_class, on_mode);
  gtk_widget_class_bind_template_callback (widget_class, on_choose_folder);
}

static void
dmc_create_workspace_dialog_class_init (DmcCreateWorkspaceDialogClass *klass)
{
  GTK_DIALOG_CLASS (klass)->response = dmc_create_workspace_dialog_response;
  GTK_WIDGET_CLASS (klass)->destroy = dmc_create_workspace_dialog_destroy;
  G_OBJECT_CLASS (klass)->finalize = dmc_create_workspace_dialog_finalize;
  signals[CREATED] = g_signal_new ("created", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
dmc_create_workspace_dialog_init (DmcCreateWorkspaceDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * dmc_create_workspace_dialog_new:
 * @host: (transfer none): for the agent
 *
 * Returns: (transfer none): the dialog, owned by GTK until it is destroyed
 */
DmcCreateWorkspaceDialog *
dmc_create_workspace_dialog_new (DmcHost *host)
{
  DmcCreateWorkspaceDialog *self
      = g_object_new (DMC_TYPE_CREATE_WORKSPACE_DIALOG, "use-header-bar", 1, NULL);

  self->agent = g_object_ref (dmc_host_get_endpoint (host, "agent"));
  gtk_entry_set_text (self->folder, g_get_home_dir ());
  gtk_entry_set_text (self->user, g_get_user_name ());
  if (!dmc_endpoint_has_capability (self->agent, "mode-isolated")) {
    gtk_widget_set_sensitive (GTK_WIDGET (self->mode), FALSE);
    gtk_widget_set_tooltip_text (GTK_WIDGET (self->mode),
                                 _ ("A workspace with programs of its own only needs the helper service."));
  }
  on_input (self);
  return self;
}

void
dmc_create_workspace_dialog_set_folder (DmcCreateWorkspaceDialog *self, const char *folder)
{
  gtk_entry_set_text (self->folder, folder);
  on_input (self);
}
