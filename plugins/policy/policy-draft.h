/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/endpoint.h"
#include "policy-doc/problem.h"

G_BEGIN_DECLS

/**
 * DmcPolicyDraftState:
 * @DMC_POLICY_DRAFT_EMPTY: no policy has come from the endpoint yet
 * @DMC_POLICY_DRAFT_CHECKING: the text has changed and is being checked
 * @DMC_POLICY_DRAFT_UNCHECKED: the endpoint is away, so nobody can check it
 * @DMC_POLICY_DRAFT_INVALID: there are errors
 * @DMC_POLICY_DRAFT_VALID: it can be loaded
 */
typedef enum {
  DMC_POLICY_DRAFT_EMPTY,
  DMC_POLICY_DRAFT_CHECKING,
  DMC_POLICY_DRAFT_UNCHECKED,
  DMC_POLICY_DRAFT_INVALID,
  DMC_POLICY_DRAFT_VALID,
} DmcPolicyDraftState;

/* A policy document being edited, beside the loaded one.
 * Signals:
 *   "changed" ()   state, problems or the loaded policy are others now
 *   "replaced" ()  the text was set by something else than typing; editors show it anew
 */
#define DMC_TYPE_POLICY_DRAFT (dmc_policy_draft_get_type ())
G_DECLARE_FINAL_TYPE (DmcPolicyDraft, dmc_policy_draft, DMC, POLICY_DRAFT, GObject)

DmcPolicyDraft *dmc_policy_draft_new (DmcEndpoint *endpoint);
DmcEndpoint *dmc_policy_draft_get_endpoint (DmcPolicyDraft *self);

/* Sets what the user has typed; it is checked when the typing pauses. */
void dmc_policy_draft_set_text (DmcPolicyDraft *self, const char *text);
/* Sets a text that comes from elsewhere: a file, an edit by buttons, a policy of before. */
void dmc_policy_draft_replace_text (DmcPolicyDraft *self, const char *text);
const char *dmc_policy_draft_get_text (DmcPolicyDraft *self);

DmcPolicyDraftState dmc_policy_draft_get_state (DmcPolicyDraft *self);
gboolean dmc_policy_draft_is_modified (DmcPolicyDraft *self);
/* The text as a JSON object; NULL while it is none: (transfer none) */
JsonNode *dmc_policy_draft_get_node (DmcPolicyDraft *self);
/* A deep copy to change and give back by dmc_policy_draft_edit(); NULL while the text is no object: (transfer full) */
JsonNode *dmc_policy_draft_begin_edit (DmcPolicyDraft *self);
/* @policy (transfer none): becomes the text. */
void dmc_policy_draft_edit (DmcPolicyDraft *self, JsonNode *policy);
/* Of DmcPolicyProblem: (transfer none) */
GPtrArray *dmc_policy_draft_get_problems (DmcPolicyDraft *self);
/* Where the text stops being JSON, in bytes; -1 where it is JSON */
gint64 dmc_policy_draft_get_syntax_offset (DmcPolicyDraft *self);

/* The last answer of policy.get: (transfer none) (nullable) */
JsonObject *dmc_policy_draft_get_loaded (DmcPolicyDraft *self);

/* Back to the loaded policy, as the endpoint has it now. */
void dmc_policy_draft_revert (DmcPolicyDraft *self);

/* Why there is no loaded policy, in the endpoint's words: (nullable) (transfer none) */
const char *dmc_policy_draft_get_why_empty (DmcPolicyDraft *self);

/* Whether a load of this draft has replaced another policy; dmc_policy_draft_bring_back() makes that the text again. */
gboolean dmc_policy_draft_has_previous (DmcPolicyDraft *self);
void dmc_policy_draft_bring_back (DmcPolicyDraft *self);

/* Loads the draft unless another policy was loaded since it was begun; with @dry_run only asks what that would take back.
 * Returns: (transfer full): the answer of policy.load, or NULL with @error set */
void dmc_policy_draft_load_async (DmcPolicyDraft *self,
                                  gboolean dry_run,
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
JsonNode *dmc_policy_draft_load_finish (DmcPolicyDraft *self, GAsyncResult *result, GError **error);

G_END_DECLS
