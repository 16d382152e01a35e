/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy.* methods of both endpoints have in common: whoever decides by the policy, the
 * document is read, compared and asked here. */
#pragma once

#include "policy-doc/state.h"
#include "rpc/server.h"

G_BEGIN_DECLS

/**
 * dmc_policy_params_document:
 * @params: parameters of a request, with the member policy
 * @code: what it is where that is no valid policy
 * @text: the beginning of the error's sentence
 * @error: return location: with every problem in its data
 *
 * Returns: (transfer full) (nullable): the document
 */
DmcPolicyDocument *dmc_policy_params_document (JsonObject *params,
                                               DmcError code,
                                               const char *text,
                                               GError **error);

/**
 * dmc_policy_params_expected:
 * @params: parameters of policy.load
 * @loaded: (nullable): the document that holds
 * @error: return location: %DMC_ERROR_STATE
 *
 * Returns: whether expect_sha256 is left out or that of @loaded
 */
gboolean dmc_policy_params_expected (JsonObject *params,
                                     const DmcPolicyDocument *loaded,
                                     GError **error);

/* Answers policy.check by an engine here. */
void dmc_policy_answer_check (DmcRequest *request, JsonObject *params, DmcPolicyState *state);

/* Answers policy.simulate by the document in @params or, where there is none, by @loaded. */
void dmc_policy_answer_simulate (DmcRequest *request,
                                 JsonObject *params,
                                 DmcPolicyDocument *loaded);

G_END_DECLS
