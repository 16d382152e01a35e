/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "agent/host-check.h"
#include "agent/service.h"
#include "agent/workspace-close.h"
#include "agent/workspace-create.h"
#include "agent/workspace-destroy.h"
#include "agent/workspace-passwd.h"
#include "agent/workspace-open.h"
#include "agent/workspace-suspend.h"
#include "rpc/error.h"
#include "rpc/job.h"
#include "rpc/json.h"

/* How long programs may take to save and to end when their workspace is closed. */
#define CLOSE_GRACE_MS 5000

/* The passphrase leaves the message for locked memory before anything else happens. */
static DmcPassphrase *
take_secret (JsonObject *params, const char *member)
{
  DmcPassphrase *secret = dmc_passphrase_new (dmc_json_get_string (params, member, ""));

  dmc_json_wipe_string (params, member);
  return secret;
}

static DmcPassphrase *
take_passphrase (JsonObject *params)
{
  return take_secret (params, "passphrase");
}

static void
start_job (AgentService *self, DmcRequest *request, const char *kind, DmcJob **job)
{
  *job = dmc_job_new (self->server, kind);
  dmc_request_reply (request, dmc_job_to_reply (*job));
}

/* --- list, check ---------------------------------------------------------------------------------------- */

typedef struct {
  AgentService *service;
  DmcRequest *request;
} ListCall;

static void
on_refreshed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree ListCall *call = data;
  g_autoptr (DmcRequest) request = call->request;
  g_autoptr (GPtrArray) list = agent_store_list (call->service->store);
  JsonArray *workspaces = json_array_new ();

  for (guint i = 0; i < list->len; i++)
    json_array_add_element (workspaces, agent_workspace_to_json (g_ptr_array_index (list, i)));
  dmc_request_reply (request, dmc_json_node ("workspaces:a", workspaces, NULL));
}

static void
workspace_list (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  ListCall *call = g_new0 (ListCall, 1);

  call->service = self;
  call->request = g_object_ref (request);
  agent_store_refresh_async (self->store, NULL, FALSE, on_refreshed, call);
}

static AgentWorkspace *
lookup (AgentService *self, JsonObject *params, GError **error)
{
  return agent_store_lookup (self->store, dmc_json_get_string (params, "id", ""), error);
}

static void
on_host_checked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (DmcRequest) request = data;

  dmc_request_reply (request, host_check_finish (AGENT_WORKSPACE (source), result));
}

static void
workspace_check (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = lookup (self, params, &error);

  if (workspace == NULL)
    dmc_request_fail (request, error);
  else
    host_check_async (workspace, self->helper_socket, on_host_checked, g_object_ref (request));
}

/* --- what a person types ------------------------------------------------------------------------------- */

static gboolean
bad_params (GError **error, const char *member, const char *what)
{
  g_propagate_error (error, dmc_error_new_param (member, NULL, "%s", what));
  return FALSE;
}

/* A user's name is a folder's name below /home, and is joined to the passphrase by a colon. */
static gboolean
check_user (JsonObject *params, GError **error)
{
  const char *user = dmc_json_get_string (params, "user", "");

  if (!workspace_name_is_clean (user))
    return bad_params (error, "user", "must be one line that is not blank and has no control characters");
  if (user[0] == '.' || strpbrk (user, "/:") != NULL)
    return bad_params (error, "user", "must not begin with a dot nor contain a slash or a colon");
  return TRUE;
}

static gboolean
check_name (JsonObject *params, GError **error)
{
  return workspace_name_is_clean (dmc_json_get_string (params, "name", "")) ||
         bad_params (error, "name", "must be one line that is not blank and has no control characters");
}

/* --- the helper ----------------------------------------------------------------------------------------- */

/* A connection of its own for each workspace; where there is none, an opening may wait for it, or goes on in the reduced mode. */
static DmcHelper *
connect_helper (AgentService *self)
{
  g_autoptr (GError) error = NULL;
  DmcHelper *helper = helper_finder_connect (self->helpers, &error);

  if (helper == NULL)
    g_message ("Going on without the helper: %s", error->message);
  return helper;
}

