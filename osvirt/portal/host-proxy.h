/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "portal/buses.h"

G_BEGIN_DECLS

/**
 * host_proxy_connect:
 * @services: what shall be reached
 * @error: where to leave why not
 *
 * Starts an xdg-dbus-proxy, which ends with this process, and connects through it to the session bus of the host. Blocks.
 *
 * Returns: (transfer full): a connection that @services can be called on, or %NULL
 */
GDBusConnection *host_proxy_connect (PortalService services, GError **error);

G_END_DECLS
