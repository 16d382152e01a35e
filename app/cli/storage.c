/* SPDX-License-Identifier: GPL-2.0-or-later */
/* storage: the volumes and the workspaces on them. */
#include "ctl.h"
#include "table.h"

static gboolean
print_volumes (Ctl *ctl, JsonNode *node)
{
  static const char *const headings[]
      = { "LABEL", "KIND", "STATE", ">SIZE", ">FREE", ">WORKSPACES", "PATH", NULL };
  g_autoptr (JsonNode) owned = node;
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  JsonArray *volumes;

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);

  volumes = dmc_json_get_array (json_node_get_object (node), "volumes");
  for (guint i = 0; volumes && i < json_array_get_length (volumes); i++) {
    JsonObject *volume = json_array_get_object_element (volumes, i);
    JsonArray *workspaces = dmc_json_get_array (volume, "workspaces");
    g_autofree char *size = ctl_format_bytes (dmc_json_get_int (volume, "size_bytes", 0));
    g_autofree char *room = ctl_format_bytes (dmc_json_get_int (volume, "free_bytes", 0));
    g_autofree char *count
        = g_strdup_printf ("%u", workspaces ? json_array_get_length (workspaces) : 0);

    ctl_table_add (table, dmc_json_get_string (volume, "label", ""),
                   dmc_json_get_string (volume, "kind", ""), dmc_json_get_string (volume, "state", ""),
                   size, room, count,
                   dmc_json_get_string (volume, "path", dmc_json_get_string (volume, "address", "")));
  }
  ctl_table_print (table, "There are no volumes.");
  return TRUE;
}

static gboolean
run_list (Ctl *ctl, char **arguments, GError **error)
{
  return print_volumes (ctl, ctl_call (ctl, CTL_AGENT, "storage.list", NULL, error));
}

static gboolean
run_scan (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *path = arguments[0] ? g_canonicalize_filename (arguments[0], NULL) : NULL;

  return print_volumes (
      ctl, ctl_call (ctl, CTL_AGENT, "storage.scan", dmc_json_node ("path:s", path, NULL), error));
}

static const CtlCommand storage_commands[] = {
  { "list", NULL, "List the volumes", 0, 0, NULL, run_list },
  { "scan", "[FOLDER]", "Look for workspaces on the volumes", 0, 1, NULL, run_scan },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_storage = { "storage", "Shows the volumes.", storage_commands };
