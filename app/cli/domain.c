/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain: list, show, create, govern. Its console is in console.c. */
#include "domain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static char *image, *memory_text, *most_text, *sched, *watchdog;
static int vcpus, weight = -1, cap = -1;
static gboolean start, network;
static char **disks, **pins;
static int budget = -1, period = -1;

static const GOptionEntry create_options[] = {
  { "image", 'i', 0, G_OPTION_ARG_STRING, &image, "Image to start from (see “image list”)", "NAME" },
  { "memory", 'm', 0, G_OPTION_ARG_STRING, &memory_text, "Memory, such as 8M", "SIZE" },
  { "max-memory", 0, 0, G_OPTION_ARG_STRING, &most_text, "Most memory that “set” may give it later", "SIZE" },
  { "vcpus", 0, 0, G_OPTION_ARG_INT, &vcpus, "Virtual CPUs", "N" },
  { "weight", 'w', 0, G_OPTION_ARG_INT, &weight, "Share of CPU time, 256 being usual", "N" },
  { "cap", 'c', 0, G_OPTION_ARG_INT, &cap, "Most CPU time in percent, 0 for no limit", "N" },
  { "sched", 0, 0, G_OPTION_ARG_STRING, &sched, "Scheduler: fair or realtime", "NAME" },
  { "budget", 0, 0, G_OPTION_ARG_INT, &budget, "Real time: microseconds of each virtual CPU in every period", "US" },
  { "period", 0, 0, G_OPTION_ARG_INT, &period, "Real time: the period in microseconds", "US" },
  { "pin", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &pins,
    "Processors that a virtual CPU may use, such as 0=1, 1=0,2-3 or all=all; may be repeated", "VCPU=CPUS" },
  { "watchdog", 0, 0, G_OPTION_ARG_STRING, &watchdog,
    "A kernel that hangs so long has crashed, or is started anew; 0 for no watchdog", "SECONDS[:restart]" },
  { "disk", 'd', 0, G_OPTION_ARG_STRING_ARRAY, &disks,
    "Disk to give to it (see “disk list”), read-only with “:ro”; may be repeated", "NAME[:ro]" },
  { "network", 'n', 0, G_OPTION_ARG_NONE, &network, "Give it a network interface", NULL },
  { "start", 's', 0, G_OPTION_ARG_NONE, &start, "Let it run at once", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const GOptionEntry set_options[] = {
  { "memory", 'm', 0, G_OPTION_ARG_STRING, &memory_text, "Memory, such as 8M", "SIZE" },
  { "weight", 'w', 0, G_OPTION_ARG_INT, &weight, "Share of CPU time", "N" },
  { "cap", 'c', 0, G_OPTION_ARG_INT, &cap, "Most CPU time in percent, 0 for no limit", "N" },
  { "sched", 0, 0, G_OPTION_ARG_STRING, &sched, "Scheduler: fair or realtime", "NAME" },
  { "budget", 0, 0, G_OPTION_ARG_INT, &budget, "Real time: microseconds of each virtual CPU in every period", "US" },
  { "period", 0, 0, G_OPTION_ARG_INT, &period, "Real time: the period in microseconds", "US" },
  { "pin", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &pins,
    "Processors that a virtual CPU may use, such as 0=1, 1=0,2-3 or all=all; may be repeated", "VCPU=CPUS" },
  { "watchdog", 0, 0, G_OPTION_ARG_STRING, &watchdog,
    "A kernel that hangs so long has crashed, or is started anew; 0 for no watchdog", "SECONDS[:restart]" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/**
 * ctl_domain_id:
 * @ctl: the global options
 * @name: a domain's id or name
 * @id: (out): its id
 * @error: why there is none
 *
 * Returns: whether there is such a domain
 */
gboolean
ctl_domain_id (Ctl *ctl, const char *name, gint64 *id, GError **error)
{
  g_autoptr (JsonNode) node = NULL;
  JsonArray *domains;

  if (g_ascii_string_to_signed (name, 10, 0, G_MAXUINT32, id, NULL))
    return TRUE;
  node = ctl_call (ctl, CTL_CONTROL, "domain.list", NULL, error);
  if (!node)
    return FALSE;
  domains = dmc_json_get_array (json_node_get_object (node), "domains");
  for (guint i = 0; domains && i < json_array_get_length (domains); i++) {
    JsonObject *domain = json_array_get_object_element (domains, i);

    if (g_str_equal (dmc_json_get_string (domain, "name", ""), name)) {
      *id = dmc_json_get_int (domain, "id", -1);
      return TRUE;
    }
  }
  g_set_error (error, CTL_ERROR, CTL_ERROR_FAILED,
               "There is no domain “%s”. “domicilectl domain list” shows them.", name);
  return FALSE;
}

static char *
format_cap (JsonObject *domain)
{
  gint64 percent = dmc_json_get_int (domain, "cap_percent", 0);

  return percent ? g_strdup_printf ("%" G_GINT64_FORMAT " %%", percent) : g_strdup ("none");
}

static gboolean
run_list (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const headings[] = { ">ID", "NAME", "STATE", ">VCPUS", ">CPU TIME", ">MEMORY",
                                          ">WEIGHT", ">CAP", "IMAGE", NULL };
  g_autoptr (JsonNode) node = ctl_call (ctl, CTL_CONTROL, "domain.list", NULL, error);
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  JsonArray *domains;

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);

  domains = dmc_json_get_array (json_node_get_object (node), "domains");
  for (guint i = 0; domains && i < json_array_get_length (domains); i++) {
    JsonObject *domain = json_array_get_object_element (domains, i);
    JsonObject *kernel = dmc_json_get_object (domain, "kernel");
    JsonArray *cpus = dmc_json_get_array (domain, "vcpus");
    g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (domain, "id", 0));
    g_autofree char *n_cpus = g_strdup_printf ("%u", cpus ? json_array_get_length (cpus) : 0);
    g_autofree char *time = ctl_format_ns (dmc_json_get_int (domain, "cpu_time_ns", 0));
    g_autofree char *memory = ctl_format_kib (dmc_json_get_int (domain, "memory_kib", 0));
    g_autofree char *share
        = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (domain, "weight", 0));
    g_autofree char *limit = format_cap (domain);

    ctl_table_add (table, id, dmc_json_get_string (domain, "name", ""),
                   dmc_json_get_string (domain, "state", ""), n_cpus, time, memory, share, limit,
                   kernel ? dmc_json_get_string (kernel, "image", "") : NULL);
  }
  ctl_table_print (table, "There are no domains.");
  return TRUE;
}

static void
print_use (const char *name, JsonObject *domain, const char *member)
{
  JsonObject *use = dmc_json_get_object (domain, member);

  if (use)
    ctl_print_field (name, "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT,
                     dmc_json_get_int (use, "used", 0), dmc_json_get_int (use, "max", 0));
}

static void
print_watchdog (JsonObject *watched)
{
  gint64 restarts = dmc_json_get_int (watched, "restarts", 0);
  gboolean restarted = g_str_equal (dmc_json_get_string (watched, "action", ""), "restart");
  g_autofree char *times = restarts > 0 ? g_strdup_printf (", %" G_GINT64_FORMAT " so far", restarts)
                                        : g_strdup ("");

  ctl_print_field ("Watchdog", "%s when it hangs for %" G_GINT64_FORMAT " s%s",
                   restarted ? "restarts it" : "ends it", dmc_json_get_int (watched, "seconds", 0),
                   times);
}

static void
print_domain (JsonObject *domain)
{
  JsonObject *watched = dmc_json_get_object (domain, "watchdog");
  JsonObject *kernel = dmc_json_get_object (domain, "kernel");
  JsonObject *label = dmc_json_get_object (domain, "label");
  JsonObject *record = dmc_json_get_object (domain, "crash");
  JsonArray *cpus = dmc_json_get_array (domain, "vcpus");
  const char *crash = dmc_json_get_string (domain, "crash_reason", NULL);
  g_autofree char *time = ctl_format_ns (dmc_json_get_int (domain, "cpu_time_ns", 0));
  g_autofree char *memory = ctl_format_kib (dmc_json_get_int (domain, "memory_kib", 0));
  g_autofree char *most = ctl_format_kib (dmc_json_get_int (domain, "max_memory_kib", 0));
  gint64 kib = dmc_json_get_int (domain, "memory_kib", 0);
  gint64 target = dmc_json_get_int (domain, "target_memory_kib", kib);
  g_autofree char *wanted = ctl_format_kib (target);
  g_autofree char *limit = format_cap (domain);

  ctl_print_field ("Domain", "%s (%" G_GINT64_FORMAT ")", dmc_json_get_string (domain, "name", ""),
                   dmc_json_get_int (domain, "id", 0));
  ctl_print_field ("UUID", "%s", dmc_json_get_string (domain, "uuid", ""));
  ctl_print_field ("State", "%s", dmc_json_get_string (domain, "state", ""));
  if (crash)
    ctl_print_field ("Crash reason", "%s", crash);
  ctl_print_field ("Role", "%s", dmc_json_get_string (domain, "role", ""));
  if (label)
    ctl_print_field ("Label", "%s", dmc_json_get_string (label, "type", ""));
  ctl_print_field ("CPU time", "%s on %u virtual CPU(s)", time,
                   cpus ? json_array_get_length (cpus) : 0);
  ctl_print_field ("Scheduling", "%s, weight %" G_GINT64_FORMAT ", cap %s",
                   dmc_json_get_string (domain, "sched", ""), dmc_json_get_int (domain, "weight", 0),
                   limit);
  ctl_print_pins (domain);
  if (watched)
    print_watchdog (watched);
  if (target == kib)
    ctl_print_field ("Memory", "%s of at most %s", memory, most);
  else
    ctl_print_field ("Memory", "%s on the way to %s, of at most %s", memory, wanted, most);
  print_use ("Event channels", domain, "event_channels");
  print_use ("Grants", domain, "grants");
  ctl_print_field ("Faults", "%" G_GINT64_FORMAT, dmc_json_get_int (domain, "faults", 0));
  if (kernel)
    ctl_print_field ("Kernel", "%s, %s", dmc_json_get_string (kernel, "image", ""),
                     dmc_json_get_boolean (kernel, "verified", FALSE) ? "verified" : "not verified");
  ctl_print_devices (domain);
  ctl_print_field ("Display", "%s",
                   dmc_json_get_boolean (domain, "focus", FALSE)     ? "has the focus"
                   : dmc_json_get_boolean (domain, "display", FALSE) ? "in the background"
                                                                     : "none");
  if (record)
    ctl_print_crash (record);
}

/* Calls a method that takes an id and answers with the domain, and prints it. */
static gboolean
call_and_print (Ctl *ctl, const char *method, JsonNode *params, GError **error)
{
  g_autoptr (JsonNode) node = ctl_call (ctl, CTL_CONTROL, method, params, error);

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  print_domain (json_node_get_object (node));
  return TRUE;
}

static gboolean
run_on_id (Ctl *ctl, const char *method, const char *name, GError **error)
{
  gint64 id;

  return ctl_domain_id (ctl, name, &id, error)
         && call_and_print (ctl, method, dmc_json_node ("id:i", id, NULL), error);
}

static gboolean
run_show (Ctl *ctl, char **arguments, GError **error)
{
  return run_on_id (ctl, "domain.get", arguments[0], error);
}

static gboolean
run_pause (Ctl *ctl, char **arguments, GError **error)
{
  return run_on_id (ctl, "domain.pause", arguments[0], error);
}

static gboolean
run_resume (Ctl *ctl, char **arguments, GError **error)
{
  return run_on_id (ctl, "domain.resume", arguments[0], error);
}

static gboolean
run_shutdown (Ctl *ctl, char **arguments, GError **error)
{
  return run_on_id (ctl, "domain.shutdown", arguments[0], error);
}

static gboolean
run_reboot (Ctl *ctl, char **arguments, GError **error)
{
  return run_on_id (ctl, "domain.reboot", arguments[0], error);
}

static gboolean
run_focus (Ctl *ctl, char **arguments, GError **error)
{
  return run_on_id (ctl, "domain.focus", arguments[0], error);
}

static gboolean
run_destroy (Ctl *ctl, char **arguments, GError **error)
{
  gint64 id;
  g_autoptr (JsonNode) node = NULL;

  if (!ctl_domain_id (ctl, arguments[0], &id, error))
    return FALSE;
  node = ctl_call (ctl, CTL_CONTROL, "domain.destroy", dmc_json_node ("id:i", id, NULL), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  printf ("Domain %" G_GINT64_FORMAT " is gone.\n", id);
  return TRUE;
}

static gboolean
add_watchdog (JsonObject *params, GError **error)
{
  char *action = NULL;
  guint64 seconds = g_ascii_strtoull (watchdog, &action, 10);
  JsonObject *order;

  if (!g_ascii_isdigit (*watchdog) || seconds > G_MAXINT
      || (*action && !g_str_equal (action, ":restart") && !g_str_equal (action, ":crash"))) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                 "“%s” is no watchdog: give seconds, such as 10, or 10:restart.", watchdog);
    return FALSE;
  }
  order = json_object_new ();
  json_object_set_int_member (order, "seconds", (gint64)seconds);
  if (*action)
    json_object_set_string_member (order, "action", action + 1);
  json_object_set_object_member (params, "watchdog", order);
  return TRUE;
}

