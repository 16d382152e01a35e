/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy-doc/service.h"

#include "policy-doc/audit-log.h"
#include "policy-doc/methods.h"
#include "policy-doc/store.h"
#include "rpc/json.h"

#define DEFAULT_AUDIT_LIMIT 100
#define MAX_AUDIT_LIMIT     1000

struct _DmcPolicyService {
  GObject parent_instance;

  DmcServer *server; /* not owned: it calls us, so it is there */
  char *policy_file;
  DmcPolicyState *state;
  gint64 loaded_us;
  DmcAuditLog *audit;
  gboolean audit_allowed;

  DmcPolicyPreviewFunc preview;
  DmcPolicyRevokeFunc revoke;
  gpointer revoke_data;
  GDestroyNotify revoke_destroy;
};

G_DEFINE_FINAL_TYPE (DmcPolicyService, dmc_policy_service, G_TYPE_OBJECT)

static DmcPolicyDocument *
loaded_document (DmcPolicyService *self)
{
  return dmc_policy_state_get_document (self->state);
}

/* policy.get */

static void
handle_get (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcPolicyService *self = user_data;
  DmcPolicyDocument *document = loaded_document (self);

  dmc_request_reply (
      request, dmc_json_node ("policy:n", json_node_copy (dmc_policy_document_get_node (document)),
                              "sha256:s", dmc_policy_document_get_sha256 (document), "enforcing:b",
                              dmc_policy_document_get_enforcing (document), "loaded_us:i",
                              self->loaded_us, NULL));
}

/* policy.validate */

static void
handle_validate (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  g_autoptr (GPtrArray) problems = dmc_policy_problems_new ();
  g_autoptr (DmcPolicyDocument) document
      = dmc_policy_document_new (json_object_get_member (params, "policy"), problems);

  dmc_request_reply (request, dmc_json_node ("valid:b", document != NULL, "problems:n",
                                             dmc_policy_problems_to_json (problems), NULL));
}

/* policy.load */

/* Saves first: a policy that would be gone after a restart is not loaded at all. */
static gboolean
load (DmcPolicyService *self, DmcPolicyDocument *document, GError **error)
{
  DmcPolicyState *state;

  if (!dmc_policy_store_write (self->policy_file, document, error))
    return FALSE;
  state = dmc_policy_state_new (document);
  dmc_policy_state_carry_over (state, self->state);
  dmc_policy_state_free (self->state);
  self->state = state;
  self->loaded_us = g_get_real_time ();
  return TRUE;
}

static void
reply_loaded (DmcPolicyService *self, DmcRequest *request, gint64 revoked)
{
  dmc_request_reply (request, dmc_json_node ("sha256:s", dmc_policy_document_get_sha256 (loaded_document (self)),
                                             "revoked:i", revoked, NULL));
}

static void
on_revoked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (DmcRequest) request = user_data;
  gssize revoked = g_task_propagate_int (G_TASK (result), NULL);

  reply_loaded (DMC_POLICY_SERVICE (source), request, MAX (revoked, 0));
}

/* What would be taken back, while nothing is. */
static void
reply_dry (DmcPolicyService *self, DmcRequest *request, DmcPolicyDocument *document)
{
  JsonArray *effects = self->preview != NULL ? self->preview (self, document, self->revoke_data) : json_array_new ();
  gint64 revoked = 0;

  for (guint i = 0; i < json_array_get_length (effects); i++)
    if (g_strcmp0 (dmc_json_get_string (json_array_get_object_element (effects, i), "effect", ""), "ask") != 0)
      revoked++;
  dmc_request_reply (request, dmc_json_node ("sha256:s", dmc_policy_document_get_sha256 (document), "revoked:i", revoked,
                                             "loaded:b", FALSE, "effects:a", effects, NULL));
}

