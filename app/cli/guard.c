/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard: what domains may spend, and have spent; battery: how full a simulated one is. */
#include "domain.h"

#include "table.h"

#include <stdio.h>
#include <string.h>

static const char *const resources[] = { "memory", "cpu",          "energy",  "events", "event_channels",
                                         "grants", "page_updates", "console", NULL };
static const char *const units[] = { "KiB", "%", "mW", "/s", "", "/s", "/s", "B/s" };

static gboolean charging;

static const GOptionEntry battery_options[] = {
  { "charging", 'c', 0, G_OPTION_ARG_NONE, &charging, "It is being charged: no budget is tightened",
    NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static void
add_domain (CtlTable *table, JsonObject *domain)
{
  for (guint i = 0; resources[i]; i++) {
    JsonObject *resource = dmc_json_get_object (domain, resources[i]);
    gint64 budget = resource ? dmc_json_get_int (resource, "budget", -1) : -1;
    g_autofree char *most = NULL, *used = NULL, *throttled = NULL;

    if (!resource)
      continue;
    most = budget >= 0 ? g_strdup_printf ("%" G_GINT64_FORMAT " %s", budget, units[i]) : g_strdup ("–");
    used = g_strdup_printf ("%" G_GINT64_FORMAT " %s", dmc_json_get_int (resource, "used", 0), units[i]);
    throttled = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (resource, "throttled", 0));
    ctl_table_add (table, dmc_json_get_string (domain, "name", ""), resources[i], g_strstrip (used),
                   g_strstrip (most), throttled);
  }
}

static const char *const headings[]
    = { "DOMAIN", "RESOURCE", ">USED", ">BUDGET", ">HELD BACK", NULL };

static gboolean
run_show (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonNode) node = ctl_call (ctl, CTL_CONTROL, "guard.get", NULL, error);
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  JsonArray *domains;
  gint64 scale;

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  domains = dmc_json_get_array (json_node_get_object (node), "domains");
  for (guint i = 0; domains && i < json_array_get_length (domains); i++)
    add_domain (table, json_array_get_object_element (domains, i));
  ctl_table_print (table, "There are no domains.");
  scale = dmc_json_get_int (json_node_get_object (node), "scale_percent", 100);
  if (scale < 100)
    printf ("Battery or memory is low: guests have %" G_GINT64_FORMAT " percent of these budgets.\n",
            scale);
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

static gboolean
run_set (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonObject) params = json_object_new ();
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  g_autoptr (JsonNode) node = NULL;
  gint64 id;

  if (!ctl_domain_id (ctl, arguments[0], &id, error))
    return FALSE;
  json_object_set_int_member (params, "id", id);
  for (char **argument = arguments + 1; *argument; argument++)
    if (!add_budget (params, *argument, error))
      return FALSE;
  node = ctl_call (ctl, CTL_CONTROL, "guard.set", dmc_json_take_object (json_object_ref (params)), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  add_domain (table, json_node_get_object (node));
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
  { "show", NULL, "Tell what domains may spend, and have spent", 0, 0, NULL, run_show },
  { "set", "DOMAIN RESOURCE=NUMBER…", "Set budgets of a domain; “none” takes one away", 2, -1, NULL, run_set },
  { "battery", "PERCENT", "Say how full the simulated battery is", 1, 1, battery_options, run_battery },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_guard = { "guard", "Budgets of domains, and the battery.", guard_commands };
