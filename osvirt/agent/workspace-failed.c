/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent/workspace-failed.h"

#include "agent/workspace-close.h"
#include "rpc/error.h"

/* One workspace while it is being closed. */
typedef struct {
  AgentWorkspace *workspace;
  DmcJob *job;
  GError *why;
  gboolean lost;
} Failed;

static void
on_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  Failed *failed = data;
  g_autoptr (JsonNode) node = workspace_close_finish (result, NULL);

  if (failed->lost)
    agent_workspace_lost (failed->workspace, agent_workspace_get_problem (failed->workspace));
  dmc_error_set_data (failed->why, "host_clean",
                      json_node_copy (json_object_get_member (json_node_get_object (node), "host_clean")));
  dmc_job_fail (failed->job, failed->why);
  g_object_unref (failed->job);
  g_object_unref (failed->workspace);
  g_free (failed);
}

void
workspace_failed_close (AgentWorkspace *workspace, DmcServer *server, GError *why, guint grace_ms, gboolean lost)
{
  g_autofree char *problem = g_strdup_printf ("%s %s", why->message, dmc_error_get_hint (why));
  Failed *failed;

  if (agent_workspace_get_state (workspace) != WORKSPACE_OPEN) {
    g_error_free (why);
    return;
  }
  g_warning ("%s", problem);
  agent_workspace_set_problem (workspace, problem); /* before its state changes, so that they are told together */
  agent_workspace_step (workspace, WORKSPACE_EVENT_CLOSE, NULL);
  failed = g_new (Failed, 1);
  *failed = (Failed){ g_object_ref (workspace), dmc_job_new (server, "workspace.close"), why, lost };
  workspace_close_async (workspace, grace_ms, failed->job, on_closed, failed);
}
