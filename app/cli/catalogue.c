/* SPDX-License-Identifier: GPL-2.0-or-later */
/* catalogue: where a workspace finds apps. */
#include "app-table.h"
#include "table.h"
#include "workspace.h"

#include <stdio.h>

static JsonNode *
call_on_workspace (Ctl *ctl, const char *method, const char *name, const char *member, const char *value, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, name, error);
  JsonObject *params;

  if (!id)
    return NULL;
  params = dmc_json_object ("workspace:s", id, NULL);
  if (value)
    json_object_set_string_member (params, member, value);
  return ctl_call (ctl, CTL_AGENT, method, dmc_json_take_object (params), error);
}

static gboolean
run_list (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const headings[] = { "ID", "NAME", ">APPS", "ADDRESS", NULL };
  g_autoptr (JsonNode) node = call_on_workspace (ctl, "catalogue.list", arguments[0], NULL, NULL, error);
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  JsonArray *all;

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  all = dmc_json_get_array (json_node_get_object (node), "catalogues");
  for (guint i = 0; all && i < json_array_get_length (all); i++) {
    JsonObject *one = json_array_get_object_element (all, i);
    g_autofree char *apps = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (one, "apps", 0));

    ctl_table_add (table, dmc_json_get_string (one, "id", ""), dmc_json_get_string (one, "name", ""), apps,
                   dmc_json_get_string (one, "url", ""));
  }
  ctl_table_print (table, "This workspace has no catalogue. Add one: domicilectl catalogue add WORKSPACE URL");
  return TRUE;
}

static gboolean
run_apps (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonNode) node = call_on_workspace (ctl, "catalogue.apps", arguments[0], "search", arguments[1], error);

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  ctl_print_apps (node, CTL_APPS_OFFERED, "No catalogue of this workspace has such an app.");
  return TRUE;
}

/* Starts a job, follows it, and says what came of it. */
static gboolean
follow (Ctl *ctl, JsonNode *started, const char *done, GError **error)
{
  g_autoptr (JsonNode) owned = started;
  g_autoptr (JsonNode) result = NULL;
  JsonObject *object;

  if (!owned || !ctl_follow_job (ctl, CTL_AGENT, owned, &result, error))
    return FALSE;
  if (ctl->json)
    return ctl_print_json (result);
  object = json_node_get_object (result);
  printf ("%s%s%s.\n", done, json_object_has_member (object, "name") ? " " : "", dmc_json_get_string (object, "name", ""));
  return TRUE;
}

static char *trust;
static const GOptionEntry add_options[] = {
  { "trust", 0, 0, G_OPTION_ARG_STRING, &trust, "Trust what this key has signed", "KEY" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static gboolean
run_add (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);

  return id
         && follow (ctl,
                    ctl_call (ctl, CTL_AGENT, "catalogue.add",
                              dmc_json_node ("workspace:s", id, "url:s", arguments[1], "trust:s", trust, NULL), error),
                    "Added", error);
}

static gboolean
run_refresh (Ctl *ctl, char **arguments, GError **error)
{
  return follow (ctl, call_on_workspace (ctl, "catalogue.refresh", arguments[0], "catalogue", arguments[1], error), "Refreshed", error);
}

static gboolean
run_remove (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonNode) node = call_on_workspace (ctl, "catalogue.remove", arguments[0], "catalogue", arguments[1], error);

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  puts ("Removed. What was installed from it stays.");
  return TRUE;
}

static const CtlCommand commands[] = {
  { "list", "WORKSPACE", "List the catalogues of an open workspace", 1, 1, NULL, run_list },
  { "apps", "WORKSPACE [WORDS]", "List the apps in them", 1, 2, NULL, run_apps },
  { "add", "WORKSPACE URL", "Add a catalogue", 2, 2, add_options, run_add },
  { "refresh", "WORKSPACE [CATALOGUE]", "Fetch one or all of them again", 1, 2, NULL, run_refresh },
  { "remove", "WORKSPACE CATALOGUE", "Forget one", 2, 2, NULL, run_remove },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_catalogue = { "catalogue", "Finds apps for a workspace.", commands };
