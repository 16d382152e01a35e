/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/service.h"

#include <gio/gio.h>

#include "agent/host-check.h"
#include "agent/pulled-media.h"
#include "agent/workspace-close.h"
#include "apps/package-info.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "storage/remove-tree.h"

#define OPENRPC_RESOURCE "/org/domicile/openrpc/agent.json"
/* The host's abilities change when somebody starts the helper or installs a package: rarely. */
#define CAPABILITIES_US (2 * G_USEC_PER_SEC)
/* How long programs may take to end when the agent is told to stop. */
#define STOP_GRACE_MS 2000

void
agent_service_add_methods (AgentService *self, const AgentMethod *methods, gsize n_methods)
{
  for (gsize i = 0; i < n_methods; i++)
    dmc_server_add_method (self->server, methods[i].name, methods[i].func, self, NULL);
}

/* The workspace that "workspace" names, if it is open. Returns: (transfer none) (nullable) */
AgentWorkspace *
agent_service_open_workspace (AgentService *self, JsonObject *params, GError **error)
{
  AgentWorkspace *workspace =
      agent_store_lookup (self->store, dmc_json_get_string (params, "workspace", ""), error);

  return workspace != NULL && agent_workspace_require_open (workspace, error) ? workspace : NULL;
}

static JsonArray *
capabilities (AgentService *self)
{
  g_autofree char *guard = g_strconcat ("guard-", agent_guard_get_backend (self->guard), NULL);
  JsonArray *words = json_array_new ();
  gint64 now = g_get_monotonic_time ();

  if (self->capabilities == NULL || now - self->capabilities_us > CAPABILITIES_US) {
    g_clear_pointer (&self->capabilities, g_ptr_array_unref);
    self->capabilities = host_capabilities (self->helper_socket);
    self->capabilities_us = now;
    if (g_ptr_array_find_with_equal_func (self->capabilities, "full", g_str_equal, NULL))
      helper_finder_note_seen (self->helpers);
  }
  for (guint i = 0; i < self->capabilities->len; i++)
    json_array_add_string_element (words, g_ptr_array_index (self->capabilities, i));
  json_array_add_string_element (words, guard);
  return words;
}

static void
server_info (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  JsonObject *info = dmc_server_info_base (self->server, request);

  json_object_set_array_member (info, "capabilities", capabilities (self));
  dmc_request_reply (request, dmc_json_take_object (info));
}

static void
on_packages_read (GObject *source, GAsyncResult *result, gpointer data)
{
  AgentService *self = data;

  g_hash_table_unref (self->packages);
  self->packages = package_info_read_finish (result, NULL);
  agent_events_reset_apps (self);
}

/* Looks for what the package manager says, if it may say something else than last time. */
void
agent_service_read_packages (AgentService *self)
{
  if (package_info_is_newer (&self->packages_stamp_us))
    package_info_read_async (on_packages_read, self);
}

/* Copies of icons that an agent which was killed has left; without them nothing is lost. */
static void
remove_stale_icons (AgentService *self)
{
  g_autofree char *icons = g_build_filename (self->runtime_dir, "icons", NULL);
  g_autoptr (GError) error = NULL;

  if (!remove_tree (icons, &error))
    g_warning ("Icons of an earlier run are left: %s", error->message);
}

static gboolean
start (AgentService *self, const AgentOptions *options, GError **error)
{
  g_autoptr (GBytes) openrpc = g_resources_lookup_data (OPENRPC_RESOURCE, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  g_autofree char *policy_file = g_build_filename (options->state_dir, "policy.json", NULL);
  static const AgentMethod methods[] = { { "server.info", server_info } };

  if (openrpc == NULL)
    return FALSE;
  self->server = dmc_server_new ("agent", openrpc, error);
  if (self->server == NULL)
    return FALSE;
  self->policy = dmc_policy_service_new (self->server, policy_file, error);
  if (self->policy == NULL)
    return FALSE;
  self->store = agent_store_new (options->state_dir, error);
  if (self->store == NULL)
    return FALSE;
  agent_service_add_methods (self, methods, G_N_ELEMENTS (methods));
  methods_workspace_add (self);
  methods_app_add (self);
  methods_bundle_add (self);
  methods_catalogue_add (self);
  methods_install_add (self);
  methods_launchpad_add (self);
  methods_policy_add (self);
  methods_process_add (self);
  methods_storage_add (self);
  agent_events_watch (self);
  self->pulled = pulled_media_new (self);
  agent_store_refresh_async (self->store, NULL, FALSE, NULL, NULL);
  agent_service_read_packages (self);
  if (!dmc_server_listen (self->server, options->socket_path, error))
    return FALSE;
  remove_stale_icons (self); /* now that nobody else has this folder */
  return TRUE;
}

/**
 * agent_service_new:
 * @options: where everything is; the state folder exists
 * @error: return location
 *
 * Starts the agent: it answers from now on.
 *
 * Returns: (transfer full): the agent, or %NULL
 */
AgentService *
agent_service_new (const AgentOptions *options, GError **error)
{
  AgentService *self = g_new0 (AgentService, 1);

  self->guard = agent_guard_new ();
  self->shares = share_consent_new (options->state_dir);
  self->runtime_dir = g_path_get_dirname (options->socket_path);
  self->helper_socket = g_strdup (options->helper_socket);
  self->helpers = helper_finder_new (self->helper_socket);
  self->packages = g_hash_table_new (g_str_hash, g_str_equal);
  if (!start (self, options, error)) {
    agent_service_free (self);
    return NULL;
  }
  return self;
}

void
agent_service_free (AgentService *self)
{
  g_clear_pointer (&self->pulled, pulled_media_free);
  if (self->store != NULL)
    g_signal_handlers_disconnect_by_data (self->store, self);
  if (self->server != NULL)
    dmc_server_close (self->server);
  if (self->policy != NULL)
    dmc_policy_service_set_revoke_func (self->policy, NULL, NULL, NULL, NULL);
  g_clear_object (&self->policy);
  g_clear_object (&self->server);
  g_clear_object (&self->store);
  g_clear_pointer (&self->shares, share_consent_free);
  g_clear_pointer (&self->guard, agent_guard_free);
  g_clear_pointer (&self->capabilities, g_ptr_array_unref);
  g_hash_table_unref (self->packages);
  g_free (self->last_volumes);
  g_free (self->runtime_dir);
  g_free (self->helper_socket);
  helper_finder_free (self->helpers);
  g_free (self);
}

/* --- stopping ------------------------------------------------------------------------------------------- */

static void
one_less (GTask *task)
{
  guint *pending = g_task_get_task_data (task);

  if (--*pending == 0)
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (JsonNode) node = workspace_close_finish (result, NULL);

  one_less (data);
}

/**
 * agent_service_stop_async:
 * @self: the agent
 * @callback: called when every workspace is closed
 * @user_data: for @callback
 *
 * Closes the open workspaces, all at once.
 */
void
agent_service_stop_async (AgentService *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  g_autoptr (GPtrArray) list = agent_store_list (self->store);
  guint *pending = g_new (guint, 1);

  *pending = 1;
  g_task_set_source_tag (task, agent_service_stop_async);
  g_task_set_task_data (task, pending, g_free);
  for (guint i = 0; i < list->len; i++) {
    AgentWorkspace *workspace = g_ptr_array_index (list, i);
    if (!agent_workspace_step (workspace, WORKSPACE_EVENT_CLOSE, NULL))
      continue;
    (*pending)++;
    workspace_close_async (workspace, STOP_GRACE_MS, NULL, on_closed, g_object_ref (task));
  }
  one_less (task);
}

gboolean
agent_service_stop_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
