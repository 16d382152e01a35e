/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "table-view.h"

G_BEGIN_DECLS

/**
 * dmc_contexts_view_new:
 * @host: (transfer none): where windows belong
 * @draft: (transfer none): the document
 *
 * Returns: (transfer floating): which label apps, directories, addresses and volumes of workspaces have, as a table
 */
GtkWidget *dmc_contexts_view_new (DmcHost *host, DmcPolicyDraft *draft);

G_END_DECLS
