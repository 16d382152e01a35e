/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app favourite, handlers, default, open: what the launchpad knows beside the list of apps. */
#include "app-open.h"

#include <stdio.h>
#include <string.h>

#include "app-table.h"
#include "table.h"
#include "workspace.h"

static gboolean take_back;

const GOptionEntry ctl_app_favourite_options[] = {
  { "remove", 'r', 0, G_OPTION_ARG_NONE, &take_back, "It is none any more", NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

gboolean
ctl_app_favourite (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *name = NULL;

  if (!id)
    return FALSE;
  node = ctl_call (ctl, CTL_AGENT, "app.set",
                   dmc_json_node ("workspace:s", id, "app:s", arguments[1], "favourite:b", !take_back, NULL), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  name = ctl_clean (dmc_json_get_string (json_node_get_object (node), "name", arguments[1]));
  printf (take_back ? "%s is no favourite any more.\n" : "%s is a favourite.\n", name);
  return TRUE;
}

/* A file of the workspace is absolute or a URI; everything else with one slash is a MIME type. */
static gboolean
is_type (const char *word)
{
  return word[0] != '/' && strchr (word, '/') && !g_uri_peek_scheme (word);
}

gboolean
ctl_app_handlers (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *type = NULL;

  if (!id)
    return FALSE;
  node = ctl_call (ctl, CTL_AGENT, "app.handlers",
                   dmc_json_node ("workspace:s", id, is_type (arguments[1]) ? "type:s" : "file:s", arguments[1], NULL), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  type = ctl_clean (dmc_json_get_string (json_node_get_object (node), "type", ""));
  printf ("%s, the default first:\n", type);
  ctl_print_apps (node, CTL_APPS_CHOICE, "No app of the workspace opens these.");
  return TRUE;
}

gboolean
ctl_app_default (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  g_autoptr (JsonNode) node = NULL;

  if (!id)
    return FALSE;
  node = ctl_call (ctl, CTL_AGENT, "app.set_default",
                   dmc_json_node ("workspace:s", id, "type:s", arguments[1], "app:s", arguments[2], NULL), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  if (arguments[2])
    printf ("%s opens %s from now on.\n", arguments[2], arguments[1]);
  else
    printf ("What opens %s is the system's choice again.\n", arguments[1]);
  return TRUE;
}

gboolean
ctl_app_open (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *app = NULL;

  if (!id)
    return FALSE;
  node = ctl_call (ctl, CTL_AGENT, "app.open", dmc_json_node ("workspace:s", id, "file:s", arguments[1], NULL), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  app = ctl_clean (dmc_json_get_string (json_node_get_object (node), "app", ""));
  printf ("%s opens it, as process %" G_GINT64_FORMAT " of the workspace.\n", app,
          dmc_json_get_int (json_node_get_object (node), "pid", 0));
  return TRUE;
}
