/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy means for what runs: what policy.load takes back, or would take back. */
#include "agent/service.h"
#include "rpc/json.h"

/* --- volumes -------------------------------------------------------------------------------------------- */

static gboolean
may_stay (AgentService *self, DmcPolicyDocument *document, AgentWorkspace *workspace)
{
  return methods_storage_would (self, document, agent_workspace_get_path (workspace), "attach");
}

/* Closes a workspace whose volume may not be attached any more; the refusal is recorded. Returns: whether it was closed */
static gboolean
close_unless_allowed (AgentService *self, AgentWorkspace *workspace)
{
  g_autoptr (GError) error = NULL;

  if (agent_workspace_get_state (workspace) != WORKSPACE_OPEN
      || may_stay (self, dmc_policy_service_get_document (self->policy), workspace)
      || methods_storage_may (self, agent_workspace_get_path (workspace), "attach", NULL))
    return FALSE;
  if (methods_workspace_close (self, workspace, &error))
    return TRUE;
  g_warning ("The workspace “%s” cannot be closed: %s", agent_workspace_get_name (workspace), error->message);
  return FALSE;
}

typedef struct {
  AgentService *service;
  AgentWorkspace *workspace;
  gulong handler;
} Opened;

static void
opened_free (gpointer data)
{
  Opened *self = data;

  g_object_unref (self->workspace);
  g_free (self);
}

static gboolean
on_settled (gpointer data)
{
  Opened *self = data;

  close_unless_allowed (self->service, self->workspace);
  return G_SOURCE_REMOVE;
}

static void
on_changed (AgentWorkspace *workspace, Opened *self)
{
  if (agent_workspace_get_state (workspace) == WORKSPACE_OPENING)
    return;
  g_signal_handler_disconnect (workspace, self->handler);
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, on_settled, self, opened_free); /* whoever has opened it does its last step first */
}

/* One that is just being opened was asked about before the policy that holds now. */
static void
ask_when_open (AgentService *self, AgentWorkspace *workspace)
{
  Opened *opened = g_new0 (Opened, 1);

  opened->service = self;
  opened->workspace = g_object_ref (workspace);
  opened->handler = g_signal_connect (workspace, "changed", G_CALLBACK (on_changed), opened);
}

/* --- beforehand ----------------------------------------------------------------------------------------- */

static JsonArray *
preview (DmcPolicyService *service, DmcPolicyDocument *document, gpointer data)
{
  AgentService *self = data;
  g_autoptr (GPtrArray) workspaces = agent_store_list (self->store);
  JsonArray *effects = json_array_new ();

  for (guint i = 0; i < workspaces->len; i++) {
    AgentWorkspace *workspace = g_ptr_array_index (workspaces, i);
    AgentMediator *mediator = agent_workspace_get_mediator (workspace);
    g_autoptr (JsonArray) some = NULL;

    if (agent_workspace_get_state (workspace) == WORKSPACE_OPEN && !may_stay (self, document, workspace)) {
      json_array_add_object_element (effects, dmc_json_object ("workspace:s", agent_workspace_get_id (workspace), "effect:s", "close",
                                                               "target:s", agent_workspace_get_name (workspace), "reason:s",
                                                               "its volume may not be attached any more", NULL));
      continue; /* with all that runs in it */
    }
    some = mediator != NULL ? agent_mediator_preview (mediator, document) : NULL;
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
    AgentWorkspace *workspace = g_ptr_array_index (workspaces, i);
    AgentMediator *mediator = agent_workspace_get_mediator (workspace);

    if (agent_workspace_get_state (workspace) == WORKSPACE_OPENING)
      ask_when_open (self, workspace);
    if (close_unless_allowed (self, workspace)) {
      revoking->revoked++;
      continue; /* its programs end with it */
    }
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
