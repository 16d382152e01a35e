/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/**
 * DmcOpenDialog:
 *
 * Opens a file of a workspace, or a link, with the app that is chosen for it.
 */
#define DMC_TYPE_OPEN_DIALOG (dmc_open_dialog_get_type ())
G_DECLARE_FINAL_TYPE (DmcOpenDialog, dmc_open_dialog, DMC, OPEN_DIALOG, GtkDialog)

GtkWidget *dmc_open_dialog_new (DmcHost *host, const char *workspace);

G_END_DECLS
