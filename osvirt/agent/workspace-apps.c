/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workspace-apps.h"

#include <fcntl.h>
#include <unistd.h>

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  GPtrArray *catalog = app_catalog_read_finish (result, &error);

  if (catalog != NULL)
    g_task_return_pointer (task, catalog, (GDestroyNotify) g_ptr_array_unref);
  else
    g_task_return_error (task, error);
}

/**
 * workspace_apps_root_open:
 * @workspace: an open workspace
 * @root: (out caller-allocates): its root and home, for a thread too; to be closed before the workspace is
 */
void
workspace_apps_root_open (AgentWorkspace *workspace, RootDir *root)
{
  DmcView *view = agent_workspace_get_view (workspace);
  int vault = dmc_vault_get_root_fd (agent_workspace_get_vault (workspace));
  g_auto (GStrv) env = dmc_view_get_environ (view);

  root->fd = fcntl (dmc_view_get_root_fd (view), F_DUPFD_CLOEXEC, 3);
  root->home_fd = openat (vault, "home", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  root->home = g_strdup (g_environ_getenv (env, "HOME"));
}

void
workspace_apps_root_close (RootDir *root)
{
  if (root->fd >= 0)
    close (root->fd);
  if (root->home_fd >= 0)
    close (root->home_fd);
  g_free ((char *) root->home);
}

/**
 * workspace_apps_async:
 * @service: the agent
 * @workspace: an open workspace
 * @cancellable: (nullable): to stop
 * @callback: called when its apps are known
 * @user_data: for @callback
 *
 * Looks which apps a workspace offers, without blocking on its medium.
 */
void
workspace_apps_async (AgentService *service, AgentWorkspace *workspace, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  char *icons = g_build_filename (service->runtime_dir, "icons", agent_workspace_get_id (workspace), NULL);
  RootDir root;

  g_task_set_source_tag (task, workspace_apps_async);
  g_task_set_task_data (task, icons, g_free);
  workspace_apps_root_open (workspace, &root);
  app_catalog_read_async (&root, icons, cancellable, on_read, task);
  workspace_apps_root_close (&root);
}

/* The workspace may have been closed meanwhile: DMC_ERROR_STATE.
 * Returns: (transfer full) (element-type DesktopEntry) (nullable): its apps, which the workspace keeps for its events, too */
GPtrArray *
workspace_apps_finish (AgentWorkspace *workspace, GAsyncResult *result, GError **error)
{
  g_autoptr (GPtrArray) catalog = g_task_propagate_pointer (G_TASK (result), error);

  if (catalog == NULL || !agent_workspace_require_open (workspace, error))
    return NULL;
  agent_workspace_set_catalog (workspace, catalog, g_task_get_task_data (G_TASK (result)));
  return g_steal_pointer (&catalog);
}
