/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* Makes a new workspace. Signal "created" (const char *workspace): its id; the dialog closes
 * itself. */
#define DMC_TYPE_CREATE_WORKSPACE_DIALOG (dmc_create_workspace_dialog_get_type ())
G_DECLARE_FINAL_TYPE (
    DmcCreateWorkspaceDialog, dmc_create_workspace_dialog, DMC, CREATE_WORKSPACE_DIALOG, GtkDialog)

DmcCreateWorkspaceDialog *dmc_create_workspace_dialog_new (DmcHost *host);

/* Proposes where to put it, in place of the home folder. */
void dmc_create_workspace_dialog_set_folder (DmcCreateWorkspaceDialog *self, const char *folder);

G_END_DECLS