/* Adds what --memory, --weight, --cap, --sched and --watchdog say. */
static gboolean
add_shares (JsonObject *params, GError **error)
{
  gint64 bytes;

  if (memory_text) {
    if (!ctl_parse_bytes (memory_text, &bytes, error))
      return FALSE;
    json_object_set_int_member (params, "memory_kib", bytes / 1024);
  }
  if (most_text) {
    if (!ctl_parse_bytes (most_text, &bytes, error))
      return FALSE;
    json_object_set_int_member (params, "max_memory_kib", bytes / 1024);
  }
  if (weight >= 0)
    json_object_set_int_member (params, "weight", weight);
  if (cap >= 0)
    json_object_set_int_member (params, "cap_percent", cap);
  if (sched)
    json_object_set_string_member (params, "sched", sched);
  if (budget >= 0)
    json_object_set_int_member (params, "budget_us", budget);
  if (period >= 0)
    json_object_set_int_member (params, "period_us", period);
  return !watchdog || add_watchdog (params, error);
}

static gboolean
run_create (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonObject) params = dmc_json_object ("name:s", arguments[0], "image:s", image, NULL);
  g_autoptr (JsonNode) created = NULL;
  const char *method = start ? "domain.resume" : "domain.get";
  gint64 id;

  if (!image || !memory_text) {
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                         "A new domain needs --image NAME and --memory SIZE. "
                         "“domicilectl image list” shows the images.");
    return FALSE;
  }
  if (!add_shares (params, error) || !ctl_add_pins (ctl, params, pins, NULL, (guint)MAX (vcpus, 1), error))
    return FALSE;
  ctl_add_devices (params, disks, network);
  if (vcpus > 0)
    json_object_set_int_member (params, "vcpus", vcpus);
  created = ctl_call (ctl, CTL_CONTROL, "domain.create",
                      dmc_json_take_object (g_steal_pointer (&params)), error);
  if (!created)
    return FALSE;
  id = dmc_json_get_int (json_node_get_object (created), "id", -1);
  if (ctl->json && !start)
    return ctl_print_json (created);
  return call_and_print (ctl, method, dmc_json_node ("id:i", id, NULL), error);
}

