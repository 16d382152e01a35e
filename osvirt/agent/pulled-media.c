/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What runs on a medium that is gone would go on for as long as it finds what it wants in memory, and lose all of that: so it is ended
 * at once, and its user is told while the stick is still in the hand. Where the kernel does not tell, in some containers, the
 * next write finds out. */
#include "agent/pulled-media.h"

#include "agent/workspace-failed.h"
#include "rpc/error.h"
#include "storage/block-events.h"
#include "storage/medium.h"

struct _PulledMedia {
  AgentService *service;
  BlockEvents *events; /* NULL: this host has none */
};

static GError *
pulled_error (AgentWorkspace *workspace)
{
  return dmc_error_new (DMC_ERROR_IO, "Attach it again and open the workspace: what had been saved is on it.",
                        "The medium of “%s” was pulled out while the workspace was open.", agent_workspace_get_name (workspace));
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
      workspace_failed_close (g_ptr_array_index (list, i), self->service->server, pulled_error (g_ptr_array_index (list, i)), 0, TRUE);
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
