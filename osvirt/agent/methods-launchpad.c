/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app.set, app.handlers, app.set_default, app.open: favourites, and which app opens what. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/app-command.h"
#include "agent/app-json.h"
#include "agent/app-launch.h"
#include "agent/service.h"
#include "agent/workspace-apps.h"
#include "apps/mime-apps.h"
#include "rpc/error.h"
#include "rpc/json.h"
#include "storage/read-file.h"
#include "storage/replace-file.h"

typedef struct {
  AgentService *service;
  DmcRequest *request;
  JsonObject *params;
  AgentWorkspace *workspace;
  RootDir root;
  GPtrArray *catalog;
  char *type;
  char *app; /* the chosen one's id in full */
  GPtrArray *handlers;
} Call;

static void
call_free (Call *call)
{
  g_object_unref (call->request);
  json_object_unref (call->params);
  g_object_unref (call->workspace);
  workspace_apps_root_close (&call->root);
  g_clear_pointer (&call->catalog, g_ptr_array_unref);
  g_clear_pointer (&call->handlers, g_ptr_array_unref);
  g_free (call->type);
  g_free (call->app);
  g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

static void
fail (Call *call, GError *error)
{
  dmc_request_fail (call->request, error);
}

/* Every method here begins with the workspace's apps. */
static void
begin (AgentService *self, DmcRequest *request, JsonObject *params, GAsyncReadyCallback next)
{
  GError *error = NULL;
  AgentWorkspace *workspace = agent_service_open_workspace (self, params, &error);
  Call *call;

  if (workspace == NULL) {
    dmc_request_fail (request, error);
    return;
  }
  call = g_new0 (Call, 1);
  call->service = self;
  call->request = g_object_ref (request);
  call->params = json_object_ref (params);
  call->workspace = g_object_ref (workspace);
  call->root = (RootDir){ .fd = -1, .home_fd = -1 };
  workspace_apps_async (self, workspace, dmc_request_get_cancellable (request), next, call);
}

/* The app that "app" names, in the catalogue that has just been read. */
static DesktopEntry *
find_app (Call *call, GAsyncResult *result, GError **error)
{
  const char *id = dmc_json_get_string (call->params, "app", "");
  DesktopEntry *entry;

  call->catalog = workspace_apps_finish (call->workspace, result, error);
  if (call->catalog == NULL)
    return NULL;
  entry = app_catalog_find (call->catalog, id);
  if (entry == NULL)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_NOT_FOUND, "The list of its apps names those that it has.",
                                             "There is no app “%s” in this workspace.", id));
  return entry;
}

static void
reply_with_app (Call *call, const DesktopEntry *entry)
{
  GError *error = NULL;
  g_autoptr (GArray) infos = NULL;

  if (!agent_workspace_require_open (call->workspace, &error)) {
    fail (call, error);
    return;
  }
  infos = process_table_read (agent_workspace_get_processes (call->workspace), &error);
  if (infos == NULL)
    fail (call, error);
  else
    dmc_request_reply (call->request, app_to_json (call->service, call->workspace, entry, infos));
}

/* --- favourites -------------------------------------------------------------------------------------------------- */

static void
on_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Call) call = data;
  DesktopEntry *entry = app_catalog_find (call->catalog, dmc_json_get_string (call->params, "app", ""));
  GError *error = NULL;

  if (!agent_launchpad_save_finish (result, &error)) {
    fail (call, error);
    return;
  }
  reply_with_app (call, entry);
  if (agent_workspace_get_state (call->workspace) == WORKSPACE_OPEN)
    agent_events_app_changed (call->workspace, entry->id);
}

static void
on_found_to_set (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Call) call = data;
  GError *error = NULL;
  DesktopEntry *entry = find_app (call, result, &error);
  AgentLaunchpad *launchpad = agent_workspace_get_launchpad (call->workspace);

  if (entry == NULL) {
    fail (call, error);
  } else if (!json_object_has_member (call->params, "favourite")) {
    reply_with_app (call, entry);
  } else {
    agent_launchpad_set_favourite (launchpad, entry->id, dmc_json_get_boolean (call->params, "favourite", FALSE));
    agent_launchpad_save_async (launchpad, on_kept, g_steal_pointer (&call));
  }
}

static void
app_set (DmcRequest *request, JsonObject *params, gpointer data)
{
  begin (data, request, params, on_found_to_set);
}

