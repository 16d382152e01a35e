/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What subjects have accessed and sunk to, by name, so that it outlives the process and the policy. */
#pragma once

#include "policy-doc/state.h"

G_BEGIN_DECLS

/**
 * dmc_policy_history_save:
 * @state: a policy at work
 * @before: (nullable): the history as it was saved last; what it names and @state does not know is kept
 *
 * Returns: (transfer full): {format, subjects: {NAME: {accessed: [dataset…], integrity?}}}
 */
JsonNode *dmc_policy_history_save (DmcPolicyState *state, JsonNode *before);

/* Adds a saved history to @state, which only ever learns. Names that its policy does not have are passed over.
 * Errors: %DMC_ERROR_INTEGRITY: this is no history. */
gboolean dmc_policy_history_load (DmcPolicyState *state, JsonNode *history, GError **error);

G_END_DECLS
