/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard: what domains and apps may spend, and have spent; battery: how full a simulated one is. */
#include "domain.h"
#include "workspace.h"

#include "table.h"

#include <stdio.h>
#include <string.h>

static const char *const resources[] = { "memory", "cpu",          "energy",  "events", "event_channels",
                                         "grants", "page_updates", "console", "processes", NULL };
static const char *const units[] = { "KiB", "%", "mW", "/s", "", "/s", "/s", "B/s", "" };

static gboolean charging;
static char *endpoint_name = (char *) "control";
static char *workspace_name;

static const GOptionEntry show_options[] = {
  { "on", 0, 0, G_OPTION_ARG_STRING, &endpoint_name, "Which endpoint: control (domains, the default) or agent (apps)", "ENDPOINT" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const GOptionEntry set_options[] = {
  { "workspace", 'w', 0, G_OPTION_ARG_STRING, &workspace_name, "Budgets of a program of this workspace: its number instead of a domain",
    "WORKSPACE" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const GOptionEntry battery_options[] = {
  { "charging", 'c', 0, G_OPTION_ARG_NONE, &charging, "It is being charged: no budget is tightened",
    NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* Programs are told by what they have used in all, so that a second of processor time is a second. */
static char *
format_used (guint resource, gint64 used, gboolean is_app)
{
  if (is_app && g_str_equal (resources[resource], "cpu"))
    return g_strdup_printf ("%.1f s", (double) used / 1e9);
  return g_strdup_printf ("%" G_GINT64_FORMAT " %s", used, units[resource]);
}

static void
add_spender (CtlTable *table, const char *name, JsonObject *domain, gboolean is_app)
{
  for (guint i = 0; resources[i]; i++) {
    JsonObject *resource = dmc_json_get_object (domain, resources[i]);
    gint64 budget = resource ? dmc_json_get_int (resource, "budget", -1) : -1;
    g_autofree char *most = NULL, *used = NULL, *throttled = NULL;

    if (!resource)
      continue;
    most = budget >= 0 ? g_strdup_printf ("%" G_GINT64_FORMAT " %s", budget, units[i]) : g_strdup ("–");
    used = format_used (i, dmc_json_get_int (resource, "used", 0), is_app);
    throttled = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (resource, "throttled", 0));
    ctl_table_add (table, name, resources[i], g_strstrip (used), g_strstrip (most), throttled);
  }
}

static void
add_app (CtlTable *table, JsonObject *app)
{
  g_autofree char *name = g_strdup_printf ("%s (%" G_GINT64_FORMAT ", %s)", dmc_json_get_string (app, "app", "a command"),
                                           dmc_json_get_int (app, "pid", 0), dmc_json_get_string (app, "label", ""));

  add_spender (table, name, app, TRUE);
}

static void
add_domain (CtlTable *table, JsonObject *domain)
{
  add_spender (table, dmc_json_get_string (domain, "name", ""), domain, FALSE);
}

static const char *const headings[] = { "DOMAIN", "RESOURCE", ">USED", ">BUDGET", ">HELD BACK", NULL };
static const char *const app_headings[] = { "PROGRAM", "RESOURCE", ">USED", ">BUDGET", ">HELD BACK", NULL };

static void
print_battery (JsonObject *guard, const char *whose)
{
  JsonObject *battery = dmc_json_get_object (guard, "battery");
  gint64 scale = dmc_json_get_int (guard, "scale_percent", dmc_json_get_int (guard, "share_percent", 100));

  if (dmc_json_get_boolean (battery, "present", FALSE))
    printf ("Battery: %.0f percent, %s.\n", dmc_json_get_double (battery, "percent", 0),
            dmc_json_get_boolean (battery, "discharging", FALSE) ? "discharging" : "not discharging");
  else
    puts ("There is no battery.");
  if (scale < 100)
    printf ("Battery or memory is low: %s have %" G_GINT64_FORMAT " percent of these budgets.\n", whose, scale);
}

static gboolean
run_show (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (CtlTable) table = NULL;
  CtlEndpoint endpoint;
  gboolean is_app;
  JsonArray *spenders;

  if (!ctl_parse_endpoint (endpoint_name, &endpoint, error))
    return FALSE;
  node = ctl_call (ctl, endpoint, "guard.get", NULL, error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  is_app = endpoint == CTL_AGENT;
  table = ctl_table_new (is_app ? app_headings : headings);
  spenders = dmc_json_get_array (json_node_get_object (node), is_app ? "apps" : "domains");
  for (guint i = 0; spenders && i < json_array_get_length (spenders); i++)
    (is_app ? add_app : add_domain) (table, json_array_get_object_element (spenders, i));
  ctl_table_print (table, is_app ? "No program with a budget runs: those have one whose label the policy limits." : "There are no domains.");
  print_battery (json_node_get_object (node), is_app ? "programs" : "guests");
  return TRUE;
}

/* Adds RESOURCE=NUMBER, or RESOURCE=none, to the parameters. */
static gboolean
add_budget (JsonObject *params, const char *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);
  guint64 number;

  if (!parts[0] || !parts[1] || !g_strv_contains (resources, parts[0])) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                 "“%s” is no budget: write RESOURCE=NUMBER or RESOURCE=none, as in events=1000. "
                 "“domicilectl guard show” lists the resources.",
                 text);
    return FALSE;
  }
  if (g_str_equal (parts[1], "none")) {
    json_object_set_null_member (params, parts[0]);
    return TRUE;
  }
  if (!g_ascii_string_to_unsigned (parts[1], 10, 0, G_MAXUINT32 - 1, &number, NULL)) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, "“%s” is not a whole number.", parts[1]);
    return FALSE;
  }
  json_object_set_int_member (params, parts[0], (gint64) number);
  return TRUE;
}

/* Who is meant: a domain, or with --workspace a program of that. */
static gboolean
add_spender_id (Ctl *ctl, JsonObject *params, const char *who, GError **error)
{
  g_autofree char *workspace = NULL;
  guint64 pid;
  gint64 id;

  if (!workspace_name) {
    if (!ctl_domain_id (ctl, who, &id, error))
      return FALSE;
    json_object_set_int_member (params, "id", id);
    return TRUE;
  }
  workspace = ctl_workspace_id (ctl, workspace_name, error);
  if (!workspace)
    return FALSE;
  if (!g_ascii_string_to_unsigned (who, 10, 1, G_MAXINT32, &pid, NULL)) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE,
                 "“%s” is not the number of a program. “domicilectl guard show --on agent” lists them.", who);
    return FALSE;
  }
  json_object_set_string_member (params, "workspace", workspace);
  json_object_set_int_member (params, "pid", (gint64) pid);
  return TRUE;
}

