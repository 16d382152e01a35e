/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy means for what runs: what policy.load takes back, or would take back. */
#include "agent/service.h"
#include "rpc/json.h"

static JsonArray *
preview (DmcPolicyService *service, DmcPolicyDocument *document, gpointer data)
{
  AgentService *self = data;
  g_autoptr (GPtrArray) workspaces = agent_store_list (self->store);
  JsonArray *effects = json_array_new ();

  for (guint i = 0; i < workspaces->len; i++) {
    AgentMediator *mediator = agent_workspace_get_mediator (g_ptr_array_index (workspaces, i));
    g_autoptr (JsonArray) some = mediator != NULL ? agent_mediator_preview (mediator, document) : NULL;

    for (guint k = 0; some != NULL && k < json_array_get_length (some); k++)
      json_array_add_object_element (effects, json_object_ref (json_array_get_object_element (some, k)));
  }
  return effects;
}

/* --- taking back ---------------------------------------------------------------------------------------- */

typedef struct {
  guint pending;
  gssize revoked;
} Revoking;

static void
one_less (GTask *task, gssize revoked)
{
  Revoking *revoking = g_task_get_task_data (task);

  revoking->revoked += revoked;
  if (--revoking->pending == 0)
    g_task_return_int (task, revoking->revoked);
  g_object_unref (task);
}

static void
on_revoked (GObject *source, GAsyncResult *result, gpointer data)
{
  gssize revoked = g_task_propagate_int (G_TASK (result), NULL);

  one_less (data, MAX (0, revoked));
}

static void
take_back (DmcPolicyService *service, GAsyncReadyCallback callback, gpointer callback_data, gpointer data)
{
  AgentService *self = data;
  GTask *task = g_task_new (service, NULL, callback, callback_data);
  g_autoptr (GPtrArray) workspaces = agent_store_list (self->store);
  Revoking *revoking = g_new0 (Revoking, 1);

  revoking->pending = 1;
  g_task_set_source_tag (task, take_back);
  g_task_set_task_data (task, revoking, g_free);
  for (guint i = 0; i < workspaces->len; i++) {
    AgentMediator *mediator = agent_workspace_get_mediator (g_ptr_array_index (workspaces, i));

    if (mediator == NULL)
      continue;
    revoking->pending++;
    agent_mediator_revoke_async (mediator, on_revoked, g_object_ref (task));
  }
  one_less (task, 0);
  agent_events_reset_apps (self); /* they may have other labels */
}

/* --- the resource guard --------------------------------------------------------------------------------- */

static void
guard_get (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  g_autoptr (GPtrArray) workspaces = agent_store_list (self->store);
  JsonObject *answer = agent_guard_describe (self->guard);
  JsonArray *apps = json_array_new ();

  for (guint i = 0; i < workspaces->len; i++) {
    AgentMediator *mediator = agent_workspace_get_mediator (g_ptr_array_index (workspaces, i));
    g_autoptr (JsonArray) some = mediator != NULL ? agent_mediator_usage (mediator) : NULL;

    for (guint k = 0; some != NULL && k < json_array_get_length (some); k++)
      json_array_add_object_element (apps, json_object_ref (json_array_get_object_element (some, k)));
  }
  json_object_set_array_member (answer, "apps", apps);
  dmc_request_reply (request, dmc_json_take_object (answer));
}

static void
guard_set (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = agent_store_lookup (self->store, dmc_json_get_string (params, "workspace", ""), &error);
  AgentMediator *mediator = workspace != NULL ? agent_workspace_get_mediator (workspace) : NULL;
  JsonObject *usage = NULL;

  if (workspace != NULL && mediator == NULL)
    error = dmc_error_new (DMC_ERROR_NOT_FOUND, "“guard.get” lists those that have one.",
                           "No program with a budget runs in the workspace.");
  else if (mediator != NULL && g_str_equal (agent_guard_get_backend (self->guard), "rlimit"))
    error = dmc_error_new (DMC_ERROR_UNSUPPORTED, "Change the budget of the label in the policy: it holds from the next start on.",
                           "Without control groups the budget of a program that runs cannot be changed.");
  else if (mediator != NULL)
    usage = agent_mediator_set_budget (mediator, dmc_json_get_int (params, "pid", -1), params, &error);
  if (usage == NULL)
    dmc_request_fail (request, error);
  else
    dmc_request_reply (request, dmc_json_take_object (usage));
}

void
methods_policy_add (AgentService *self)
{
  static const AgentMethod methods[] = { { "guard.get", guard_get }, { "guard.set", guard_set } };

  agent_service_add_methods (self, methods, G_N_ELEMENTS (methods));
  dmc_policy_service_set_revoke_func (self->policy, preview, take_back, self, NULL);
}
