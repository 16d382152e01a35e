/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "table-view.h"

G_BEGIN_DECLS

/**
 * dmc_budgets_view_new:
 * @host: (transfer none): where windows belong
 * @draft: (transfer none): the document
 *
 * Returns: (transfer floating): what the resource guard lets each label spend, as a table
 */
GtkWidget *dmc_budgets_view_new (DmcHost *host, DmcPolicyDraft *draft);

G_END_DECLS
