/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/state.h"

#include "policy-doc/document-private.h"
#include "policy-doc/explain.h"
#include "rpc/error.h"
#include "rpc/json.h"

struct _DmcPolicyState {
  DmcPolicyDocument *document;
  struct pol_engine *engine; /* owned: the start of its memory */
};

DmcPolicyState *
dmc_policy_state_new (DmcPolicyDocument *document)
{
  DmcPolicyState *self = g_new0 (DmcPolicyState, 1);
  const struct pol_image *image = dmc_policy_document_get_image (document);

  self->document = dmc_policy_document_ref (document);
  self->engine = pol_engine_init (g_malloc (pol_engine_size (image)), image);
  return self;
}

void
dmc_policy_state_free (DmcPolicyState *self)
{
  g_free (self->engine);
  dmc_policy_document_unref (self->document);
  g_free (self);
}

DmcPolicyDocument *
dmc_policy_state_get_document (DmcPolicyState *self)
{
  return self->document;
}

struct pol_engine *
dmc_policy_state_get_engine (DmcPolicyState *self)
{
  return self->engine;
}

static void
carry_over_history (DmcPolicyState *self, guint subject, DmcPolicyState *old, guint old_subject)
{
  const DmcPolicyNames *datasets = old->document->datasets;

  for (guint i = 0; i < dmc_policy_names_count (datasets); i++) {
    int id = dmc_policy_names_find (self->document->datasets, dmc_policy_names_get (datasets, i));

    if (id >= 0 && pol_history_has (old->engine, old_subject, i))
      pol_history_add (self->engine, subject, (guint)id);
  }
}

static void
carry_over_integrity (DmcPolicyState *self, guint subject, DmcPolicyState *old, guint old_subject)
{
  const DmcPolicyNames *levels = old->document->integrity;
  guint level = pol_integrity_get (old->engine, old_subject);
  int id;

  if (level == old->document->image.subjects[old_subject].integrity)
    return;
  id = dmc_policy_names_find (self->document->integrity, dmc_policy_names_get (levels, level));
  /* A level that is no more says nothing good about the subject. */
  pol_integrity_lower (self->engine, subject, id >= 0 ? (guint)id : 0);
}

void
dmc_policy_state_carry_over (DmcPolicyState *self, DmcPolicyState *old)
{
  const DmcPolicyNames *subjects = self->document->subjects;

  for (guint i = 0; i < dmc_policy_names_count (subjects); i++) {
    int old_subject
        = dmc_policy_names_find (old->document->subjects, dmc_policy_names_get (subjects, i));

    if (old_subject < 0)
      continue;
    carry_over_history (self, i, old, (guint)old_subject);
    carry_over_integrity (self, i, old, (guint)old_subject);
  }
}

static gboolean
fail_unknown (
    GError **error, const char *prefix, const char *member, const char *what, const char *name)
{
  g_autofree char *path = g_strconcat (prefix, member, NULL);

  if (name == NULL)
    g_propagate_error (error, dmc_error_new_param (path, NULL, "must be a string"));
  else
    g_propagate_error (error, dmc_error_new_param (path, NULL, "there is no %s “%s”", what, name));
  return FALSE;
}

gboolean
dmc_policy_state_resolve (DmcPolicyState *self,
                          JsonObject *access,
                          const char *prefix,
                          struct pol_request *request,
                          GError **error)
{
  const char *subject_name = dmc_json_get_string (access, "subject", NULL);
  const char *object_name = dmc_json_get_string (access, "object", NULL);
  const char *class_name = dmc_json_get_string (access, "class", NULL);
  const char *permission_name = dmc_json_get_string (access, "permission", NULL);
  int subject, object, cls, permission;

  if (subject_name == NULL
      || (subject = dmc_policy_names_find (self->document->subjects, subject_name)) < 0)
    return fail_unknown (error, prefix, "subject", "subject label", subject_name);
  if (object_name == NULL
      || (object = dmc_policy_names_find (self->document->objects, object_name)) < 0)
    return fail_unknown (error, prefix, "object", "object label", object_name);
  if (class_name == NULL || (cls = dmc_policy_class_find (class_name)) < 0)
    return fail_unknown (error, prefix, "class", "object class", class_name);
  if (permission_name == NULL
      || (permission = dmc_policy_permission_find ((guint)cls, permission_name)) < 0)
    return fail_unknown (error, prefix, "permission", "such permission in that class:",
                         permission_name);
  if (!pol_request_init (request, self->engine, (guint)subject, (guint)object, (guint)cls,
                         POL_BIT (permission)))
    return fail_unknown (error, prefix, "subject", "label", subject_name);
  request->now_ns = (guint64)g_get_monotonic_time () * 1000;
  return TRUE;
}

JsonArray *
dmc_policy_state_explain (DmcPolicyState *self, const struct pol_request *request)
{
  struct pol_explanation explanation;

  pol_explain (self->engine, request, &explanation);
  return dmc_policy_explain (self->document, request, &explanation);
}

static void
simulate_one (DmcPolicyState *self, struct pol_request *request, guint index, JsonArray *decisions)
{
  JsonArray *models;
  gboolean allowed;

  request->now_ns = (guint64)index * 1000000000;
  models = dmc_policy_state_explain (self, request);
  allowed = pol_enforce (self->engine, request);
  pol_release (self->engine, request->subject, POL_RESOURCE_MEMORY, request->amount);
  pol_release (self->engine, request->subject, POL_RESOURCE_CHANNELS, request->amount);
  json_array_add_object_element (decisions,
                                 dmc_json_object ("allowed:b", allowed, "models:a", models, NULL));
}

JsonArray *
dmc_policy_state_simulate (DmcPolicyState *self, JsonArray *accesses, GError **error)
{
  g_autoptr (JsonArray) decisions = json_array_new ();

  for (guint i = 0; i < json_array_get_length (accesses); i++) {
    JsonNode *node = json_array_get_element (accesses, i);
    g_autofree char *prefix = g_strdup_printf ("accesses[%u].", i);
    struct pol_request request;

    if (!JSON_NODE_HOLDS_OBJECT (node)) {
      g_propagate_error (
          error, dmc_error_new (DMC_ERROR_PARAMS, NULL, "accesses[%u]: must be an object", i));
      return NULL;
    }
    if (!dmc_policy_state_resolve (self, json_node_get_object (node), prefix, &request, error))
      return NULL;
    simulate_one (self, &request, i, decisions);
  }
  return g_steal_pointer (&decisions);
}
