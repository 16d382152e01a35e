/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <handy.h>

#include "model/workspace.h"

G_BEGIN_DECLS

/* A workspace in the login window's list. */
#define DMC_TYPE_WORKSPACE_ROW (dmc_workspace_row_get_type ())
G_DECLARE_FINAL_TYPE (DmcWorkspaceRow, dmc_workspace_row, DMC, WORKSPACE_ROW, HdyActionRow)

GtkWidget *dmc_workspace_row_new (DmcWorkspace *workspace);
DmcWorkspace *dmc_workspace_row_get_workspace (DmcWorkspaceRow *self);

G_END_DECLS
