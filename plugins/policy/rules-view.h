/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "table-view.h"

G_BEGIN_DECLS

/**
 * dmc_rules_view_new:
 * @host: (transfer none): where windows belong
 * @draft: (transfer none): whose rules
 *
 * Returns: (transfer floating): the rules of Type Enforcement as a table, to add to, change and remove from
 */
GtkWidget *dmc_rules_view_new (DmcHost *host, DmcPolicyDraft *draft);

G_END_DECLS
