/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy document: any JSON there is. What is accepted is used. */
#include "fuzz.h"
#include "policy-doc/bundle.h"
#include "policy-doc/state.h"
#include "rpc/json.h"

/* The first access of every subject to every object. */
static void
use (DmcPolicyDocument *document)
{
  g_autoptr (DmcPolicyState) state = dmc_policy_state_new (document);
  struct pol_engine *engine = dmc_policy_state_get_engine (state);
  guint n_subjects = MIN (engine->image->header->subjects.count, 8);
  guint n_objects = MIN (engine->image->header->objects.count, 8);

  for (guint s = 0; s < n_subjects; s++) {
    for (guint o = 0; o < n_objects; o++) {
      g_autoptr (JsonArray) models = NULL;
      struct pol_request request;

      if (!pol_request_init (&request, engine, s, o, (s + o) % POL_N_CLASSES, 1))
        g_error ("a label that is there is not known");
      models = dmc_policy_state_explain (state, &request);
      pol_enforce (engine, &request);
    }
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_autoptr (JsonNode) node = dmc_json_parse (text, -1, NULL);
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (DmcPolicyDocument) document = NULL;

  if (node == NULL)
    return 0;
  document = dmc_policy_document_new (node, problems);
  if (document != NULL) {
    g_autoptr (GBytes) bundle = dmc_policy_bundle_new (document, NULL);

    use (document);
  } else if (!dmc_policy_problems_have_error (problems)) {
    g_error ("a document was refused without a reason");
  }
  return 0;
}