/* --- who opens what ------------------------------------------------------------------------------------------------ */

static void
look_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Call *call = task_data;
  GError *error = NULL;

  if (call->type == NULL)
    call->type = mime_apps_type_of (&call->root, dmc_json_get_string (call->params, "file", ""), &error);
  if (error != NULL) {
    g_task_return_error (task, error);
    return;
  }
  call->handlers = mime_apps_find (&call->root, call->catalog, call->type);
  g_task_return_boolean (task, TRUE);
}

/* Looks for the apps that open the type or the file that was asked for, then goes on with @next, which owns the call. */
static void
look (Call *call, GAsyncResult *result, GAsyncReadyCallback next)
{
  g_autoptr (Call) owned = call;
  GError *error = NULL;
  g_autoptr (GTask) task = NULL;

  call->catalog = workspace_apps_finish (call->workspace, result, &error);
  if (call->catalog == NULL) {
    fail (call, error);
    return;
  }
  call->type = g_strdup (dmc_json_get_string (call->params, "type", NULL));
  workspace_apps_root_open (call->workspace, &call->root);
  task = g_task_new (NULL, NULL, next, g_steal_pointer (&owned));
  g_task_set_task_data (task, call, NULL);
  g_task_run_in_thread (task, look_in_thread);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Call) call = data;
  g_autoptr (GArray) infos = NULL;
  GError *error = NULL;
  JsonArray *apps;

  if (!g_task_propagate_boolean (G_TASK (result), &error) || !agent_workspace_require_open (call->workspace, &error)
      || (infos = process_table_read (agent_workspace_get_processes (call->workspace), &error)) == NULL) {
    fail (call, error);
    return;
  }
  apps = json_array_new ();
  for (guint i = 0; i < call->handlers->len; i++)
    json_array_add_element (apps, app_to_json (call->service, call->workspace, g_ptr_array_index (call->handlers, i), infos));
  dmc_request_reply (call->request, dmc_json_node ("type:s", call->type, "apps:a", apps, NULL));
}

static void
on_apps_to_look (GObject *source, GAsyncResult *result, gpointer data)
{
  look (data, result, on_looked);
}

/* A file is named by where it is in the workspace. */
static gboolean
check_file (const char *file, GError **error)
{
  if (g_path_is_absolute (file) || g_uri_peek_scheme (file) != NULL)
    return TRUE;
  g_propagate_error (error, dmc_error_new_param ("file", NULL, "must be an absolute path of the workspace, or a URI"));
  return FALSE;
}

static gboolean
check_type (const char *type, GError **error)
{
  if (mime_apps_type_is_valid (type))
    return TRUE;
  g_propagate_error (error, dmc_error_new_param ("type", NULL, "must be a MIME type such as text/plain"));
  return FALSE;
}

static void
app_handlers (DmcRequest *request, JsonObject *params, gpointer data)
{
  const char *type = dmc_json_get_string (params, "type", NULL), *file = dmc_json_get_string (params, "file", NULL);
  GError *error = NULL;

  if ((type == NULL) == (file == NULL))
    error = dmc_error_new_param ("type", NULL, "give exactly one of type and file");
  else if (type != NULL ? !check_type (type, &error) : !check_file (file, &error))
    g_assert (error != NULL);
  if (error != NULL)
    dmc_request_fail (request, error);
  else
    begin (data, request, params, on_apps_to_look);
}

/* --- open -------------------------------------------------------------------------------------------------------- */

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Call) call = data;
  GError *error = NULL;
  g_autoptr (GArray) pids = app_launch_finish (result, &error);
  DesktopEntry *entry = call->handlers != NULL ? g_ptr_array_index (call->handlers, 0) : NULL;

  if (pids == NULL)
    fail (call, error);
  else
    dmc_request_reply (call->request, dmc_json_node ("pid:i", (gint64) g_array_index (pids, int, 0), "app:s", entry->id, NULL));
}