static gboolean
run_set (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonObject) params = json_object_new ();
  gint64 id;

  if (!add_shares (params, error))
    return FALSE;
  if (json_object_get_size (params) == 0 && !pins) {
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE,
                         "Nothing to set: give --weight, --cap, --memory, --sched, --pin or --watchdog.");
    return FALSE;
  }
  if (!ctl_domain_id (ctl, arguments[0], &id, error))
    return FALSE;
  json_object_set_int_member (params, "id", id);
  if (pins) {
    g_autoptr (JsonNode) now = ctl_call (ctl, CTL_CONTROL, "domain.get", dmc_json_node ("id:i", id, NULL), error);

    if (!now || !ctl_add_pins (ctl, params, pins, json_node_get_object (now), 0, error))
      return FALSE;
  }
  return call_and_print (ctl, "domain.set", dmc_json_take_object (g_steal_pointer (&params)), error);
}

static const CtlCommand domain_commands[] = {
  { "list", NULL, "List the domains", 0, 0, NULL, run_list },
  { "show", "DOMAIN", "Show all about a domain", 1, 1, NULL, run_show },
  { "create", "NAME --image IMAGE --memory SIZE", "Create a domain, paused", 1, 1, create_options,
    run_create },
  { "pause", "DOMAIN", "Stop a domain where it is", 1, 1, NULL, run_pause },
  { "resume", "DOMAIN", "Let a paused domain go on", 1, 1, NULL, run_resume },
  { "shutdown", "DOMAIN", "Ask a domain to end", 1, 1, NULL, run_shutdown },
  { "reboot", "DOMAIN", "Start a domain anew", 1, 1, NULL, run_reboot },
  { "focus", "DOMAIN", "Give a domain display, keyboard and mouse", 1, 1, NULL, run_focus },
  { "screenshot", "DOMAIN FILE.png", "Save what a domain shows", 1, 2, NULL, ctl_run_screenshot },
  { "save", "DOMAIN FILE", "Save a domain to a file, and end it", 2, 2, ctl_save_options, ctl_run_save },
  { "restore", "FILE", "Let a saved domain go on", 1, 1, ctl_restore_options, ctl_run_restore },
  { "migrate", "DOMAIN SOCKET", "Move a domain while it runs, to the machine with this control socket",
    2, 2, NULL, ctl_run_migrate },
  { "destroy", "DOMAIN", "End a domain at once and free its memory", 1, 1, NULL, run_destroy },
  { "set", "DOMAIN --weight N …", "Change a domain's share", 1, 1, set_options, run_set },
  { "graph", NULL, "Show which domains are busy with which", 0, 0, NULL, ctl_run_graph },
  { "console", "DOMAIN [--follow]", "Show what a domain wrote, or talk to it", 1, 1,
    ctl_console_options, ctl_run_console },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_domain = { "domain", "Shows and governs the domains.", domain_commands };
