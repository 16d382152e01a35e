/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/**
 * dmc_domain_budget_view_new:
 * @host: (transfer none): for the hypervisor and errors
 * @domain: (transfer none): whose budgets
 *
 * Returns: (transfer floating): what the domain may spend and spends, and the battery; asked for while it is looked at
 */
GtkWidget *dmc_domain_budget_view_new (DmcHost *host, DmcDomain *domain);

G_END_DECLS
