/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/install-bundle.h"

#include "agent/app-actions.h"
#include "agent/app-json.h"
#include "agent/bundle-live.h"
#include "agent/bundle-work.h"
#include "agent/package-work.h"
#include "agent/workspace-apps.h"
#include "apps/app-record.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "rpc/job.h"

typedef struct {
  AgentService *service;
  AgentWorkspace *workspace;
  DmcView *view;
  DmcJob *job;
  JsonNode *result;
  gboolean streamed;
  gboolean mounted; /* removed: as a layer of the view, which keeps it until the next opening */
  GError *error;
} Work;

static void
work_free (Work *self)
{
  package_work_release (self->workspace);
  g_clear_pointer (&self->result, json_node_unref);
  g_clear_error (&self->error);
  g_object_unref (self->view);
  g_object_unref (self->workspace);
  g_object_unref (self->job);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Work, work_free)

static Work *
work_new (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, const char *kind)
{
  Work *self = g_new0 (Work, 1);

  self->service = service;
  self->workspace = g_object_ref (workspace);
  self->view = g_object_ref (agent_workspace_get_view (workspace));
  self->job = dmc_job_new (service->server, kind);
  dmc_request_reply (request, dmc_job_to_reply (self->job));
  return self;
}

static const char *
key_of (Work *self)
{
  return dmc_json_get_string (json_node_get_object (self->result), "id", "");
}

static void
finish (Work *self, gboolean at_next_opening)
{
  json_object_set_boolean_member (json_node_get_object (self->result), "at_next_opening", at_next_opening);
  agent_events_reset_apps (self->service);
  agent_workspace_changed (self->workspace);
  dmc_job_done (self->job, g_steal_pointer (&self->result));
}

/* --- install ----------------------------------------------------------------------------------------------- */

/* The menu entries that came with it. */
static JsonArray *
apps_of (Work *self, GPtrArray *catalog, GArray *infos)
{
  RootDir root = { .fd = dmc_view_get_root_fd (self->view), .home_fd = -1 };
  g_autoptr (GPtrArray) records = app_records_read (&root);
  AppRecord *record = app_records_find (records, key_of (self));
  JsonArray *apps = json_array_new ();

  for (guint i = 0; record != NULL && i < catalog->len; i++) {
    DesktopEntry *entry = g_ptr_array_index (catalog, i);

    if (!entry->hidden && app_records_owner (records, entry->path) == record)
      json_array_add_element (apps, app_to_json (self->service, self->workspace, entry, infos));
  }
  return apps;
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Work) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) catalog = workspace_apps_finish (self->workspace, result, &error);
  g_autoptr (GArray) infos = catalog != NULL ? process_table_read (agent_workspace_get_processes (self->workspace), &error) : NULL;

  if (infos != NULL)
    json_object_set_array_member (json_node_get_object (self->result), "apps", apps_of (self, catalog, infos));
  finish (self, FALSE);
}

static void
on_given_up (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Work) self = data;

  bundle_drop_finish (result, NULL);
  dmc_job_fail (self->job, g_steal_pointer (&self->error));
}

/* It does not want to be here: so it is not. */
static void
on_taken_back (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *self = data;

  bundle_live_detach_finish (result, NULL);
  bundle_drop_async (self->workspace, key_of (self), on_given_up, self);
}

static void
on_begun (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *self = data;

  if (app_actions_finish (result, &self->error)) {
    agent_events_reset_apps (self->service);
    workspace_apps_async (self->service, self->workspace, NULL, on_listed, self);
    return;
  }
  app_actions_forget (self->workspace, key_of (self));
  bundle_live_detach_async (self->view, agent_workspace_get_vault (self->workspace), key_of (self), on_taken_back, self);
}

/* What cannot be mounted is of no use, unless it is a whole bundle that may well be a layer at the next opening. */
static void
on_attached (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *self = data;

  if (bundle_live_attach_finish (result, &self->error)) {
    app_actions_add_async (self->workspace, key_of (self), dmc_job_get_cancellable (self->job), on_begun, self);
  } else if (self->streamed || g_error_matches (self->error, DMC_ERROR, DMC_ERROR_INTEGRITY)) {
    bundle_drop_async (self->workspace, key_of (self), on_given_up, self);
  } else {
    g_message ("The bundle “%s” waits for the next opening: %s", key_of (self), self->error->message);
    finish (self, TRUE);
    work_free (self);
  }
}

