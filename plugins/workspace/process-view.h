/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* Every process of an open workspace, children too. Asked for only while it is looked at. */
#define DMC_TYPE_PROCESS_VIEW (dmc_process_view_get_type ())
G_DECLARE_FINAL_TYPE (DmcProcessView, dmc_process_view, DMC, PROCESS_VIEW, GtkScrolledWindow)

GtkWidget *dmc_process_view_new (DmcHost *host, const char *workspace);

G_END_DECLS
