/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "policy-draft.h"

G_BEGIN_DECLS

/**
 * dmc_labels_view_new:
 * @draft: (transfer none): whose labels
 *
 * Returns: (transfer floating): the labels of subjects and objects as a table, in which type, levels and dataset are chosen
 */
GtkWidget *dmc_labels_view_new (DmcPolicyDraft *draft);

G_END_DECLS
