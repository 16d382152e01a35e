/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "table-view.h"

G_BEGIN_DECLS

/* What a rule of Type Enforcement says. */
typedef enum {
  DMC_RULE_ALLOW,
  DMC_RULE_NEVER, /* permits nothing: no rule may allow this */
} DmcRuleKind;

/* The member of "te" that lists them. */
const char *dmc_rule_member (DmcRuleKind kind);

/**
 * dmc_rule_dialog_run:
 * @parent: (transfer none): the window that it belongs to
 * @draft: (transfer none): where the rule goes
 * @row: (nullable): a rule, of a kind of DmcRuleKind
 * @is_new: whether one more is made; otherwise @row is changed
 *
 * Lets the user put a rule together from what the document declares and the table of classes offers.
 */
void dmc_rule_dialog_run (GtkWindow *parent, DmcPolicyDraft *draft, const DmcPolicyRow *row, gboolean is_new);

G_END_DECLS