static void
on_looked_to_open (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Call) call = data;
  const char *file = dmc_json_get_string (call->params, "file", "");
  const char *files[] = { file, NULL };
  g_autoptr (GPtrArray) commands = NULL;
  DesktopEntry *entry = NULL;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error) && agent_workspace_require_open (call->workspace, &error)
      && call->handlers->len == 0)
    error = dmc_error_new (DMC_ERROR_NOT_FOUND, "Install one, or start an app with the file.",
                           "No app of this workspace opens files of the type %s.", call->type);
  if (error == NULL) {
    entry = g_ptr_array_index (call->handlers, 0);
    commands = app_command_expand (entry, files, &call->root, &error);
  }
  if (commands == NULL) {
    fail (call, error);
    return;
  }
  app_launch_async (call->service->policy, call->workspace, entry, commands, NULL,
                    dmc_request_get_cancellable (call->request), on_started, call);
  g_steal_pointer (&call);
}

static void
on_apps_to_open (GObject *source, GAsyncResult *result, gpointer data)
{
  look (data, result, on_looked_to_open);
}

static void
app_open (DmcRequest *request, JsonObject *params, gpointer data)
{
  GError *error = NULL;

  if (check_file (dmc_json_get_string (params, "file", ""), &error))
    begin (data, request, params, on_apps_to_open);
  else
    dmc_request_fail (request, error);
}

/* --- the default --------------------------------------------------------------------------------------------------- */

static GError *
not_written (int saved)
{
  return dmc_error_new (saved == ENOSPC || saved == EDQUOT ? DMC_ERROR_RESOURCE : DMC_ERROR_IO,
                        "Free some space on the medium, and look whether it is writable.",
                        "The choice could not be written to the workspace's " MIME_APPS_LIST ": %s.", g_strerror (saved));
}

/* In the home folder anything may be planted: no link is followed on the way. */
static void
choose_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  Call *call = task_data;
  int folder = call->root.home_fd >= 0 ? open_folder_at (call->root.home_fd, ".config") : -1, fd, saved;
  g_autofree char *text = NULL;
  g_autofree char *changed = NULL;
  gboolean done = FALSE;
  gsize length = 0;

  fd = folder >= 0 ? openat (folder, "mimeapps.list", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
  if (fd >= 0 && !read_fd (fd, MIME_APPS_MAX_SIZE, &text, &length, NULL)) {
    close (folder);
    folder = -1; /* whatever that is, it is not ours to replace */
    errno = EINVAL;
  }
  saved = errno;
  if (fd >= 0)
    close (fd);
  if (folder >= 0) {
    changed = mime_apps_with_default (text, call->type, call->app);
    done = replace_file_at (folder, "mimeapps.list", changed, strlen (changed));
    saved = errno;
    close (folder);
  }
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, not_written (saved));
}

static void
on_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Call) call = data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    dmc_request_reply (call->request, dmc_json_node ("type:s", call->type, NULL));
  else
    fail (call, error);
}

static void
on_found_to_choose (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Call) call = data;
  gboolean chosen = json_object_has_member (call->params, "app");
  g_autoptr (GTask) task = NULL;
  DesktopEntry *entry = NULL;
  GError *error = NULL;
  Call *kept = call;

  if (chosen)
    entry = find_app (call, result, &error);
  else
    call->catalog = workspace_apps_finish (call->workspace, result, &error);
  if (entry != NULL && !g_str_has_suffix (entry->id, ".desktop"))
    error = dmc_error_new (DMC_ERROR_UNSUPPORTED, NULL, "“%s” has no menu entry, so that it cannot be a default app.", entry->name);
  if (error != NULL) {
    fail (call, error);
    return;
  }
  call->app = g_strdup (entry != NULL ? entry->id : NULL);
  call->type = g_strdup (dmc_json_get_string (call->params, "type", ""));
  workspace_apps_root_open (call->workspace, &call->root);
  task = g_task_new (NULL, NULL, on_chosen, g_steal_pointer (&call));
  g_task_set_task_data (task, kept, NULL);
  g_task_run_in_thread (task, choose_in_thread);
}

static void
app_set_default (DmcRequest *request, JsonObject *params, gpointer data)
{
  GError *error = NULL;

  if (check_type (dmc_json_get_string (params, "type", ""), &error))
    begin (data, request, params, on_found_to_choose);
  else
    dmc_request_fail (request, error);
}

void
methods_launchpad_add (AgentService *self)
{
  static const AgentMethod methods[] = {
    { "app.set", app_set },
    { "app.handlers", app_handlers },
    { "app.open", app_open },
    { "app.set_default", app_set_default },
  };

  agent_service_add_methods (self, methods, G_N_ELEMENTS (methods));
}
