/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "model/app-filter.h"

G_BEGIN_DECLS

/* What an app's tile gives when it is dragged: its id. */
#define DMC_APP_DRAG_TARGET "application/x-domicile-app"

/* Chooses what the launchpad shows: all, favourites, recent, running, or one category.
 * Signals: "changed" (); "favourite-dropped" (const char *app): an app was dragged onto the favourites. */
#define DMC_TYPE_SECTION_BAR (dmc_section_bar_get_type ())
G_DECLARE_FINAL_TYPE (DmcSectionBar, dmc_section_bar, DMC, SECTION_BAR, GtkBox)

const char *dmc_section_bar_get_section (DmcSectionBar *self);
gboolean    dmc_section_bar_is_category (DmcSectionBar *self);
void        dmc_section_bar_add_category (DmcSectionBar *self, const char *category);

G_END_DECLS
