/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "launcher/view.h"

G_BEGIN_DECLS

/* Hears when the session bus of a view ends. It is no child of the agent's, and nothing of it may be open outside of a view that is to be
 * suspended: so this watches its process on the host. */
typedef struct BusWatch BusWatch;

/**
 * bus_watch_new:
 * @view: a view whose bus has been started by ../registry/session-bus.sh
 * @ended: called once, when it has ended
 * @data: for @ended
 *
 * Returns: (transfer full) (nullable): %NULL where no bus runs
 */
BusWatch *bus_watch_new (DmcView *view, void (*ended) (gpointer data), gpointer data);
void      bus_watch_free (BusWatch *self);

G_END_DECLS
