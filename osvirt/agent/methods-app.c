/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/app-command.h"
#include "agent/app-json.h"
#include "agent/app-launch.h"
#include "agent/app-stop.h"
#include "agent/service.h"
#include "agent/workspace-apps.h"
#include "rpc/error.h"
#include "rpc/json.h"

/* One call that first needs the list of apps. */
typedef struct {
  AgentService *service;
  DmcRequest *request;
  JsonObject *params;
  AgentWorkspace *workspace;
} AppCall;

static void
app_call_free (AppCall *call)
{
  g_object_unref (call->request);
  json_object_unref (call->params);
  g_object_unref (call->workspace);
  g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppCall, app_call_free)

static AppCall *
app_call_new (AgentService *service, DmcRequest *request, JsonObject *params, AgentWorkspace *workspace)
{
  AppCall *call = g_new0 (AppCall, 1);

  call->service = service;
  call->request = g_object_ref (request);
  call->params = json_object_ref (params);
  call->workspace = g_object_ref (workspace);
  return call;
}

/* --- list ----------------------------------------------------------------------------------------------- */

static gboolean
may_list (AgentService *self, const DesktopEntry *entry)
{
  g_autofree char *label = dmc_policy_service_app_label (self->policy, entry->id);

  return dmc_policy_service_allows (self->policy, DMC_POLICY_SUBJECT_USER, label, "app", "list");
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppCall) call = data;
  GError *error = NULL;
  g_autoptr (GPtrArray) catalog = workspace_apps_finish (call->workspace, result, &error);
  g_autoptr (GArray) infos =
      catalog != NULL ? process_table_read (agent_workspace_get_processes (call->workspace), &error) : NULL;

  if (infos == NULL) {
    dmc_request_fail (call->request, error);
    return;
  }
  agent_service_read_packages (call->service);
  JsonArray *apps = json_array_new ();
  for (guint i = 0; i < catalog->len; i++) {
    DesktopEntry *entry = g_ptr_array_index (catalog, i);
    if (!entry->hidden && may_list (call->service, entry))
      json_array_add_element (apps, app_to_json (call->service, call->workspace, entry, infos));
  }
  dmc_request_reply (call->request, dmc_json_node ("apps:a", apps, NULL));
}

static void
app_list (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = agent_service_open_workspace (self, params, &error);

  if (workspace == NULL)
    dmc_request_fail (request, error);
  else
    workspace_apps_async (self, workspace, dmc_request_get_cancellable (request), on_listed,
                          app_call_new (self, request, params, workspace));
}

/* --- launch --------------------------------------------------------------------------------------------- */

static GStrv
take_strings (JsonObject *params, const char *member)
{
  JsonArray *array = dmc_json_get_array (params, member);
  g_autoptr (GStrvBuilder) out = g_strv_builder_new ();

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    g_strv_builder_add (out, json_array_get_string_element (array, i));
  return g_strv_builder_end (out);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (DmcRequest) request = data;
  GError *error = NULL;
  g_autoptr (GArray) pids = app_launch_finish (result, &error);

  if (pids == NULL) {
    dmc_request_fail (request, error);
    return;
  }
  JsonArray *all = json_array_new ();
  for (guint i = 0; i < pids->len; i++)
    json_array_add_int_element (all, g_array_index (pids, int, i));
  dmc_request_reply (request, dmc_json_node ("pid:i", (gint64) g_array_index (pids, int, 0), "pids:a", all, NULL));
}

static void
on_found (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AppCall) call = data;
  GError *error = NULL;
  g_autoptr (GPtrArray) catalog = workspace_apps_finish (call->workspace, result, &error);
  g_auto (GStrv) files = take_strings (call->params, "files");
  const char *id = dmc_json_get_string (call->params, "app", "");
  DesktopEntry *entry = catalog != NULL ? app_catalog_find (catalog, id) : NULL;
  g_autoptr (GPtrArray) commands = NULL;
  RootDir root = { .fd = -1, .home_fd = -1 };

  if (entry != NULL) {
    root.fd = dmc_view_get_root_fd (agent_workspace_get_view (call->workspace));
    commands = app_command_expand (entry, (const char *const *) files, &root, &error);
  }
  if (entry == NULL && error == NULL)
    error = dmc_error_new (DMC_ERROR_NOT_FOUND, "The list of its apps names those that can be started.",
                           "There is no app “%s” in this workspace.", id);
  if (commands == NULL)
    dmc_request_fail (call->request, error);
  else
    app_launch_async (call->service->policy, call->workspace, entry, commands,
                      dmc_json_get_string (call->params, "label", NULL),
                      dmc_request_get_cancellable (call->request), on_started, g_object_ref (call->request));
}

