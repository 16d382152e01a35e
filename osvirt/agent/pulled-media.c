/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runs on a medium that is gone would go on for as long as it finds what it wants in memory, and lose all of that: so it is ended
 * at once, and its user is told while the stick is still in the hand. Where the kernel does not tell, in some containers, the
 * next write finds out. */
#include "agent/pulled-media.h"

#include "agent/workspace-close.h"
#include "rpc/error.h"
#include "storage/block-events.h"
#include "storage/medium.h"

struct _PulledMedia {
  AgentService *service;
  BlockEvents *events; /* NULL: this host has none */
};

/* One workspace while it is being closed. */
typedef struct {
  AgentWorkspace *workspace;
  DmcJob *job;
} Pulled;

static GError *
pulled_error (AgentWorkspace *workspace)
{
  return dmc_error_new (DMC_ERROR_IO, "Attach it again and open the workspace: what had been saved is on it.",
                        "The medium of “%s” was pulled out while the workspace was open.", agent_workspace_get_name (workspace));
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer data)
{
  Pulled *pulled = data;
  g_autoptr (JsonNode) node = workspace_close_finish (result, NULL);
  GError *error = pulled_error (pulled->workspace);

  agent_workspace_lost (pulled->workspace, error->message);
  dmc_job_fail (pulled->job, error);
  g_object_unref (pulled->job);
  g_object_unref (pulled->workspace);
  g_free (pulled);
}

static void
close_pulled (PulledMedia *self, AgentWorkspace *workspace)
{
  g_autoptr (GError) error = pulled_error (workspace);
  Pulled *pulled;

  if (agent_workspace_get_state (workspace) != WORKSPACE_OPEN)
    return; /* it is on its way in or out, and finds out */
  agent_workspace_set_problem (workspace, error->message);
  agent_workspace_step (workspace, WORKSPACE_EVENT_CLOSE, NULL);
  g_warning ("The medium of the workspace “%s” was pulled out", agent_workspace_get_name (workspace));
  pulled = g_new0 (Pulled, 1);
  pulled->workspace = g_object_ref (workspace);
  pulled->job = dmc_job_new (self->service->server, "workspace.close");
  workspace_close_async (workspace, 0, pulled->job, on_closed, pulled);
}

static void
on_gone (dev_t device, gpointer data)
{
  PulledMedia *self = data;
  g_autoptr (GPtrArray) list = agent_store_list (self->service->store);

  for (guint i = 0; i < list->len; i++) {
    const Medium *medium = agent_workspace_get_medium (g_ptr_array_index (list, i));

    /* The device itself, as another may have its number by now. */
    if (medium != NULL && ((device != 0 && medium_has (medium, device)) || !medium_is_there (medium)))
      close_pulled (self, g_ptr_array_index (list, i));
  }
}

PulledMedia *
pulled_media_new (AgentService *service)
{
  PulledMedia *self = g_new0 (PulledMedia, 1);

  self->service = service;
  self->events = block_events_new (on_gone, self);
  return self;
}

void
pulled_media_free (PulledMedia *self)
{
  g_clear_pointer (&self->events, block_events_free);
  g_free (self);
}