static void
handle_load (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcPolicyService *self = user_data;
  GError *error = NULL;
  g_autoptr (DmcPolicyDocument) document = dmc_policy_params_document (
      params, DMC_ERROR_INTEGRITY, "This is not a valid policy, nothing was loaded", &error);
  gboolean dry = dmc_json_get_boolean (params, "dry_run", FALSE);

  if (document == NULL || !dmc_policy_params_expected (params, loaded_document (self), &error)
      || (!dry && !load (self, document, &error)))
    dmc_request_fail (request, error);
  else if (dry)
    reply_dry (self, request, document);
  else if (self->revoke != NULL)
    self->revoke (self, on_revoked, g_object_ref (request), self->revoke_data);
  else
    reply_loaded (self, request, 0);
}

/* policy.check and policy.simulate */

static void
handle_check (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcPolicyService *self = user_data;
  g_autoptr (DmcPolicyDocument) document = NULL;
  g_autoptr (DmcPolicyState) draft = NULL;
  GError *error = NULL;

  if (!json_object_has_member (params, "policy")) {
    dmc_policy_answer_check (request, params, self->state);
    return;
  }
  document = dmc_policy_params_document (params, DMC_ERROR_PARAMS,
                                         "policy: this is not a valid policy", &error);
  if (document == NULL) {
    dmc_request_fail (request, error);
    return;
  }
  draft = dmc_policy_state_new (document);
  dmc_policy_state_carry_over (draft, self->state);
  dmc_policy_answer_check (request, params, draft);
}

static void
handle_simulate (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  dmc_policy_answer_simulate (request, params, loaded_document (user_data));
}

/* audit.list and deciding for the endpoint */

static void
handle_audit_list (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  DmcPolicyService *self = user_data;
  gint64 since_seq = dmc_json_get_int (params, "since_seq", -1);
  gint64 limit = dmc_json_get_int (params, "limit", DEFAULT_AUDIT_LIMIT);

  limit = CLAMP (limit, 1, MAX_AUDIT_LIMIT);
  dmc_request_reply (
      request,
      dmc_json_node ("records:a", dmc_audit_log_list (self->audit, since_seq, (guint)limit), NULL));
}

void
dmc_policy_service_record (DmcPolicyService *self,
                           JsonObject *access,
                           gboolean allowed,
                           const char *model,
                           const char *reason)
{
  JsonObject *entry
      = dmc_json_object ("allowed:b", allowed, "model:s", model, "reason:s", reason, "enforced:b",
                         dmc_policy_document_get_enforcing (loaded_document (self)), NULL);
  JsonObjectIter iter;
  const char *member;
  JsonNode *value;

  json_object_iter_init_ordered (&iter, access);
  while (json_object_iter_next_ordered (&iter, &member, &value))
    json_object_set_member (entry, member, json_node_copy (value));
  dmc_server_emit (self->server, "audit", json_node_copy (dmc_audit_log_add (self->audit, entry)));
}

DmcPolicyDocument *
dmc_policy_service_get_document (DmcPolicyService *self)
{
  return loaded_document (self);
}

void
dmc_policy_service_learn (DmcPolicyService *self, DmcPolicyState *other)
{
  dmc_policy_state_carry_over (self->state, other);
}

/* Of what the models said the first refusal, or where there is none the first answer. */
static JsonObject *
deciding_model (JsonArray *models)
{
  for (guint i = 0; i < json_array_get_length (models); i++) {
    JsonObject *model = json_array_get_object_element (models, i);

    if (!json_object_get_boolean_member (model, "allowed"))
      return model;
  }
  return json_array_get_length (models) > 0 ? json_array_get_object_element (models, 0) : NULL;
}

static void
record_allowed (DmcPolicyService *self, JsonObject *access, JsonArray *models)
{
  JsonObject *model = deciding_model (models);

  dmc_policy_service_record (self, access, TRUE, dmc_json_get_string (model, "model", "engine"),
          dmc_json_get_string (model, "reason", ""));
}

