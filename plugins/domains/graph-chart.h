/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "connection.h"
#include "model/domain.h"

G_BEGIN_DECLS

/* The domains as buttons, the control domain in the middle and the others around it, and lines
 * between them for what they share.
 *
 * Property "selected" (int64): the id of the domain whose lines stand out; -1: all. A click on its
 * button chooses it, and another one takes that back; notifies.
 */
#define DMC_TYPE_GRAPH_CHART (dmc_graph_chart_get_type ())
G_DECLARE_FINAL_TYPE (DmcGraphChart, dmc_graph_chart, DMC, GRAPH_CHART, GtkOverlay)

GtkWidget *dmc_graph_chart_new (DmcDomainList *domains);
gint64     dmc_graph_chart_get_selected (DmcGraphChart *self);
void       dmc_graph_chart_set_selected (DmcGraphChart *self, gint64 id);

/**
 * dmc_graph_chart_set_connections:
 * @self: the chart
 * @connections: (transfer none) (element-type DmcConnection): what to show
 */
void dmc_graph_chart_set_connections (DmcGraphChart *self, GArray *connections);

G_END_DECLS
