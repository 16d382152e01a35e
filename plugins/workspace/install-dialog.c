/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "install-dialog.h"

struct _DmcInstallDialog {
  GtkDialog parent_instance;

  GtkEntry *package;
  GtkFileChooser *file;
};

G_DEFINE_FINAL_TYPE (DmcInstallDialog, dmc_install_dialog, GTK_TYPE_DIALOG)

/**
 * dmc_install_dialog_dup_source:
 * @self: the dialog
 *
 * Returns: (transfer full) (nullable): what app.install takes as "source"; %NULL while nothing is chosen
 */
char *
dmc_install_dialog_dup_source (DmcInstallDialog *self)
{
  g_autofree char *package = g_strstrip (g_strdup (gtk_entry_get_text (self->package)));

  return *package != '\0' ? g_steal_pointer (&package) : gtk_file_chooser_get_filename (self->file);
}

static void
update (DmcInstallDialog *self)
{
  g_autofree char *source = dmc_install_dialog_dup_source (self);

  gtk_dialog_set_response_sensitive (GTK_DIALOG (self), GTK_RESPONSE_ACCEPT, source != NULL);
}

/* One of the two: what was answered last counts. */
static void
on_package_changed (DmcInstallDialog *self)
{
  if (*gtk_entry_get_text (self->package) != '\0')
    gtk_file_chooser_unselect_all (self->file);
  update (self);
}

static void
on_file_set (DmcInstallDialog *self)
{
  gtk_entry_set_text (self->package, "");
  update (self);
}

static void
dmc_install_dialog_class_init (DmcInstallDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/domicile/Console/workspace/install-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, DmcInstallDialog, package);
  gtk_widget_class_bind_template_child (widget_class, DmcInstallDialog, file);
  gtk_widget_class_bind_template_callback (widget_class, on_package_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_file_set);
}

static void
dmc_install_dialog_init (DmcInstallDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * dmc_install_dialog_new:
 * @parent: (transfer none): the window that it belongs to
 *
 * Returns: (transfer none): the dialog, hidden
 */
GtkWidget *
dmc_install_dialog_new (GtkWindow *parent)
{
  return g_object_new (DMC_TYPE_INSTALL_DIALOG, "transient-for", parent, "use-header-bar", TRUE, NULL);
}
