/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-load.h"

#include <pv/policy.h>

#include "policy-doc/bundle.h"
#include "policy-doc/methods.h"
#include "rpc/json.h"

typedef struct {
  DmcPolicyLoader *loader;
  DmcRequest *request;
  JsonObject *params;
  DmcPolicyDocument *document;
  GBytes *bundle;
  gsize sent;
} Load;

static void
load_free (Load *load)
{
  load->loader->busy = FALSE;
  g_object_unref (load->request);
  json_object_unref (load->params);
  g_clear_pointer (&load->document, dmc_policy_document_unref);
  g_clear_pointer (&load->bundle, g_bytes_unref);
  g_free (load);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Load, load_free)

/* One call after the other; whatever fails fails the whole, before anything has changed. */
static void
step (Load *load, const char *method, JsonNode *params, GAsyncReadyCallback then)
{
  g_autoptr (JsonNode) taken = params;

  dmc_upstream_call_async (load->loader->upstream, method, taken, then, load);
}

/* The answer of a step; NULL after the request was failed. */
static JsonNode *
finish_step (Load *load, GObject *source, GAsyncResult *result)
{
  GError *error = NULL;
  JsonNode *answer = dmc_upstream_call_finish (DMC_UPSTREAM (source), result, &error);

  if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer))
    return answer;
  g_clear_pointer (&answer, json_node_unref);
  if (error == NULL)
    error = dmc_error_new (DMC_ERROR_IO, NULL, "The control domain gave an answer of unknown form.");
  dmc_request_fail (load->request, error);
  return NULL;
}

static void
reply (Load *load, JsonNode *answer, gboolean loaded)
{
  static const char *const kinds[] = { "grants", "channels", "interrupts", "displays" };
  JsonObject *counts = json_node_get_object (answer);
  JsonObject *revocations = json_object_new ();
  gint64 sum = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
    gint64 count = dmc_json_get_int (counts, kinds[i], 0);

    json_object_set_int_member (revocations, kinds[i], count);
    sum += count;
  }
  dmc_request_reply (load->request,
                     dmc_json_node ("sha256:s", dmc_policy_document_get_sha256 (load->document),
                                    "revoked:i", sum, "revocations:o", revocations, "loaded:b",
                                    loaded, NULL));
}

static void
on_committed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Load) load = user_data;
  g_autoptr (JsonNode) answer = finish_step (load, source, result);

  if (answer != NULL)
    reply (load, answer, TRUE);
}

static void
on_tested (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Load) load = user_data;
  g_autoptr (JsonNode) answer = finish_step (load, source, result);

  if (answer == NULL)
    return;
  if (dmc_json_get_boolean (load->params, "dry_run", FALSE))
    reply (load, answer, FALSE);
  else
    step (g_steal_pointer (&load), "policy.commit", NULL, on_committed);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Load) load = user_data;
  g_autoptr (JsonNode) answer = finish_step (load, source, result);
  gsize size, part;
  const guchar *bytes = g_bytes_get_data (load->bundle, &size);
  gsize offset = load->sent;
  g_autofree char *data = NULL;

  if (answer == NULL)
    return;
  if (offset == size) {
    step (g_steal_pointer (&load), "policy.test", NULL, on_tested);
    return;
  }
  part = MIN (size - offset, PV_POLICY_PART);
  data = g_base64_encode (bytes + offset, part);
  load->sent += part;
  step (g_steal_pointer (&load), "policy.write",
        dmc_json_node ("offset:i", (gint64)offset, "data:s", data, NULL), on_written);
}

static void
begin (Load *taken)
{
  g_autoptr (Load) load = taken;
  GError *error = NULL;

  load->bundle = dmc_policy_bundle_new (load->document, &error);
  if (load->bundle == NULL) {
    dmc_request_fail (load->request, error);
    return;
  }
  step (g_steal_pointer (&load), "policy.begin",
        dmc_json_node ("size:i", (gint64)g_bytes_get_size (load->bundle), NULL), on_written);
}

static void
on_held (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Load) load = user_data;
  GError *error = NULL;
  const DmcHeldPolicy *held = dmc_policy_fetch_finish (load->loader->fetch, result, &error);

  if (held == NULL || !dmc_policy_params_expected (load->params, held->document, &error))
    dmc_request_fail (load->request, error);
  else
    begin (g_steal_pointer (&load));
}

void
dmc_policy_load (DmcPolicyLoader *loader, DmcRequest *request, JsonObject *params)
{
  g_autoptr (Load) load = NULL;
  GError *error = NULL;

  if (loader->busy) {
    dmc_request_fail (request, dmc_error_new (DMC_ERROR_STATE, "Wait until that is done.",
                                              "Another policy is being loaded right now."));
    return;
  }
  loader->busy = TRUE;
  load = g_new0 (Load, 1);
  load->loader = loader;
  load->request = g_object_ref (request);
  load->params = json_object_ref (params);
  load->document = dmc_policy_params_document (
      params, DMC_ERROR_INTEGRITY, "This is not a valid policy, nothing was loaded", &error);
  if (load->document == NULL)
    dmc_request_fail (request, error);
  else if (json_object_has_member (params, "expect_sha256"))
    dmc_policy_fetch_async (loader->fetch, on_held, g_steal_pointer (&load));
  else
    begin (g_steal_pointer (&load));
}