/* Only the helper may mount a base system. */
static gboolean
has_base_mounter (const WorkspaceFile *file, DmcHelper *helper, GError **error)
{
  if (helper != NULL || !workspace_file_is_isolated (file))
    return TRUE;
  helper_finder_set_missing (TRUE, error);
  return FALSE;
}

/* --- create --------------------------------------------------------------------------------------------- */

static gboolean
take_settings (WorkspaceFile *file, JsonObject *settings, GError **error)
{
  return settings == NULL || workspace_settings_merge (file->settings, settings, error);
}

static void
workspace_create_method (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  g_autoptr (DmcPassphrase) passphrase = take_passphrase (params);
  GError *error = NULL;
  gboolean ok = check_name (params, &error) && check_user (params, &error);
  g_autofree char *path = ok ? workspace_path_check (dmc_json_get_string (params, "path", ""), &error) : NULL;
  g_autoptr (WorkspaceFile) file = workspace_file_new (dmc_json_get_string (params, "name", ""),
                                                       dmc_json_get_string (params, "mode", "shared"),
                                                       dmc_json_get_string (params, "vault", "luks"),
                                                       dmc_json_get_int (params, "size_bytes", 0));
  g_autoptr (DmcHelper) helper = NULL;
  g_autoptr (DmcJob) job = NULL;

  ok = path != NULL && take_settings (file, dmc_json_get_object (params, "settings"), &error)
       && methods_storage_may (self, path, "write", &error) && workspace_create_check (path, file, &error);
  if (ok && workspace_file_is_isolated (file)) {
    helper = connect_helper (self);
    ok = has_base_mounter (file, helper, &error);
  }
  ok = ok && share_consent_give (self->shares, file, &error);
  if (!ok) {
    dmc_request_fail (request, error);
    return;
  }
  start_job (self, request, "workspace.create", &job);
  workspace_create (self->store, g_steal_pointer (&helper), path, file, dmc_json_get_string (params, "user", ""),
                    passphrase, job);
}

/* Whether the client itself says what shall be at which path. */
static gboolean
has_paths (JsonObject *params)
{
  JsonObject *settings = dmc_json_get_object (params, "settings");

  return settings != NULL && json_object_has_member (settings, "paths");
}

static void
workspace_set_method (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = lookup (self, params, &error);
  gboolean named = json_object_has_member (params, "name");

  if (workspace == NULL || (named && !check_name (params, &error))
      || !agent_workspace_configure (workspace, dmc_json_get_string (params, "name", NULL), dmc_json_get_object (params, "settings"),
                                     &error)
      || (has_paths (params) && !share_consent_give (self->shares, agent_workspace_get_file (workspace), &error)))
    dmc_request_fail (request, error);
  else
    dmc_request_reply (request, agent_workspace_to_json (workspace));
}

/* --- open ----------------------------------------------------------------------------------------------- */

/* The workspace's settings with those that hold for this opening only. */
static WorkspaceSettings *
take_open_settings (AgentService *self, AgentWorkspace *workspace, JsonObject *params, GError **error)
{
  JsonObject *changes = dmc_json_get_object (params, "settings");
  const WorkspaceFile *file = agent_workspace_get_file (workspace);
  g_autoptr (WorkspaceSettings) settings = workspace_settings_copy (file->settings);

  if (dmc_json_get_boolean (params, "trust_shares", FALSE) && !share_consent_give (self->shares, file, error))
    return NULL;
  if (!has_paths (params) && !share_consent_require (self->shares, file, error))
    return NULL;
  if (changes != NULL && !workspace_settings_merge (settings, changes, error))
    return NULL;
  return g_steal_pointer (&settings);
}

/* Windows of several owners on one X server read each other's clipboard, and nothing can come between. */
static gboolean
check_seamless (const WorkspaceSettings *settings, GError **error)
{
  gboolean forbidden = (settings->switches & WORKSPACE_DISPLAY) == 0;

  if (!forbidden && settings->clipboard == WORKSPACE_CLIPBOARD_BOTH)
    return TRUE;
  if (error == NULL)
    return FALSE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_STATE, "Open it on a desktop of its own, or change its settings.",
                                           forbidden ? "The workspace's settings keep it off this host's display."
                                                     : "The workspace's settings restrict the clipboard, which windows on this "
                                                       "host's display would share."));
  dmc_error_set_data (*error, "state", json_node_init_string (json_node_alloc (), forbidden ? "no-display" : "clipboard"));
  return FALSE;
}

