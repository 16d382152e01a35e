/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "policy-doc/document.h"
#include "policy/engine.h"

G_BEGIN_DECLS

/**
 * dmc_policy_explain_verdict:
 * @document: the policy that @request was judged by
 * @request: what was asked
 * @model: who answered
 * @verdict: the answer
 *
 * Puts a model's answer into words.
 *
 * Returns: (transfer full): one sentence
 */
char *dmc_policy_explain_verdict (const DmcPolicyDocument *document,
                                  const struct pol_request *request,
                                  enum pol_model_id model,
                                  const struct pol_verdict *verdict);

/**
 * dmc_policy_explain:
 * @document: the policy that @request was judged by
 * @request: what was asked
 * @explanation: what every active model answered
 *
 * Returns: (transfer full): an array of {model, allowed, reason}
 */
JsonArray *dmc_policy_explain (const DmcPolicyDocument *document,
                               const struct pol_request *request,
                               const struct pol_explanation *explanation);

G_END_DECLS