static void
launch_command (AgentService *self, DmcRequest *request, JsonObject *params, AgentWorkspace *workspace)
{
  g_autoptr (GPtrArray) commands = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_auto (GStrv) argv = take_strings (params, "argv");
  g_auto (GStrv) files = take_strings (params, "files");
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();

  g_strv_builder_addv (words, (const char **) argv);
  g_strv_builder_addv (words, (const char **) files);
  g_ptr_array_add (commands, g_strv_builder_end (words));
  app_launch_async (self->policy, workspace, NULL, commands, dmc_json_get_string (params, "label", NULL),
                    dmc_request_get_cancellable (request), on_started,
                    g_object_ref (request));
}

static gboolean
exactly_one (JsonObject *params, const char *first, const char *second, GError **error)
{
  if (json_object_has_member (params, first) != json_object_has_member (params, second))
    return TRUE;
  g_propagate_error (error, dmc_error_new_param (first, NULL, "give exactly one of %s and %s", first, second));
  return FALSE;
}

/* What the schema cannot say: a command has a name, and a file is where it is whatever the working folder. */
static gboolean
check_words (JsonObject *params, GError **error)
{
  g_auto (GStrv) argv = take_strings (params, "argv");
  g_auto (GStrv) files = take_strings (params, "files");

  if (argv[0] != NULL && argv[0][0] == '\0') {
    g_propagate_error (error, dmc_error_new_param ("argv[0]", NULL, "must name a command"));
    return FALSE;
  }
  for (guint i = 0; files[i] != NULL; i++) {
    const char *scheme = g_uri_peek_scheme (files[i]);
    g_autofree char *member = g_strdup_printf ("files[%u]", i);

    if (scheme != NULL || g_path_is_absolute (files[i]))
      continue;
    g_propagate_error (error, dmc_error_new_param (member, NULL, "must be an absolute path of the workspace, or a URI"));
    return FALSE;
  }
  return TRUE;
}

static void
app_launch (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  GError *error = NULL;
  AgentWorkspace *workspace = NULL;

  if (exactly_one (params, "app", "argv", &error) && check_words (params, &error))
    workspace = agent_service_open_workspace (self, params, &error);
  if (workspace == NULL)
    dmc_request_fail (request, error);
  else if (json_object_has_member (params, "argv"))
    launch_command (self, request, params, workspace);
  else
    workspace_apps_async (self, workspace, dmc_request_get_cancellable (request), on_found,
                          app_call_new (self, request, params, workspace));
}

/* --- stop ----------------------------------------------------------------------------------------------- */

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (DmcRequest) request = data;
  GError *error = NULL;
  g_autoptr (GArray) pids = app_stop_finish (result, &error);

  if (pids == NULL) {
    dmc_request_fail (request, error);
    return;
  }
  JsonArray *all = json_array_new ();
  for (guint i = 0; i < pids->len; i++)
    json_array_add_int_element (all, g_array_index (pids, int, i));
  dmc_request_reply (request, dmc_json_node ("pids:a", all, NULL));
}

static gboolean
may_stop (AgentService *self, const char *app, GError **error)
{
  g_autofree char *label = dmc_policy_service_app_label (self->policy, app);

  return dmc_policy_service_check (self->policy, DMC_POLICY_SUBJECT_USER, label, "app", "stop", error);
}

static void
app_stop (DmcRequest *request, JsonObject *params, gpointer data)
{
  AgentService *self = data;
  const char *app = dmc_json_get_string (params, "app", NULL);
  g_autofree char *id = app == NULL || g_str_has_suffix (app, ".desktop") ? g_strdup (app)
                                                                         : g_strconcat (app, ".desktop", NULL);
  GError *error = NULL;
  AgentWorkspace *workspace = NULL;

  if (exactly_one (params, "app", "pid", &error))
    workspace = agent_service_open_workspace (self, params, &error);
  if (workspace == NULL || !may_stop (self, id, &error))
    dmc_request_fail (request, error);
  else
    app_stop_async (workspace, id, (int) dmc_json_get_int (params, "pid", 0), on_stopped, g_object_ref (request));
}

void
methods_app_add (AgentService *self)
{
  static const AgentMethod methods[] = {
    { "app.list", app_list },
    { "app.launch", app_launch },
    { "app.stop", app_stop },
  };

  agent_service_add_methods (self, methods, G_N_ELEMENTS (methods));
}
