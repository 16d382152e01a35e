/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Asks what to install: a package by its name, or a file. GTK_RESPONSE_ACCEPT when there is an answer. */
#define DMC_TYPE_INSTALL_DIALOG (dmc_install_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DmcInstallDialog, dmc_install_dialog, DMC, INSTALL_DIALOG, GtkDialog)

GtkWidget *dmc_install_dialog_new (GtkWindow *parent);
char      *dmc_install_dialog_dup_source (DmcInstallDialog *self);

G_END_DECLS
