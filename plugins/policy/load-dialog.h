/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"
#include "policy-draft.h"

G_BEGIN_DECLS

/**
 * dmc_policy_load_dialog_run:
 * @host: (transfer none): for messages and the window
 * @draft: (transfer none): a valid draft
 * @cancellable: cancelled when the page goes away
 *
 * Asks the endpoint what loading @draft would take back, tells that, and loads when the user agrees.
 */
void dmc_policy_load_dialog_run (DmcHost *host, DmcPolicyDraft *draft, GCancellable *cancellable);

G_END_DECLS
