/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include <pv/policy.h>

#include "policy-doc/bundle.h"
#include "policy-doc/explain.h"
#include "policy-doc/methods.h"
#include "policy-fetch.h"
#include "policy-load.h"
#include "rpc/json.h"

struct _DmcHvPolicy {
  DmcPolicyFetch *fetch;
  DmcUpstream *upstream;
  DmcPolicyLoader loader;
};

/* A request that waits for the policy that holds, or for an answer about it. */
typedef struct {
  DmcHvPolicy *self;
  DmcRequest *request;
  JsonObject *params;
  DmcPolicyState *state; /* policy.check: of the document that is asked */
  struct pol_request question;
} Errand;

static Errand *
errand_new (DmcHvPolicy *self, DmcRequest *request, JsonObject *params)
{
  Errand *errand = g_new0 (Errand, 1);

  errand->self = self;
  errand->request = g_object_ref (request);
  errand->params = json_object_ref (params);
  return errand;
}

static void
errand_free (Errand *errand)
{
  g_object_unref (errand->request);
  json_object_unref (errand->params);
  g_clear_pointer (&errand->state, dmc_policy_state_free);
  g_free (errand);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Errand, errand_free)

/* The policy that holds; NULL after the request was failed. */
static const DmcHeldPolicy *
fetched (Errand *errand, GObject *source, GAsyncResult *result)
{
  GError *error = NULL;
  const DmcHeldPolicy *held = dmc_policy_fetch_finish (errand->self->fetch, result, &error);

  if (held == NULL)
    dmc_request_fail (errand->request, error);
  return held;
}

/* ---- policy.get ---- */

static void
on_get (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Errand) errand = user_data;
  const DmcHeldPolicy *held = fetched (errand, source, result);

  if (held == NULL)
    return;
  dmc_request_reply (
      errand->request,
      dmc_json_node ("policy:n", json_node_copy (dmc_policy_document_get_node (held->document)),
                     "sha256:s", dmc_policy_document_get_sha256 (held->document), "enforcing:b",
                     dmc_policy_document_get_enforcing (held->document), "loaded_us:i",
                     held->loaded_us, NULL));
}

static void
handle_get (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcHvPolicy *self = user_data;

  dmc_policy_fetch_async (self->fetch, on_get, errand_new (self, request, params));
}

/* ---- policy.validate ---- */

/* A valid document may still lack what the hypervisor's needs. */
static void
check_bundle (const DmcPolicyDocument *document, GPtrArray *problems)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bundle = dmc_policy_bundle_new (document, &error);

  if (bundle == NULL) {
    dmc_policy_problems_add (problems, TRUE, "labels", g_strdup (error->message));
  } else if (g_bytes_get_size (bundle) > PV_POLICY_MAX) {
    dmc_policy_problems_add (problems, TRUE, "",
                             g_strdup ("is larger than the hypervisor has room for"));
  }
}

static void
handle_validate (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (DmcPolicyDocument) document
      = dmc_policy_document_new (json_object_get_member (params, "policy"), problems);

  if (document != NULL) {
    check_bundle (document, problems);
  }
  dmc_request_reply (request,
                     dmc_json_node ("valid:b", !dmc_policy_problems_have_error (problems),
                                    "problems:n", dmc_policy_problems_to_json (problems), NULL));
}

/* ---- policy.check ---- */

static struct pol_verdict
read_verdict (JsonObject *object)
{
  return (struct pol_verdict){
    .allowed = dmc_json_get_boolean (object, "allowed", FALSE),
    .reason = (guint8)dmc_json_get_int (object, "reason", 0),
    .detail = (guint16)dmc_json_get_int (object, "detail", POL_NONE),
  };
}

/* What the hypervisor's models say, in the document's words. */
static void
on_decided (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Errand) errand = user_data;
  g_autoptr (JsonNode) node = NULL;
  struct pol_explanation explanation = { .active = 0 };
  GError *error = NULL;
  JsonArray *verdicts;
  JsonObject *answer;

  node = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &error);
  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node)) {
    dmc_request_fail (errand->request,
                      error != NULL ? error
                                    : dmc_error_new (DMC_ERROR_IO, NULL,
                                                     "The control domain gave no decision."));
    return;
  }
  answer = json_node_get_object (node);
  verdicts = dmc_json_get_array (answer, "verdicts");
  for (guint i = 0; verdicts != NULL && i < json_array_get_length (verdicts); i++) {
    JsonObject *verdict = json_array_get_object_element (verdicts, i);
    gint64 model = dmc_json_get_int (verdict, "model", -1);

    if (model >= 0 && model < POL_N_MODELS) {
      explanation.active |= POL_BIT (model);
      explanation.verdicts[model] = read_verdict (verdict);
    }
  }
  dmc_request_reply (
      errand->request,
      dmc_json_node ("allowed:b", dmc_json_get_boolean (answer, "allowed", FALSE), "models:a",
                     dmc_policy_explain (dmc_policy_state_get_document (errand->state),
                                         &errand->question, &explanation),
                     "cached:b", dmc_json_get_boolean (answer, "cached", FALSE), NULL));
}

