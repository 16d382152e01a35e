/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "policy-draft.h"

G_BEGIN_DECLS

/**
 * dmc_rule_dialog_run:
 * @parent: (nullable): the window
 * @draft: (transfer none): where the rule goes
 * @index: which rule of te.allow is changed; -1: a new one
 *
 * Lets the user put a rule together from what the document declares and the table of classes offers.
 */
void dmc_rule_dialog_run (GtkWindow *parent, DmcPolicyDraft *draft, int index);

G_END_DECLS
