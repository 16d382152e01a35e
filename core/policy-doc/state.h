/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "policy-doc/document.h"
#include "policy/engine.h"

G_BEGIN_DECLS

/* A policy at work: a document, and an engine with its history. */
typedef struct _DmcPolicyState DmcPolicyState;

DmcPolicyState *dmc_policy_state_new (DmcPolicyDocument *document);
void dmc_policy_state_free (DmcPolicyState *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DmcPolicyState, dmc_policy_state_free)

DmcPolicyDocument *dmc_policy_state_get_document (DmcPolicyState *self);
struct pol_engine *dmc_policy_state_get_engine (DmcPolicyState *self);

/* Takes over from @old, by name, what subjects have accessed and sunk to. */
void dmc_policy_state_carry_over (DmcPolicyState *self, DmcPolicyState *old);

/**
 * dmc_policy_state_resolve:
 * @self: the state
 * @access: an object with the members subject, object, class and permission
 * @prefix: where @access stands, for messages: "" or "accesses[3]."
 * @request: (out): the same by number, now
 * @error: return location: %DMC_ERROR_PARAMS naming the member that holds an unknown name
 *
 * Looks the names of an access up.
 */
gboolean dmc_policy_state_resolve (DmcPolicyState *self,
                                   JsonObject *access,
                                   const char *prefix,
                                   struct pol_request *request,
                                   GError **error);

/* What every active model says about @request now, as {model, allowed, reason}: (transfer full) */
JsonArray *dmc_policy_state_explain (DmcPolicyState *self, const struct pol_request *request);

/**
 * dmc_policy_state_simulate:
 * @self: a state of its own, which it changes
 * @accesses: the accesses, in order
 * @error: return location: %DMC_ERROR_PARAMS
 *
 * Runs accesses one after the other, recording those that are allowed. They have no times, so the
 * resource guard judges each as if a second had passed and what was taken before had been given
 * back.
 *
 * Returns: (transfer full): an array of {allowed, models}
 */
JsonArray *dmc_policy_state_simulate (DmcPolicyState *self, JsonArray *accesses, GError **error);

G_END_DECLS
