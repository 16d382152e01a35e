/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "app-work.h"

G_BEGIN_DECLS

/* Apps that the catalogues of a workspace have, to search and to install; and adding a catalogue. */
#define DMC_TYPE_CATALOGUE_DIALOG (dmc_catalogue_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DmcCatalogueDialog, dmc_catalogue_dialog, DMC, CATALOGUE_DIALOG, GtkDialog)

GtkWidget *dmc_catalogue_dialog_new (DmcHost *host, const char *workspace, DmcAppWork *later);

G_END_DECLS