/* What the user asked for in "display", against what there is. */
static gboolean
take_display (JsonObject *params, const WorkspaceSettings *settings, WorkspaceShown *shown, gboolean *desktop, GError **error)
{
  const char *wanted = dmc_json_get_string (params, "display", NULL);
  const char *here = g_getenv ("DISPLAY");
  gboolean has_display = here != NULL && here[0] != '\0';

  shown->host = wanted == NULL ? has_display && check_seamless (settings, NULL) : g_str_equal (wanted, "seamless");
  shown->dpi = (guint) dmc_json_get_int (params, "dpi", AGENT_SESSION_DPI);
  *desktop = g_strcmp0 (wanted, "desktop") == 0;
  if (shown->host && !check_seamless (settings, error))
    return FALSE;
  if (shown->host && !has_display) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED,
                                             "Start the agent from a graphical session, or open with the display “none”.",
                                             "There is no display that apps could show windows on."));
    dmc_error_set_data (*error, "needs", json_node_init_string (json_node_alloc (), "display"));
    return FALSE;
  }
  return TRUE;
}

/* Either of "id" and "path" names the workspace; a path may be one that nobody has seen before. */
static AgentWorkspace *
take_workspace (AgentService *self, JsonObject *params, GError **error)
{
  const char *id = dmc_json_get_string (params, "id", NULL);
  const char *path = dmc_json_get_string (params, "path", NULL);

  if ((id == NULL) == (path == NULL)) {
    g_propagate_error (error, dmc_error_new_param ("id", NULL, "give exactly one of id and path"));
    return NULL;
  }
  if (id != NULL)
    return agent_store_lookup (self->store, id, error);

  g_autofree char *folder = workspace_path_check (path, error);
  g_autoptr (WorkspaceFile) file = folder != NULL ? workspace_file_load (folder, error) : NULL;
  if (file == NULL)
    return NULL;
  AgentWorkspace *known = agent_store_lookup (self->store, file->id, NULL);
  gboolean in_use = known != NULL && !agent_workspace_is_at_rest (known) &&
                    agent_workspace_get_state (known) != WORKSPACE_LOST;
  return in_use ? known : agent_store_adopt (self->store, folder, file);
}

