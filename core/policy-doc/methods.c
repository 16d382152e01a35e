/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/methods.h"

#include "rpc/json.h"

DmcPolicyDocument *
dmc_policy_params_document (JsonObject *params, DmcError code, const char *text, GError **error)
{
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  DmcPolicyDocument *document
      = dmc_policy_document_new (json_object_get_member (params, "policy"), problems);
  g_autofree char *summary = NULL;
  GError *invalid;

  if (document != NULL)
    return document;
  summary = dmc_policy_problems_summary (problems);
  invalid = dmc_error_new (code, "policy.validate lists every problem with its place.", "%s: %s",
                           text, summary);
  dmc_error_set_data (invalid, "problems", dmc_policy_problems_to_json (problems));
  g_propagate_error (error, invalid);
  return NULL;
}

gboolean
dmc_policy_params_expected (JsonObject *params, const DmcPolicyDocument *loaded, GError **error)
{
  const char *expected = dmc_json_get_string (params, "expect_sha256", NULL);
  const char *sha256 = loaded != NULL ? dmc_policy_document_get_sha256 (loaded) : "";
  GError *changed;

  if (expected == NULL || g_str_equal (expected, sha256))
    return TRUE;
  changed = dmc_error_new (DMC_ERROR_STATE, "Get the policy anew and make your changes to that.",
                           "Another policy was loaded in the meantime; nothing was changed");
  dmc_error_set_data (changed, "state", json_node_init_string (json_node_alloc (), "changed"));
  dmc_error_set_data (changed, "sha256", json_node_init_string (json_node_alloc (), sha256));
  g_propagate_error (error, changed);
  return FALSE;
}

void
dmc_policy_answer_check (DmcRequest *request, JsonObject *params, DmcPolicyState *state)
{
  struct pol_request question;
  GError *error = NULL;
  gboolean allowed;
  bool cached;

  if (!dmc_policy_state_resolve (state, params, "", &question, &error)) {
    dmc_request_fail (request, error);
    return;
  }
  allowed = pol_query (dmc_policy_state_get_engine (state), &question, &cached);
  dmc_request_reply (request, dmc_json_node ("allowed:b", allowed, "models:a",
                                             dmc_policy_state_explain (state, &question),
                                             "cached:b", (gboolean)cached, NULL));
}

void
dmc_policy_answer_simulate (DmcRequest *request, JsonObject *params, DmcPolicyDocument *loaded)
{
  g_autoptr (DmcPolicyDocument) draft = NULL;
  g_autoptr (DmcPolicyState) state = NULL;
  JsonArray *decisions = NULL;
  GError *error = NULL;

  if (json_object_has_member (params, "policy"))
    loaded = draft = dmc_policy_params_document (params, DMC_ERROR_PARAMS,
                                                 "policy: this is not a valid policy", &error);
  if (loaded != NULL) {
    state = dmc_policy_state_new (loaded);
    decisions = dmc_policy_state_simulate (
        state, json_object_get_array_member (params, "accesses"), &error);
  }
  if (decisions != NULL)
    dmc_request_reply (request, dmc_json_node ("decisions:a", decisions, NULL));
  else
    dmc_request_fail (request, error);
}
