/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/app-json.h"

#include "agent/bundle-store.h"
#include "apps/package-info.h"
#include "rpc/json.h"

static JsonArray *
strings (char **list)
{
  JsonArray *array = json_array_new ();

  for (gsize i = 0; list[i] != NULL; i++)
    json_array_add_string_element (array, list[i]);
  return array;
}

static JsonArray *
running (const DesktopEntry *entry, GArray *infos)
{
  g_autoptr (GArray) pids = process_table_running (infos, entry->id);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < pids->len; i++)
    json_array_add_int_element (array, g_array_index (pids, int, i));
  return array;
}

/* A tarball is told as what it is like: one file that brings all that it needs. */
static const char *
source_of (const DesktopEntry *entry)
{
  if (entry->source == NULL)
    return "host";
  return g_str_equal (entry->source, "tarball") ? "bundle" : entry->source;
}

static guint64
size_of (const DesktopEntry *entry, const PackageInfo *package)
{
  if (entry->source != NULL)
    return entry->size_bytes;
  return package != NULL ? package->size_bytes : 0;
}

/* How much of a streamed app the workspace has. */
static void
add_stream (JsonObject *object, AgentWorkspace *workspace, const DesktopEntry *entry)
{
  int vault = dmc_vault_get_root_fd (agent_workspace_get_vault (workspace));
  guint64 size, present;

  if (entry->record == NULL || g_strcmp0 (entry->source, "bundle") != 0 || bundle_store_find (vault, entry->record) != BUNDLE_STREAMED)
    return;
  bundle_store_sizes (vault, entry->record, &size, &present);
  json_object_set_int_member (object, "streamed_bytes", (gint64) size);
  json_object_set_int_member (object, "present_bytes", (gint64) present);
}

/**
 * app_to_json:
 * @service: the agent
 * @workspace: the open workspace that it is in
 * @entry: the app
 * @infos: (element-type ProcessInfo): the workspace's processes
 *
 * Returns: (transfer full): the protocol's App object
 */
JsonNode *
app_to_json (AgentService *service, AgentWorkspace *workspace, const DesktopEntry *entry, GArray *infos)
{
  g_autofree char *label = dmc_policy_service_app_label (service->policy, entry->id);
  AgentMediator *mediator = agent_workspace_get_mediator (workspace);
  const PackageInfo *package = g_hash_table_lookup (service->packages, entry->path);
  const char *version = entry->version[0] == '\0' && package != NULL ? package->version : entry->version;

  const LaunchList *list = agent_launchpad_get_list (agent_workspace_get_launchpad (workspace));
  gint64 launched_us = launch_list_get_launched (list, entry->id);
  JsonNode *node;

  node = dmc_json_node ("id:s", entry->id, "name:s", entry->name, "version:s", version, "summary:s",
                        entry->summary, "icon:s", entry->icon, "icon_path:s", entry->icon_file, "categories:a", strings (entry->categories),
                        "keywords:a", strings (entry->keywords), "source:s", source_of (entry), "size_bytes:i", (gint64) size_of (entry, package),
                        "running:a", running (entry, infos), "label:s", label,
                        "favourite:b", launch_list_is_favourite (list, entry->id), "subject:s",
                        mediator != NULL ? agent_mediator_subject_for (mediator, entry->id, entry->record) : NULL, NULL);
  if (launched_us > 0)
    json_object_set_int_member (json_node_get_object (node), "launched_us", launched_us);
  add_stream (json_node_get_object (node), workspace, entry);
  return node;
}
