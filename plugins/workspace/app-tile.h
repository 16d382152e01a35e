/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "model/app.h"

G_BEGIN_DECLS

/* An app on the launchpad: its icon, its name, and whether it runs. */
#define DMC_TYPE_APP_TILE (dmc_app_tile_get_type ())
G_DECLARE_FINAL_TYPE (DmcAppTile, dmc_app_tile, DMC, APP_TILE, GtkFlowBoxChild)

GtkWidget *dmc_app_tile_new (DmcApp *app);
DmcApp *dmc_app_tile_get_app (DmcAppTile *self);
void dmc_app_tile_set_starting (DmcAppTile *self, gboolean starting);

G_END_DECLS
