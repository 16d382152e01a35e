/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/**
 * dmc_app_budget_view_new:
 * @host: (transfer none): for the agent and errors
 * @workspace: id of an open workspace
 *
 * Returns: (transfer floating): what each of its programs may spend and spends, and the battery; asked for while it is
 *   looked at
 */
GtkWidget *dmc_app_budget_view_new (DmcHost *host, const char *workspace);

G_END_DECLS