static gboolean
run_set (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonObject) params = json_object_new ();
  g_autoptr (CtlTable) table = ctl_table_new (workspace_name ? app_headings : headings);
  g_autoptr (JsonNode) node = NULL;

  if (!add_spender_id (ctl, params, arguments[0], error))
    return FALSE;
  for (char **argument = arguments + 1; *argument; argument++)
    if (!add_budget (params, *argument, error))
      return FALSE;
  node = ctl_call (ctl, workspace_name ? CTL_AGENT : CTL_CONTROL, "guard.set", dmc_json_take_object (json_object_ref (params)), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  (workspace_name ? add_app : add_domain) (table, json_node_get_object (node));
  ctl_table_print (table, "");
  return TRUE;
}

static gboolean
run_battery (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonNode) node = NULL;
  guint64 percent;

  if (!g_ascii_string_to_unsigned (arguments[0], 10, 0, 100, &percent, NULL)) {
    g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, "“%s” is not a percentage from 0 to 100.",
                 arguments[0]);
    return FALSE;
  }
  node = ctl_call (ctl, CTL_CONTROL, "battery.set",
                   dmc_json_node ("percent:i", (gint64) percent, "discharging:b", !charging, NULL), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  printf ("Battery: %" G_GUINT64_FORMAT " percent, %s; guests have %" G_GINT64_FORMAT
          " percent of their budgets.\n",
          percent, charging ? "charging" : "discharging",
          dmc_json_get_int (json_node_get_object (node), "scale_percent", 100));
  return TRUE;
}

static const CtlCommand guard_commands[] = {
  { "show", NULL, "Tell what domains or apps may spend, and have spent", 0, 0, show_options, run_show },
  { "set", "DOMAIN RESOURCE=NUMBER…", "Set budgets; “none” takes one away", 2, -1, set_options, run_set },
  { "battery", "PERCENT", "Say how full the simulated battery is", 1, 1, battery_options, run_battery },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_guard = { "guard", "Budgets of domains and apps, and the battery.", guard_commands };
