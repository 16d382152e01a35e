/* SPDX-License-Identifier: GPL-2.0-or-later */
/* info, host and image: what there is. */
#include "attest.h"
#include "ctl.h"
#include "table.h"

#include <stdio.h>

static char *
join_words (JsonArray *words)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; words && i < json_array_get_length (words); i++)
    g_string_append_printf (text, "%s%s", i ? " " : "", json_array_get_string_element (words, i));
  return g_string_free (text, FALSE);
}

static void
add_endpoint (CtlTable *table, CtlEndpoint endpoint, JsonObject *info)
{
  g_autofree char *pid = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (info, "pid", 0));
  g_autofree char *words = join_words (dmc_json_get_array (info, "capabilities"));

  ctl_table_add (table, ctl_endpoint_name (endpoint), dmc_json_get_string (info, "version", ""),
                 dmc_json_get_string (info, "role", ""), pid, words);
}

static gboolean
run_info (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const headings[] = { "ENDPOINT", "VERSION", "ROLE", ">PID", "CAPABILITIES", NULL };
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  g_autoptr (JsonObject) all = json_object_new ();
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GError) last = NULL;
  guint answered = 0;

  for (CtlEndpoint endpoint = 0; endpoint < CTL_N_ENDPOINTS; endpoint++) {
    JsonNode *info;

    g_clear_error (&last);
    info = ctl_call (ctl, endpoint, "server.info", NULL, &last);
    if (info) {
      answered++;
      add_endpoint (table, endpoint, json_node_get_object (info));
      json_object_set_member (all, ctl_endpoint_name (endpoint), info);
    } else {
      ctl_table_add (table, ctl_endpoint_name (endpoint), NULL, NULL, NULL, "not reachable");
      json_object_set_null_member (all, ctl_endpoint_name (endpoint));
    }
  }
  if (answered == 0) {
    g_propagate_error (error, g_steal_pointer (&last));
    return FALSE;
  }
  if (ctl->json) {
    node = dmc_json_take_object (g_steal_pointer (&all));
    return ctl_print_json (node);
  }
  ctl_table_print (table, "");
  return TRUE;
}

static void
print_secure_boot (JsonObject *boot)
{
  const char *state = dmc_json_get_string (boot, "state", "");

  if (!g_str_equal (state, "verified")) {
    ctl_print_field ("Secure boot", "%s", state);
    return;
  }
  ctl_print_field ("Secure boot", "%s, version %" G_GINT64_FORMAT "%s", state, dmc_json_get_int (boot, "version", 0),
                   dmc_json_get_boolean (boot, "developer", FALSE) ? ", with developer keys, which say nothing" : "");
  ctl_print_field ("Signed by", "%s", dmc_json_get_string (boot, "maker", ""));
  ctl_print_field ("Device", "%s", dmc_json_get_string (boot, "serial", ""));
}

static gboolean
run_host (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonNode) node = ctl_call (ctl, CTL_CONTROL, "host.info", NULL, error);
  g_autofree char *memory = NULL, *free_memory = NULL, *uptime = NULL;
  JsonObject *host, *hypervisor, *boot;

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);

  host = json_node_get_object (node);
  hypervisor = dmc_json_get_object (host, "hypervisor");
  boot = dmc_json_get_object (host, "secure_boot");
  memory = ctl_format_kib (dmc_json_get_int (host, "memory_kib", 0));
  free_memory = ctl_format_kib (dmc_json_get_int (host, "free_kib", 0));
  uptime = ctl_format_ns (dmc_json_get_int (host, "uptime_us", 0) * 1000);
  if (hypervisor)
    ctl_print_field ("Hypervisor", "%s %s (interface %s)",
                     dmc_json_get_string (hypervisor, "name", ""),
                     dmc_json_get_string (hypervisor, "version", ""),
                     dmc_json_get_string (hypervisor, "abi", ""));
  ctl_print_field ("Machine", "%s", dmc_json_get_string (host, "machine", ""));
  ctl_print_field ("Processors", "%" G_GINT64_FORMAT, dmc_json_get_int (host, "cpus", 0));
  ctl_print_field ("Memory", "%s, %s free", memory, free_memory);
  ctl_print_field ("Up for", "%s", uptime);
  if (boot)
    print_secure_boot (boot);
  return TRUE;
}

static gboolean
run_image_list (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const headings[] = { "NAME", "VERSION", ">SIZE", "SIGNED BY", "SHA-256", NULL };
  g_autoptr (JsonNode) node = ctl_call (ctl, CTL_CONTROL, "image.list", NULL, error);
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  JsonArray *images;

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);

  images = dmc_json_get_array (json_node_get_object (node), "images");
  for (guint i = 0; images && i < json_array_get_length (images); i++) {
    JsonObject *image = json_array_get_object_element (images, i);
    g_autofree char *size = ctl_format_bytes (dmc_json_get_int (image, "size", 0));
    g_autofree char *digest = g_strdup_printf ("%.16s", dmc_json_get_string (image, "sha256", ""));

    ctl_table_add (table, dmc_json_get_string (image, "name", ""),
                   dmc_json_get_string (image, "version", ""), size,
                   dmc_json_get_string (image, "signed_by", ""), digest);
  }
  ctl_table_print (table, "There are no images.");
  return TRUE;
}

static const CtlCommand info_commands[] = {
  { NULL, NULL, "Show both endpoints and what they can do", 0, 0, NULL, run_info },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_info = { "info", "Shows the endpoints.", info_commands };

static const CtlCommand host_commands[] = {
  { NULL, NULL, "Show the machine and its hypervisor", 0, 0, NULL, run_host },
  { "attest", NULL, "Have the machine sign what it was started from", 0, 0, ctl_attest_options, ctl_run_attest },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_host = { "host", "Shows the machine.", host_commands };

static const CtlCommand image_commands[] = {
  { "list", NULL, "List the images that a domain can start from", 0, 0, NULL, run_image_list },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_image = { "image", "Shows the images on the device.", image_commands };
