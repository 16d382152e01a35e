/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

void dmc_app_grid_bind (GtkFlowBox *grid, GListModel *apps);
