/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* Who shares what with whom: a chart of the domains and, in words, the list of their connections.
 * It asks the hypervisor anew every two seconds while it is seen.
 *
 * Signal "show-domain" (gint64 id): the user wants to see that domain.
 */
#define DMC_TYPE_GRAPH_VIEW (dmc_graph_view_get_type ())
G_DECLARE_FINAL_TYPE (DmcGraphView, dmc_graph_view, DMC, GRAPH_VIEW, GtkBox)

GtkWidget *dmc_graph_view_new (DmcHost *host);

G_END_DECLS
