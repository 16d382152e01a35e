/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runs on a medium that is gone would go on for as long as it finds what it wants in memory, and lose all of that: so it is ended
 * at once, and its user is told while the stick is still in the hand. The kernel tells of devices through udev; where no
 * udev runs, the next write finds out. */
#include "agent/pulled-media.h"

#include <gudev/gudev.h>

#include "agent/workspace-close.h"
#include "rpc/error.h"
#include "storage/medium.h"

struct _PulledMedia {
  AgentService *service;
  GUdevClient *devices;
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
on_uevent (GUdevClient *devices, const char *action, GUdevDevice *device, gpointer data)
{
  PulledMedia *self = data;
  g_autoptr (GPtrArray) list = NULL;

  if (!g_str_equal (action, "remove"))
    return;
  list = agent_store_list (self->service->store);
  for (guint i = 0; i < list->len; i++)
    if (!medium_is_there (agent_workspace_get_medium (g_ptr_array_index (list, i))))
      close_pulled (self, g_ptr_array_index (list, i));
}

PulledMedia *
pulled_media_new (AgentService *service)
{
  static const char *const subsystems[] = { "block", NULL };
  PulledMedia *self = g_new0 (PulledMedia, 1);

  self->service = service;
  self->devices = g_udev_client_new (subsystems);
  g_signal_connect (self->devices, "uevent", G_CALLBACK (on_uevent), self);
  return self;
}

void
pulled_media_free (PulledMedia *self)
{
  g_signal_handlers_disconnect_by_data (self->devices, self);
  g_object_unref (self->devices);
  g_free (self);
}
