/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "portal/buses.h"

G_BEGIN_DECLS

/**
 * desktop_portal_start:
 * @buses: must outlive the process's main loop
 * @services: those of %PORTAL_APPEARANCE and %PORTAL_LINKS that the workspace may use
 * @error: where to leave why not
 *
 * Puts the host's portals on the bus inside: its appearance, and links, which the host's user is asked about each time. No other
 * portal is there.
 */
gboolean desktop_portal_start (const PortalBuses *buses, PortalService services, GError **error);

G_END_DECLS
