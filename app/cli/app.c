/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app and process: what can run and what runs in an open workspace. */
#include "app-open.h"
#include "app-output.h"
#include "app-table.h"
#include "table.h"
#include "workspace.h"

#include <stdio.h>
#include <string.h>

/* Calls a list method of a workspace. */
static JsonNode *
call_on_workspace (Ctl *ctl, const char *method, const char *name, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, name, error);

  return id ? ctl_call (ctl, CTL_AGENT, method, dmc_json_node ("workspace:s", id, NULL), error) : NULL;
}

static gboolean
run_list (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (JsonNode) node = call_on_workspace (ctl, "app.list", arguments[0], error);

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  ctl_print_apps (node, CTL_APPS_INSTALLED, "There are no apps.");
  return TRUE;
}

static JsonArray *
string_array (char **strings)
{
  JsonArray *array = json_array_new ();

  for (char **p = strings; *p; p++)
    json_array_add_string_element (array, *p);
  return array;
}

static char *label;
static gboolean wait_for_end;
#define LABEL_OPTION { "label", 0, 0, G_OPTION_ARG_STRING, &label, "Start it under this label of the policy, not the one that it has", "LABEL" }
static const GOptionEntry launch_options[] = {
  LABEL_OPTION,
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};
static const GOptionEntry run_options[] = {
  { "wait", 'w', 0, G_OPTION_ARG_NONE, &wait_for_end, "Print what it writes, wait for its end, and exit with its status", NULL },
  LABEL_OPTION,
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* Launches and tells the process. */
static gboolean
launch (Ctl *ctl, JsonNode *params, GError **error)
{
  g_autoptr (JsonNode) node = ctl_call (ctl, CTL_AGENT, "app.launch", params, error);

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  printf ("Runs as process %" G_GINT64_FORMAT " of the workspace.\n",
          dmc_json_get_int (json_node_get_object (node), "pid", 0));
  return TRUE;
}

static gboolean
run_launch (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  JsonArray *files = arguments[2] ? string_array (arguments + 2) : NULL;

  return id
         && launch (ctl,
                    dmc_json_node ("workspace:s", id, "app:s", arguments[1], "files:a", files, "label:s", label, NULL),
                    error);
}

static gboolean
run_run (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  g_autofree char *name = g_path_get_basename (arguments[1]);
  JsonNode *params;

  if (!id)
    return FALSE;
  params = dmc_json_node ("workspace:s", id, "argv:a", string_array (arguments + 1), "label:s", label, NULL);
  return wait_for_end ? ctl_app_wait (ctl, id, name, params, error) : launch (ctl, params, error);
}

static gboolean
run_stop (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  g_autoptr (JsonNode) node = NULL;
  JsonObject *params;
  gint64 pid;

  if (!id)
    return FALSE;
  params = dmc_json_object ("workspace:s", id, NULL);
  if (g_ascii_string_to_signed (arguments[1], 10, 1, G_MAXINT32, &pid, NULL))
    json_object_set_int_member (params, "pid", pid);
  else
    json_object_set_string_member (params, "app", arguments[1]);
  node = ctl_call (ctl, CTL_AGENT, "app.stop", dmc_json_take_object (params), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  puts ("Asked to stop.");
  return TRUE;
}

/* A file is named by its path from here; the agent's own folder is another. */
static char *
absolute_file (const char *word)
{
  g_autoptr (GFile) file = NULL;

  if (g_uri_peek_scheme (word) != NULL || (!strchr (word, '/') && !g_file_test (word, G_FILE_TEST_EXISTS)))
    return g_strdup (word);
  file = g_file_new_for_commandline_arg (word);
  return g_file_get_path (file);
}

/* Starts the job, follows it, and says how it ended. */
static gboolean
follow (Ctl *ctl, const char *method, JsonNode *params, const char *done, GError **error)
{
  g_autoptr (JsonNode) started = ctl_call (ctl, CTL_AGENT, method, params, error);
  g_autoptr (JsonNode) result = NULL;
  const char *name;
  JsonObject *app;

  if (!started || !ctl_follow_job (ctl, CTL_AGENT, started, &result, error))
    return FALSE;
  if (ctl->json)
    return ctl_print_json (result);
  app = json_node_get_object (result);
  name = dmc_json_get_string (app, "name", dmc_json_get_string (app, "id", ""));
  printf ("%s %s.\n", done, name);
  return TRUE;
}

static char *trust;
static gboolean stream;
static char *catalogue;
static const GOptionEntry install_options[] = {
  { "trust", 0, 0, G_OPTION_ARG_STRING, &trust, "Trust this signer of a bundle from now on", "KEY" },
  { "stream", 0, 0, G_OPTION_ARG_NONE, &stream, "Leave a bundle on its server, and fetch what is used of it", NULL },
  { "label", 0, 0, G_OPTION_ARG_STRING, &label, "Give it this label of the policy from now on", "LABEL" },
  { "catalogue", 0, 0, G_OPTION_ARG_STRING, &catalogue, "Install the app of that name from this catalogue", "CATALOGUE" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static gboolean
run_install (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  g_autofree char *source = catalogue ? g_strdup (arguments[1]) : absolute_file (arguments[1]);

  return id
         && follow (ctl, "app.install", dmc_json_node ("workspace:s", id, "source:s", source, "trust:s", trust, "stream:b", stream,
                                                  "catalogue:s", catalogue, "label:s", label, NULL),
                    "Installed", error);
}

static gboolean
run_pin (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);

  return id && follow (ctl, "app.pin", dmc_json_node ("workspace:s", id, "app:s", arguments[1], NULL), "Fetched all of", error);
}

static gboolean
run_capture (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  g_autoptr (JsonNode) started
      = id ? ctl_call (ctl, CTL_AGENT, "app.capture", dmc_json_node ("workspace:s", id, NULL), error) : NULL;
  g_autoptr (JsonNode) result = NULL;

  if (!started || !ctl_follow_job (ctl, CTL_AGENT, started, &result, error))
    return FALSE;
  if (ctl->json)
    return ctl_print_json (result);
  puts ("Install what you want to have in one file, then: domicilectl app export WORKSPACE capture FILE");
  return TRUE;
}

static char *actions_file;
static const GOptionEntry export_options[] = {
  { "actions", 0, 0, G_OPTION_ARG_FILENAME, &actions_file, "Take the life-cycle actions from this JSON file", "FILE" },
  { "label", 0, 0, G_OPTION_ARG_STRING, &label, "Let it ask for this label where it is installed", "LABEL" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* @actions: (out): %NULL where no file was named */
static gboolean
read_actions (JsonObject **actions, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = NULL;
  gsize length = 0;

  *actions = NULL;
  if (!actions_file)
    return TRUE;
  if (!g_file_get_contents (actions_file, &text, &length, error))
    return FALSE;
  node = dmc_json_parse (text, (gssize)length, error);
  if (!node)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_PARAMS, NULL, "“%s” holds no JSON object of actions.", actions_file));
    return FALSE;
  }
  *actions = json_node_dup_object (node);
  return TRUE;
}

static gboolean
run_export (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (arguments[2]);
  g_autofree char *path = g_file_get_path (file);
  JsonObject *actions;

  return id && read_actions (&actions, error)
         && follow (ctl, "app.export",
                    dmc_json_node ("workspace:s", id, "source:s", arguments[1], "path:s", path, "actions:o", actions,
                                   "label:s", label, NULL),
                    "Made a bundle of", error);
}

static gboolean
run_remove (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);

  return id
         && follow (ctl, "app.remove", dmc_json_node ("workspace:s", id, "app:s", arguments[1], NULL),
                    "Removed", error);
}

/* Commands may hold whole scripts. */
#define MAX_COMMAND 200

static char *
join_argv (JsonObject *process)
{
  JsonArray *argv = dmc_json_get_array (process, "argv");
  GString *text = g_string_new (NULL);

  for (guint i = 0; argv && i < json_array_get_length (argv); i++)
    g_string_append_printf (text, "%s%s", i ? " " : "", json_array_get_string_element (argv, i));
  g_strdelimit (text->str, "\n\r\t", ' ');
  if (g_utf8_strlen (text->str, -1) > MAX_COMMAND) {
    g_string_truncate (text, (gsize) (g_utf8_offset_to_pointer (text->str, MAX_COMMAND) - text->str));
    g_string_append (text, "…");
  }
  return g_string_free (text, FALSE);
}

static gboolean
run_process_list (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const headings[]
      = { ">PID", ">PARENT", ">ON HOST", ">CPU TIME", ">MEMORY", "LABEL", "APP", "COMMAND", NULL };
  g_autoptr (JsonNode) node = call_on_workspace (ctl, "process.list", arguments[0], error);
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  JsonArray *processes;

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);

  processes = dmc_json_get_array (json_node_get_object (node), "processes");
  for (guint i = 0; processes && i < json_array_get_length (processes); i++) {
    JsonObject *process = json_array_get_object_element (processes, i);
    g_autofree char *pid
        = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (process, "pid", 0));
    g_autofree char *parent
        = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (process, "ppid", 0));
    g_autofree char *on_host
        = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (process, "host_pid", 0));
    g_autofree char *time = ctl_format_ns (dmc_json_get_int (process, "cpu_time_ns", 0));
    g_autofree char *memory = ctl_format_kib (dmc_json_get_int (process, "memory_kib", 0));
    g_autofree char *command = join_argv (process);

    ctl_table_add (table, pid, parent, on_host, time, memory, dmc_json_get_string (process, "subject", ""),
                   dmc_json_get_string (process, "app", ""), command);
  }
  ctl_table_print (table, "Nothing runs in this workspace.");
  return TRUE;
}

