/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "table-view.h"

G_BEGIN_DECLS

/**
 * dmc_labels_view_new:
 * @host: (transfer none): where windows belong
 * @draft: (transfer none): whose labels
 *
 * Returns: (transfer floating): the labels of subjects and objects as a table, in which they are added, changed and removed
 */
GtkWidget *dmc_labels_view_new (DmcHost *host, DmcPolicyDraft *draft);

G_END_DECLS
