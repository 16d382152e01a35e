/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "agent/service.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "storage/volume.h"

static gboolean
lies_below (const char *path, const char *mount)
{
  gsize length = strlen (mount);

  if (g_str_equal (mount, "/"))
    return TRUE;
  return strncmp (path, mount, length) == 0 && path[length] == '/';
}

/* The volume with the longest mount path above a workspace is the one that it is on. */
static const Volume *
volume_of (GPtrArray *volumes, const char *path)
{
  const Volume *best = NULL;

  for (guint i = 0; i < volumes->len; i++) {
    const Volume *volume = g_ptr_array_index (volumes, i);
    if (volume->path != NULL && lies_below (path, volume->path) &&
        (best == NULL || strlen (volume->path) > strlen (best->path)))
      best = volume;
  }
  return best;
}

/**
 * methods_storage_may:
 * @self: the agent
 * @path: of a workspace's folder
 * @permission: one of the class “storage”
 * @error: %DMC_ERROR_DENIED
 *
 * Returns: whether the policy lets the volume that it is on be used so
 */
gboolean
methods_storage_may (AgentService *self, const char *path, const char *permission, GError **error)
{
  const Volume *volume = volume_of (agent_store_get_volumes (self->store), path);

  return dmc_policy_service_check_volume (self->policy, path, volume != NULL ? volume->kind : NULL, permission, error);
}

/**
 * methods_storage_would:
 * @self: the agent
 * @document: a policy that holds or might be loaded
 * @path: of a workspace's folder
 * @permission: one of the class “storage”
 *
 * Returns: whether @document lets the volume that it is on be used so; nothing is recorded
 */
gboolean
methods_storage_would (AgentService *self, DmcPolicyDocument *document, const char *path, const char *permission)
{
  const Volume *volume = volume_of (agent_store_get_volumes (self->store), path);

  return dmc_policy_service_would_allow_volume (self->policy, document, path, volume != NULL ? volume->kind : NULL, permission);
}

static JsonArray *
workspaces_on (GPtrArray *workspaces, GPtrArray *volumes, const Volume *volume)
{
  JsonArray *ids = json_array_new ();

  for (guint i = 0; i < workspaces->len; i++) {
    AgentWorkspace *one = g_ptr_array_index (workspaces, i);
    if (agent_workspace_get_state (one) != WORKSPACE_LOST &&
        volume_of (volumes, agent_workspace_get_path (one)) == volume)
      json_array_add_string_element (ids, agent_workspace_get_id (one));
  }
  return ids;
}

static const char *
state_of (const Volume *volume)
{
  if (volume->path == NULL)
    return "unmounted";
  return volume->read_only ? "read-only" : "mounted";
}

/**
 * methods_storage_volumes:
 * @self: the agent
 *
 * Returns: (transfer full): {volumes}, as of the store's last look
 */
JsonNode *
methods_storage_volumes (AgentService *self)
{
  GPtrArray *volumes = agent_store_get_volumes (self->store);
  g_autoptr (GPtrArray) workspaces = agent_store_list (self->store);
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < volumes->len; i++) {
    const Volume *volume = g_ptr_array_index (volumes, i);
    if (!dmc_policy_service_allows_volume (self->policy, volume->path, volume->kind, "list"))
      continue;
    json_array_add_element (
        list, dmc_json_node ("id:s", volume->id, "kind:s", volume->kind, "label:s", volume->label, "size_bytes:i",
                             (gint64) volume->size_bytes, "free_bytes:i", (gint64) volume->free_bytes, "path:s",
                             volume->path, "device:s", volume->device, "filesystem:s", volume->filesystem, "state:s",
                             state_of (volume), "workspaces:a", workspaces_on (workspaces, volumes, volume), NULL));
  }
  return dmc_json_node ("volumes:a", list, NULL);
}

typedef struct {
  AgentService *service;
  DmcRequest *request;
  gboolean scan;
} StorageCall;

static void
on_refreshed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree StorageCall *call = data;
  g_autoptr (DmcRequest) request = call->request;
  guint n_found = 0;
  JsonNode *node;

  agent_store_refresh_finish (AGENT_STORE (source), result, &n_found, NULL);
  node = methods_storage_volumes (call->service);
  if (call->scan)
    json_object_set_int_member (json_node_get_object (node), "found", n_found);
  dmc_request_reply (request, node);
}

static void
refresh (AgentService *self, DmcRequest *request, gboolean scan, const char *below)
{
  StorageCall *call = g_new0 (StorageCall, 1);

  call->service = self;
  call->request = g_object_ref (request);
  call->scan = scan;
  agent_store_refresh_async (self->store, below, scan, on_refreshed, call);
}

static void
storage_list (DmcRequest *request, JsonObject *params, gpointer data)
{
  refresh (data, request, FALSE, NULL);
}

static void
storage_scan (DmcRequest *request, JsonObject *params, gpointer data)
{
  const char *path = dmc_json_get_string (params, "path", NULL);

  if (path != NULL && !g_file_test (path, G_FILE_TEST_IS_DIR))
    dmc_request_fail (request, dmc_error_new (DMC_ERROR_NOT_FOUND, "Give a folder that is there.",
                                              "There is no folder “%s”.", path));
  else
    refresh (data, request, TRUE, path);
}

void
methods_storage_add (AgentService *self)
{
  static const AgentMethod methods[] = {
    { "storage.list", storage_list },
    { "storage.scan", storage_scan },
  };

  agent_service_add_methods (self, methods, G_N_ELEMENTS (methods));
}
