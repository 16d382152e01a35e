/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "table-view.h"

G_BEGIN_DECLS

/**
 * dmc_label_dialog_run:
 * @parent: (transfer none): the window that it belongs to
 * @draft: (transfer none): the document
 * @row: (nullable): a label, of the kind DMC_POLICY_NAME_SUBJECT or DMC_POLICY_NAME_OBJECT
 * @is_new: whether one more is made; otherwise @row is changed
 *
 * A window in which a label gets its name and what the models know it by. Another name is one in every place that has the old.
 */
void dmc_label_dialog_run (GtkWindow *parent, DmcPolicyDraft *draft, const DmcPolicyRow *row, gboolean is_new);

G_END_DECLS
