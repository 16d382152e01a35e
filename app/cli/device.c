/* SPDX-License-Identifier: GPL-2.0-or-later */
/* disk: what there is to give; and the devices of a domain. */
#include "domain.h"

#include <string.h>

#include "table.h"

static void
add_device (JsonArray *devices, const char *kind, const char *name, gboolean read_only)
{
  JsonObject *device = dmc_json_object ("kind:s", kind, NULL);

  if (name)
    json_object_set_string_member (device, "name", name);
  if (read_only)
    json_object_set_boolean_member (device, "read_only", TRUE);
  json_array_add_object_element (devices, device);
}

/**
 * ctl_add_devices:
 * @params: parameters of domain.create
 * @disks: (nullable) (array zero-terminated=1): names of disks, each perhaps with ":ro" behind it
 * @network: whether the domain gets a network interface
 *
 * Adds the devices that a domain is to have; nothing where there are none.
 */
void
ctl_add_devices (JsonObject *params, char **disks, gboolean network)
{
  g_autoptr (JsonArray) devices = json_array_new ();

  for (char **disk = disks; disk && *disk; disk++) {
    gboolean read_only = g_str_has_suffix (*disk, ":ro");
    g_autofree char *name = g_strndup (*disk, strlen (*disk) - (read_only ? strlen (":ro") : 0));

    add_device (devices, "disk", name, read_only);
  }
  if (network)
    add_device (devices, "net", NULL, FALSE);
  if (json_array_get_length (devices) > 0)
    json_object_set_array_member (params, "devices", g_steal_pointer (&devices));
}

static void
print_device (JsonObject *device)
{
  const char *kind = dmc_json_get_string (device, "kind", "");
  g_autofree char *bytes = ctl_format_bytes (dmc_json_get_int (device, "bytes", 0));
  g_autofree char *size = ctl_format_bytes (dmc_json_get_int (device, "size_bytes", 0));
  const char *name = dmc_json_get_string (device, "name", "");
  gboolean disk = g_str_equal (kind, "disk");

  ctl_print_field (disk ? "Disk" : "Network",
                   "%s%s%s%s, %s; %s in %" G_GINT64_FORMAT " %s, %" G_GINT64_FORMAT " failed", name,
                   *name ? ", " : "", disk ? size : dmc_json_get_string (device, "mac", ""),
                   dmc_json_get_boolean (device, "read_only", FALSE) ? ", read-only" : "",
                   dmc_json_get_string (device, "state", ""), bytes,
                   dmc_json_get_int (device, "requests", 0), disk ? "requests" : "packets",
                   dmc_json_get_int (device, "errors", 0));
}

/**
 * ctl_print_devices:
 * @domain: a domain
 *
 * Prints a line for each of its devices.
 */
void
ctl_print_devices (JsonObject *domain)
{
  JsonArray *devices = dmc_json_get_array (domain, "devices");

  for (guint i = 0; devices && i < json_array_get_length (devices); i++)
    print_device (json_array_get_object_element (devices, i));
}

/* Who has a disk, for a person. */
static char *
users (JsonObject *disk)
{
  gint64 readers = dmc_json_get_int (disk, "readers", 0);

  if (dmc_json_get_int (disk, "writers", 0) > 0)
    return g_strdup ("a domain");
  if (readers > 0)
    return g_strdup_printf ("%" G_GINT64_FORMAT " domain(s), read-only", readers);
  return g_strdup ("nobody");
}

static gboolean
run_list (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const headings[] = { "NAME", ">SIZE", "USED BY", NULL };
  g_autoptr (JsonNode) node = ctl_call (ctl, CTL_CONTROL, "disk.list", NULL, error);
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  JsonArray *disks;

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  disks = dmc_json_get_array (json_node_get_object (node), "disks");
  for (guint i = 0; disks && i < json_array_get_length (disks); i++) {
    JsonObject *disk = json_array_get_object_element (disks, i);
    g_autofree char *size = ctl_format_bytes (dmc_json_get_int (disk, "size_bytes", 0));
    g_autofree char *by = users (disk);

    ctl_table_add (table, dmc_json_get_string (disk, "name", ""), size, by);
  }
  ctl_table_print (table, "There are no disks for domains.");
  return TRUE;
}

static const CtlCommand disk_commands[] = {
  { "list", NULL, "List the disks that a domain can be given", 0, 0, NULL, run_list },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_disk = { "disk", "Shows the disks for domains.", disk_commands };
