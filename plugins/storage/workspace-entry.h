/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* A workspace in a volume's card: its name and state, and how to open or close it. */
#define DMC_TYPE_WORKSPACE_ENTRY (dmc_workspace_entry_get_type ())
G_DECLARE_FINAL_TYPE (DmcWorkspaceEntry, dmc_workspace_entry, DMC, WORKSPACE_ENTRY, GtkListBoxRow)

GtkWidget *dmc_workspace_entry_new (DmcHost *host, DmcWorkspace *workspace);
DmcWorkspace *dmc_workspace_entry_get_workspace (DmcWorkspaceEntry *self);

G_END_DECLS
