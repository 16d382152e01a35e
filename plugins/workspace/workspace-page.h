/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* The open workspace: its launchpad, its processes, and the way out. */
#define DMC_TYPE_WORKSPACE_PAGE (dmc_workspace_page_get_type ())
G_DECLARE_FINAL_TYPE (DmcWorkspacePage, dmc_workspace_page, DMC, WORKSPACE_PAGE, GtkBin)

GtkWidget *dmc_workspace_page_new (DmcHost *host);

G_END_DECLS
