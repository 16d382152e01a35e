/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The questions around suspending a workspace. Both answer GTK_RESPONSE_ACCEPT, or anything else for no. */

GtkWidget *dmc_suspend_dialog_new (GtkWindow *parent, const char *name);
gboolean   dmc_suspend_dialog_get_anywhere (GtkWidget *dialog);
GtkWidget *dmc_suspend_switch_dialog_new (GtkWindow *parent, const char *name);

#define DMC_OBSTACLES_TRY_AGAIN 1 /* the response of who has closed the programs */

GtkWidget *dmc_obstacles_dialog_new (GtkWindow *parent, const char *name, JsonArray *obstacles);

G_END_DECLS