static const CtlCommand app_commands[] = {
  { "list", "WORKSPACE", "List the apps of an open workspace", 1, 1, NULL, run_list },
  { "launch", "WORKSPACE APP [FILE…]", "Start an app", 2, -1, launch_options, run_launch },
  { "run", "WORKSPACE -- COMMAND…", "Start a command", 2, -1, run_options, run_run },
  { "output", "WORKSPACE APP|COMMAND", "Print what an app or a command has written to its output", 2, 2, NULL, ctl_app_output },
  { "install", "WORKSPACE PACKAGE|FILE|URL|APP", "Install a Debian package, an AppImage, an archive or a bundle", 2, 2, install_options, run_install },
  { "pin", "WORKSPACE APP", "Fetch all of an app that is streamed", 2, 2, NULL, run_pin },
  { "capture", "WORKSPACE", "Note what there is; what comes next can be exported", 1, 1, NULL, run_capture },
  { "export", "WORKSPACE APP|capture FILE", "Make a bundle: an app as one signed file", 3, 3, export_options, run_export },
  { "remove", "WORKSPACE APP", "Remove what was installed", 2, 2, NULL, run_remove },
  { "open", "WORKSPACE FILE|URI", "Open a file of the workspace with its default app", 2, 2, NULL, ctl_app_open },
  { "handlers", "WORKSPACE FILE|TYPE", "Tell which apps open a file or a MIME type", 2, 2, NULL, ctl_app_handlers },
  { "default", "WORKSPACE TYPE [APP]", "Choose the default app for a MIME type, or none", 2, 3, NULL, ctl_app_default },
  { "favourite", "WORKSPACE APP", "Make an app a favourite", 2, 2, ctl_app_favourite_options, ctl_app_favourite },
  { "stop", "WORKSPACE APP|PID", "Stop an app or one process", 2, 2, NULL, run_stop },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_app = { "app", "Starts and stops apps in a workspace.", app_commands };

static const CtlCommand process_commands[] = {
  { "list", "WORKSPACE", "List every process of a workspace", 1, 1, NULL, run_process_list },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_process = { "process", "Shows what runs in a workspace.", process_commands };
