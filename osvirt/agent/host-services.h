/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace-settings.h"
#include "launcher/view.h"

G_BEGIN_DECLS

/**
 * AgentHostServices:
 *
 * What apps of a workspace may ask of the desktop around them: a domicile-portal, which stands on the workspace's session bus
 * and ends with this. Signal "ended" (): it has ended by itself, or with that bus.
 */
#define AGENT_TYPE_HOST_SERVICES (agent_host_services_get_type ())
G_DECLARE_FINAL_TYPE (AgentHostServices, agent_host_services, AGENT, HOST_SERVICES, GObject)

gboolean           agent_host_services_probe (GError **error);
void               agent_host_services_start_async (DmcView            *view,
                                                    const char         *name,
                                                    guint               switches,
                                                    GAsyncReadyCallback callback,
                                                    gpointer            user_data);
AgentHostServices *agent_host_services_start_finish (GAsyncResult *result, GError **error);

G_END_DECLS
