/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "portal/buses.h"

G_BEGIN_DECLS

/**
 * inside_portals_start:
 * @inside: the workspace's session bus; must outlive the process's main loop
 * @error: where to leave why not
 *
 * Puts the portals on the bus inside that are about the workspace's own files and printers: FileChooser and Print. Their windows are
 * of a portal backend of the workspace's; without one they are not there, which is no error.
 */
gboolean inside_portals_start (GDBusConnection *inside, GError **error);

G_END_DECLS