/* Records a denial; lets it through where the policy is not enforcing. */
static gboolean
deny (DmcPolicyService *self,
      JsonObject *access,
      JsonArray *models,
      const char *fallback_reason,
      GError **error)
{
  JsonObject *model = deciding_model (models);
  const char *reason = dmc_json_get_string (model, "reason", fallback_reason);
  GError *denied;

  dmc_policy_service_record (self, access, FALSE, dmc_json_get_string (model, "model", "engine"), reason);
  if (!dmc_policy_document_get_enforcing (loaded_document (self)))
    return TRUE;
  denied = dmc_error_new (
      DMC_ERROR_DENIED, "The Policy page shows the rules, and what a change would allow.",
      "The policy does not let “%s” %s “%s”: %s", json_object_get_string_member (access, "subject"),
      json_object_get_string_member (access, "permission"),
      json_object_get_string_member (access, "object"), reason);
  dmc_error_set_data (denied, "models", dmc_json_take_array (json_array_ref (models)));
  g_propagate_error (error, denied);
  return FALSE;
}

gboolean
dmc_policy_service_check (DmcPolicyService *self,
                          const char *subject,
                          const char *object,
                          const char *class_name,
                          const char *permission,
                          GError **error)
{
  g_autoptr (JsonObject) access
      = dmc_json_object ("subject:s", subject, "object:s", object, "class:s", class_name,
                         "permission:s", permission, NULL);
  g_autoptr (JsonArray) models = NULL;
  g_autoptr (GError) unknown = NULL;
  struct pol_request request;

  if (!dmc_policy_state_resolve (self->state, access, "", &request, &unknown)) {
    models = json_array_new ();
    return deny (self, access, models, unknown->message, error);
  }
  /* Words are only made for what is told; an access that is allowed is judged before it is
   * recorded. */
  if (self->audit_allowed)
    models = dmc_policy_state_explain (self->state, &request);
  if (pol_enforce (dmc_policy_state_get_engine (self->state), &request)) {
    if (models != NULL)
      record_allowed (self, access, models);
    return TRUE;
  }
  if (models == NULL)
    models = dmc_policy_state_explain (self->state, &request);
  return deny (self, access, models, "no model is active", error);
}

/* Whether @state lets an access happen; nothing is recorded or remembered. */
static gboolean
state_allows (DmcPolicyState *state, const char *subject, const char *object, const char *class_name, const char *permission)
{
  g_autoptr (JsonObject) access
      = dmc_json_object ("subject:s", subject, "object:s", object, "class:s", class_name,
                         "permission:s", permission, NULL);
  struct pol_request request;

  return !dmc_policy_document_get_enforcing (dmc_policy_state_get_document (state))
         || (dmc_policy_state_resolve (state, access, "", &request, NULL)
             && pol_query (dmc_policy_state_get_engine (state), &request, NULL));
}

gboolean
dmc_policy_service_allows (DmcPolicyService *self,
                           const char *subject,
                           const char *object,
                           const char *class_name,
                           const char *permission)
{
  return state_allows (self->state, subject, object, class_name, permission);
}

/* (nullable): NULL where volumes are not asked about */
static const char *
volume_label (const DmcPolicyDocument *document, const char *path, const char *kind)
{
  const DmcPolicyContexts *contexts = dmc_policy_document_get_contexts (document);
  const char *label
      = contexts != NULL ? dmc_policy_contexts_find_volume (contexts, path, kind) : NULL;

  if (label == NULL
      && dmc_policy_names_find (dmc_policy_document_get_objects (document), DMC_POLICY_OBJECT_VOLUME) >= 0)
    label = DMC_POLICY_OBJECT_VOLUME;
  return label;
}

gboolean
dmc_policy_service_check_volume (DmcPolicyService *self,
                                 const char *path,
                                 const char *kind,
                                 const char *permission,
                                 GError **error)
{
  const char *label = volume_label (loaded_document (self), path, kind);

  return label == NULL
         || dmc_policy_service_check (self, DMC_POLICY_SUBJECT_USER, label, "storage", permission,
                                      error);
}

