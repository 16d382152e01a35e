/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define DMC_TYPE_SETTINGS_DIALOG (dmc_settings_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DmcSettingsDialog, dmc_settings_dialog, DMC, SETTINGS_DIALOG, GtkDialog)

GtkWidget  *dmc_settings_dialog_new (GtkWindow *parent, const char *name, JsonObject *settings);
void        dmc_settings_dialog_add_page (DmcSettingsDialog *self, const char *title, GtkWidget *content);
JsonObject *dmc_settings_dialog_get_settings (DmcSettingsDialog *self);

G_END_DECLS