static void
attach (Work *self, JsonNode *bundle, GError *error)
{
  if (bundle != NULL && !agent_workspace_require_open (self->workspace, &error))
    g_clear_pointer (&bundle, json_node_unref);
  if (bundle == NULL) {
    dmc_job_fail (self->job, error);
    work_free (self);
    return;
  }
  self->result = bundle;
  agent_mediator_set_own_label (agent_workspace_get_mediator (self->workspace), key_of (self),
                                dmc_json_get_string (json_node_get_object (bundle), "subject", NULL));
  dmc_job_set_progress (self->job, 0.95, "Mounting it");
  bundle_live_attach_async (self->view, agent_workspace_get_vault (self->workspace), key_of (self), NULL, on_attached, self);
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  JsonNode *bundle = bundle_add_finish (result, &error);

  attach (data, bundle, error);
}

void
install_bundle_file (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, int file, const BundleOrder *order)
{
  Work *self = work_new (service, workspace, request, "app.install");

  dmc_job_set_progress (self->job, 0.1, "Checking the bundle");
  bundle_add_async (workspace, file, order->trust, order->policy, order->label, dmc_job_get_cancellable (self->job), on_added, self);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  JsonNode *bundle = bundle_fetch_finish (result, &error);

  attach (data, bundle, error);
}

void
install_bundle_url (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, const BundleOrder *order)
{
  Work *self = work_new (service, workspace, request, "app.install");

  self->streamed = order->stream;
  dmc_job_set_progress (self->job, 0, "Asking the server for the bundle");
  bundle_fetch_async (workspace, order, self->job, on_fetched, self);
}

/* --- pin --------------------------------------------------------------------------------------------------- */

static void
on_pinned (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Work) self = data;
  GError *error = NULL;
  JsonNode *pinned = bundle_pin_finish (result, &error);

  if (pinned == NULL) {
    agent_events_reset_apps (self->service); /* it has more of it than before */
    dmc_job_fail (self->job, error);
    return;
  }
  agent_events_reset_apps (self->service);
  agent_workspace_changed (self->workspace);
  dmc_job_done (self->job, pinned);
}

void
install_bundle_pin (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, const char *key)
{
  Work *self = work_new (service, workspace, request, "app.pin");

  bundle_pin_async (workspace, key, self->job, on_pinned, self);
}

/* --- remove ------------------------------------------------------------------------------------------------ */

static void
on_dropped (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Work) self = data;
  GError *error = NULL;

  if (bundle_drop_finish (result, &error))
    finish (self, self->mounted);
  else
    dmc_job_fail (self->job, error);
}

static void
on_detached (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *self = data;
  GError *error = NULL;

  if (bundle_live_detach_finish (result, &error)) {
    bundle_drop_async (self->workspace, key_of (self), on_dropped, self);
    return;
  }
  dmc_job_fail (self->job, error);
  work_free (self);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  Work *self = data;
  GError *error = NULL;

  if (!app_actions_finish (result, &error)) { /* cancelled: it stays */
    dmc_job_fail (self->job, error);
    work_free (self);
    return;
  }
  app_actions_forget (self->workspace, key_of (self));
  if (bundle_live_has (self->view, key_of (self))) {
    bundle_live_detach_async (self->view, agent_workspace_get_vault (self->workspace), key_of (self), on_detached, self);
    return;
  }
  self->mounted = TRUE;
  bundle_drop_async (self->workspace, key_of (self), on_dropped, self);
}

void
install_bundle_remove (AgentService *service, AgentWorkspace *workspace, DmcRequest *request, const char *key)
{
  Work *self = work_new (service, workspace, request, "app.remove");

  self->result = dmc_json_node ("id:s", key, NULL);
  app_actions_end_async (workspace, key, ACTION_APP | ACTION_HOST | ACTION_DEVICE, dmc_job_get_cancellable (self->job), on_ended, self);
}