gboolean
dmc_policy_service_allows_volume (DmcPolicyService *self,
                                  const char *path,
                                  const char *kind,
                                  const char *permission)
{
  const char *label = volume_label (loaded_document (self), path, kind);

  return label == NULL
         || dmc_policy_service_allows (self, DMC_POLICY_SUBJECT_USER, label, "storage", permission);
}

gboolean
dmc_policy_service_would_allow_volume (DmcPolicyService *self,
                                       DmcPolicyDocument *document,
                                       const char *path,
                                       const char *kind,
                                       const char *permission)
{
  const char *label = volume_label (document, path, kind);
  g_autoptr (DmcPolicyState) state = dmc_policy_state_new (document);

  dmc_policy_state_carry_over (state, self->state);
  return label == NULL || state_allows (state, DMC_POLICY_SUBJECT_USER, label, "storage", permission);
}

char *
dmc_policy_service_app_label (DmcPolicyService *self, const char *app_id)
{
  g_autofree char *label = g_strconcat ("app:", app_id, NULL);

  if (app_id != NULL
      && dmc_policy_names_find (dmc_policy_document_get_objects (loaded_document (self)), label)
             >= 0)
    return g_steal_pointer (&label);
  return g_strdup (DMC_POLICY_OBJECT_APP);
}

void
dmc_policy_service_set_audit_allowed (DmcPolicyService *self, gboolean audit_allowed)
{
  self->audit_allowed = audit_allowed;
}

void
dmc_policy_service_set_revoke_func (DmcPolicyService *self,
                                    DmcPolicyPreviewFunc preview,
                                    DmcPolicyRevokeFunc func,
                                    gpointer user_data,
                                    GDestroyNotify destroy)
{
  if (self->revoke_destroy != NULL)
    self->revoke_destroy (self->revoke_data);
  self->preview = preview;
  self->revoke = func;
  self->revoke_data = user_data;
  self->revoke_destroy = destroy;
}

static void
dmc_policy_service_finalize (GObject *object)
{
  DmcPolicyService *self = DMC_POLICY_SERVICE (object);

  dmc_policy_service_set_revoke_func (self, NULL, NULL, NULL, NULL);
  g_clear_pointer (&self->state, dmc_policy_state_free);
  g_clear_pointer (&self->audit, dmc_audit_log_free);
  g_clear_pointer (&self->policy_file, g_free);
  G_OBJECT_CLASS (dmc_policy_service_parent_class)->finalize (object);
}

static void
dmc_policy_service_class_init (DmcPolicyServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = dmc_policy_service_finalize;
}

static void
dmc_policy_service_init (DmcPolicyService *self)
{
  self->audit = dmc_audit_log_new ();
}

static void
add_methods (DmcPolicyService *self)
{
  static const struct {
    const char *name;
    DmcMethodFunc func;
  } methods[] = {
    { "policy.get", handle_get },           { "policy.validate", handle_validate },
    { "policy.load", handle_load },         { "policy.check", handle_check },
    { "policy.simulate", handle_simulate }, { "audit.list", handle_audit_list },
  };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    dmc_server_add_method (self->server, methods[i].name, methods[i].func, g_object_ref (self),
                           g_object_unref);
  dmc_server_add_topic (self->server, "audit", FALSE, NULL, NULL, NULL);
}

DmcPolicyService *
dmc_policy_service_new (DmcServer *server, const char *policy_file, GError **error)
{
  g_autoptr (DmcPolicyService) self = g_object_new (DMC_TYPE_POLICY_SERVICE, NULL);
  g_autoptr (DmcPolicyDocument) document = dmc_policy_store_read (policy_file, error);

  if (document == NULL)
    return NULL;
  self->server = server;
  self->policy_file = g_strdup (policy_file);
  self->state = dmc_policy_state_new (document);
  self->loaded_us = g_get_real_time ();
  add_methods (self);
  return g_steal_pointer (&self);
}