/* Looks at the medium again: what was there at the last look may be gone or damaged now. */
static gboolean
is_usable (AgentWorkspace *workspace, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (!agent_workspace_is_at_rest (workspace) &&
      agent_workspace_get_state (workspace) != WORKSPACE_LOST)
    return TRUE; /* the state machine has the say */

  const char *path = agent_workspace_get_path (workspace);
  g_autoptr (WorkspaceFile) file = workspace_file_load (path, &local);
  if (file != NULL && !g_str_equal (file->id, agent_workspace_get_id (workspace)))
    local = dmc_error_new (DMC_ERROR_INTEGRITY, "Look again with storage.scan.",
                           "In “%s” there is another workspace now.", path);
  if (local != NULL) {
    agent_workspace_lost (workspace, local->message);
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  agent_workspace_found (workspace, path, file);
  return TRUE;
}

/* A part of the id is enough to tell open workspaces apart, and leaves room in a socket's path. */
static char *
desktop_address (AgentService *self, AgentWorkspace *workspace)
{
  g_autofree char *name = g_strdup_printf ("desktop-%.8s.sock", agent_workspace_get_id (workspace));

  return g_build_filename (self->runtime_dir, name, NULL);
}

static HostTraces *
look_at_host (AgentService *self, AgentWorkspace *workspace)
{
  return host_traces_new (agent_workspace_get_path (workspace), agent_workspace_get_id (workspace), self->runtime_dir, self->guard);
}

static void
workspace_open_method (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  g_autoptr (DmcPassphrase) passphrase = take_passphrase (params);
  GError *error = NULL;
  AgentWorkspace *workspace = check_user (params, &error) ? take_workspace (self, params, &error) : NULL;
  g_autoptr (DmcHelper) helper = NULL;
  g_autofree char *address = NULL;
  g_autoptr (WorkspaceSettings) settings = NULL;
  WorkspaceShown shown = { 0 };
  gboolean desktop = FALSE, force = dmc_json_get_boolean (params, "force", FALSE), ok;
  g_autoptr (DmcJob) job = NULL;

  ok = workspace != NULL && is_usable (workspace, &error)
       && methods_storage_may (self, agent_workspace_get_path (workspace), "attach", &error)
       && (settings = take_open_settings (self, workspace, params, &error)) != NULL
       && take_display (params, settings, &shown, &desktop, &error) && (force || agent_workspace_require_not_suspended (workspace, &error));
  if (ok) {
    helper = connect_helper (self);
    ok = (helper_finder_expects (self->helpers) || has_base_mounter (agent_workspace_get_file (workspace), helper, &error))
         && agent_workspace_step (workspace, WORKSPACE_EVENT_OPEN, &error);
  }
  if (!ok) {
    dmc_request_fail (request, error);
    return;
  }
  if (desktop)
    shown.address = address = desktop_address (self, workspace);
  start_job (self, request, "workspace.open", &job);
  workspace_open (workspace, g_steal_pointer (&helper), self->helpers, dmc_json_get_string (params, "user", ""), passphrase, self->policy,
                  self->guard, force ? WORKSPACE_OPEN_FORCE : WORKSPACE_OPEN_COLD, g_steal_pointer (&settings),
                  look_at_host (self, workspace), &shown, job);
}

/* --- suspend, resume -------------------------------------------------------------------------------------- */

static void
workspace_suspend_check_method (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = lookup (self, params, &error);

  if (workspace == NULL || !workspace_suspend_require (workspace, &error))
    dmc_request_fail (request, error);
  else
    workspace_suspend_check (workspace, request);
}

static void
workspace_suspend_method (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = lookup (self, params, &error);
  g_autoptr (DmcJob) job = NULL;

  if (workspace == NULL || !workspace_suspend_require (workspace, &error)
      || !agent_workspace_step (workspace, WORKSPACE_EVENT_SUSPEND, &error)) {
    dmc_request_fail (request, error);
    return;
  }
  start_job (self, request, "workspace.suspend", &job);
  workspace_suspend (workspace, dmc_json_get_boolean (params, "anywhere", FALSE), job);
}

/* Only the helper may restore, and only a workspace that waits can be resumed. */
static gboolean
can_resume (AgentWorkspace *workspace, gboolean helped, GError **error)
{
  if (!helped) {
    helper_finder_set_missing (FALSE, error);
    return FALSE;
  }
  if (agent_workspace_get_state (workspace) == WORKSPACE_CLOSED) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_STATE, "Open it.", "Nothing is suspended in the workspace “%s”.",
                                             agent_workspace_get_name (workspace)));
    dmc_error_set_data (*error, "state", json_node_init_string (json_node_alloc (), "closed"));
    return FALSE;
  }
  return agent_workspace_step (workspace, WORKSPACE_EVENT_OPEN, error);
}

static void
workspace_resume_method (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  g_autoptr (DmcPassphrase) passphrase = take_passphrase (params);
  GError *error = NULL;
  AgentWorkspace *workspace = check_user (params, &error) ? take_workspace (self, params, &error) : NULL;
  g_autoptr (DmcHelper) helper = NULL;
  g_autofree char *address = NULL;
  WorkspaceShown shown = { .dpi = (guint) dmc_json_get_int (params, "dpi", 0) }; /* or as it was */
  g_autoptr (DmcJob) job = NULL;
  g_autoptr (WorkspaceSettings) settings = NULL;
  gboolean ok = workspace != NULL && is_usable (workspace, &error)
                && methods_storage_may (self, agent_workspace_get_path (workspace), "attach", &error)
                && (settings = take_open_settings (self, workspace, params, &error)) != NULL;

  if (ok) {
    helper = connect_helper (self);
    ok = can_resume (workspace, helper != NULL || helper_finder_expects (self->helpers), &error);
  }
  if (!ok) {
    dmc_request_fail (request, error);
    return;
  }
  shown.address = address = desktop_address (self, workspace);
  start_job (self, request, "workspace.resume", &job);
  workspace_open (workspace, g_steal_pointer (&helper), self->helpers, dmc_json_get_string (params, "user", ""), passphrase, self->policy,
                  self->guard, WORKSPACE_OPEN_RESUME, g_steal_pointer (&settings),
                  look_at_host (self, workspace), &shown, job);
}