static void
on_check (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Errand) errand = user_data;
  const DmcHeldPolicy *held = fetched (errand, source, result);
  g_autoptr (JsonNode) params = NULL;
  DmcUpstream *upstream;
  GError *error = NULL;

  if (held == NULL)
    return;
  errand->state = dmc_policy_state_new (held->document);
  if (!dmc_policy_state_resolve (errand->state, errand->params, "", &errand->question, &error)) {
    dmc_request_fail (errand->request, error);
    return;
  }
  params = dmc_json_node ("sequence:i", held->sequence, "subject:i",
                          (gint64)errand->question.subject, "object:i",
                          (gint64)errand->question.object, "class:i",
                          (gint64)errand->question.cls, "permissions:i",
                          (gint64)errand->question.permissions, NULL);
  upstream = errand->self->upstream;
  dmc_upstream_call_async (upstream, "policy.decide", params, on_decided,
                           g_steal_pointer (&errand));
}

/* What the subject has accessed is history under a draft, too. */
static void
add_history (DmcPolicyState *state, guint subject, JsonObject *history)
{
  struct pol_engine *engine = dmc_policy_state_get_engine (state);
  const struct pol_image *image = engine->image;
  JsonArray *datasets = dmc_json_get_array (history, "datasets");
  gint64 level = dmc_json_get_int (history, "integrity", 0);

  for (guint i = 0; datasets != NULL && i < json_array_get_length (datasets); i++) {
    for (guint j = 0; j < image->header->n_datasets; j++) {
      if (image->datasets[j] == json_array_get_int_element (datasets, i)) {
        pol_history_add (engine, subject, j);
      }
    }
  }
  for (guint j = 0; level != 0 && j < image->header->n_integrity; j++) {
    if (image->integrity[j] == level) {
      pol_integrity_lower (engine, subject, j);
    }
  }
}

static void
on_history (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Errand) errand = user_data;
  g_autoptr (JsonNode) node = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, NULL);

  /* A label that the hypervisor does not know has no history. */
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node)) {
    add_history (errand->state, errand->question.subject, json_node_get_object (node));
  }
  dmc_policy_answer_check (errand->request, errand->params, errand->state);
}

static void
check_draft (DmcHvPolicy *self, DmcRequest *request, JsonObject *params)
{
  g_autoptr (Errand) errand = errand_new (self, request, params);
  g_autoptr (DmcPolicyDocument) document = NULL;
  g_autoptr (JsonNode) label = NULL;
  GError *error = NULL;

  document = dmc_policy_params_document (params, DMC_ERROR_PARAMS,
                                         "policy: this is not a valid policy", &error);
  if (document != NULL)
    errand->state = dmc_policy_state_new (document);
  if (document == NULL
      || !dmc_policy_state_resolve (errand->state, params, "", &errand->question, &error)) {
    dmc_request_fail (request, error);
    return;
  }
  label = dmc_json_node ("label:s",
                         dmc_policy_document_get_subject_type (document, errand->question.subject),
                         NULL);
  dmc_upstream_call_async (self->upstream, "policy.history", label, on_history,
                           g_steal_pointer (&errand));
}

static void
handle_check (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcHvPolicy *self = user_data;

  if (json_object_has_member (params, "policy")) {
    check_draft (self, request, params);
  } else {
    dmc_policy_fetch_async (self->fetch, on_check, errand_new (self, request, params));
  }
}

/* ---- policy.simulate ---- */

static void
on_simulate (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Errand) errand = user_data;
  const DmcHeldPolicy *held = fetched (errand, source, result);

  if (held != NULL)
    dmc_policy_answer_simulate (errand->request, errand->params, held->document);
}

static void
handle_simulate (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcHvPolicy *self = user_data;

  if (json_object_has_member (params, "policy")) {
    dmc_policy_answer_simulate (request, params, NULL);
  } else {
    dmc_policy_fetch_async (self->fetch, on_simulate, errand_new (self, request, params));
  }
}

/* ---- policy.load ---- */

static void
handle_load (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcHvPolicy *self = user_data;

  dmc_policy_load (&self->loader, request, params);
}

DmcHvPolicy *
dmc_hv_policy_new (DmcUpstream *upstream)
{
  DmcHvPolicy *self = g_new0 (DmcHvPolicy, 1);

  self->upstream = g_object_ref (upstream);
  self->fetch = dmc_policy_fetch_new (upstream);
  self->loader = (DmcPolicyLoader){ .upstream = upstream, .fetch = self->fetch };
  return self;
}

void
dmc_hv_policy_free (DmcHvPolicy *self)
{
  dmc_policy_fetch_free (self->fetch);
  g_object_unref (self->upstream);
  g_free (self);
}

void
dmc_hv_policy_attach (DmcHvPolicy *self, DmcServer *server)
{
  static const struct {
    const char *name;
    DmcMethodFunc func;
  } methods[] = {
    { "policy.get", handle_get },           { "policy.validate", handle_validate },
    { "policy.load", handle_load },         { "policy.check", handle_check },
    { "policy.simulate", handle_simulate },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++) {
    dmc_server_add_method (server, methods[i].name, methods[i].func, self, NULL);
  }
}
