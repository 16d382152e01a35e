/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "table-view.h"

G_BEGIN_DECLS

/**
 * dmc_names_view_new:
 * @host: (transfer none): where windows belong
 * @draft: (transfer none): the document
 *
 * Returns: (transfer floating): what labels are made of, as a table: types and sets of them, levels, categories, conflict classes
 *   and datasets
 */
GtkWidget *dmc_names_view_new (DmcHost *host, DmcPolicyDraft *draft);

G_END_DECLS