/* --- close, passwd, destroy --------------------------------------------------------------------------------------- */

static void
on_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (DmcJob) job = data;
  GError *error = NULL;
  JsonNode *node = workspace_close_finish (result, &error);

  if (node != NULL)
    dmc_job_done (job, node);
  else
    dmc_job_fail (job, error);
}

/* Returns: (transfer none) (nullable): the job, which goes on by itself */
static DmcJob *
begin_to_close (AgentService *self, AgentWorkspace *workspace, GError **error)
{
  DmcJob *job;

  if (!agent_workspace_step (workspace, WORKSPACE_EVENT_CLOSE, error))
    return NULL;
  job = dmc_job_new (self->server, "workspace.close");
  workspace_close_async (workspace, CLOSE_GRACE_MS, job, on_closed, job);
  return job;
}

/**
 * methods_workspace_close:
 * @self: the agent
 * @workspace: one that is open
 * @error: %DMC_ERROR_STATE
 *
 * Begins to close a workspace without having been asked to; a job tells how far it is.
 *
 * Returns: whether it was open
 */
gboolean
methods_workspace_close (AgentService *self, AgentWorkspace *workspace, GError **error)
{
  return begin_to_close (self, workspace, error) != NULL;
}

static void
workspace_close_method (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = lookup (self, params, &error);
  DmcJob *job = workspace != NULL ? begin_to_close (self, workspace, &error) : NULL;

  if (job == NULL)
    dmc_request_fail (request, error);
  else
    dmc_request_reply (request, dmc_job_to_reply (job));
}

/* Begins a job on a workspace that nobody else uses, which takes it as opening does; NULL after an error that was answered. */
static DmcJob *
begin_change (AgentService *self, DmcRequest *request, JsonObject *params, const char *method, AgentWorkspace **workspace)
{
  DmcJob *job = NULL;
  GError *error = NULL;

  *workspace = check_user (params, &error) ? lookup (self, params, &error) : NULL;
  if (*workspace == NULL || !is_usable (*workspace, &error) ||
      !methods_storage_may (self, agent_workspace_get_path (*workspace), "write", &error) ||
      !agent_workspace_step (*workspace, WORKSPACE_EVENT_OPEN, &error))
    dmc_request_fail (request, error);
  else
    start_job (self, request, method, &job);
  return job;
}

static void
workspace_passwd_method (DmcRequest *request, JsonObject *params, gpointer data)
{
  g_autoptr (DmcPassphrase) passphrase = take_passphrase (params), new_passphrase = take_secret (params, "new_passphrase");
  AgentWorkspace *workspace;
  g_autoptr (DmcJob) job = begin_change (data, request, params, "workspace.passwd", &workspace);

  if (job != NULL)
    workspace_passwd (workspace, dmc_json_get_string (params, "user", ""), passphrase, new_passphrase, job);
}

static void
workspace_destroy_method (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  g_autoptr (DmcPassphrase) passphrase = take_passphrase (params);
  AgentWorkspace *workspace;
  g_autoptr (DmcJob) job = begin_change (self, request, params, "workspace.destroy", &workspace);

  if (job != NULL)
    workspace_destroy (self->store, workspace, connect_helper (self), dmc_json_get_string (params, "user", ""), passphrase, job);
}

void
methods_workspace_add (AgentService *self)
{
  static const AgentMethod methods[] = {
    { "workspace.list", workspace_list },
    { "workspace.check", workspace_check },
    { "workspace.create", workspace_create_method },
    { "workspace.set", workspace_set_method },
    { "workspace.open", workspace_open_method },
    { "workspace.close", workspace_close_method },
    { "workspace.suspend_check", workspace_suspend_check_method },
    { "workspace.suspend", workspace_suspend_method },
    { "workspace.resume", workspace_resume_method },
    { "workspace.passwd", workspace_passwd_method },
    { "workspace.destroy", workspace_destroy_method },
  };

  agent_service_add_methods (self, methods, G_N_ELEMENTS (methods));
}
