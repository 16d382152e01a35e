/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* What a domain shows on the machine's display, asked for again and again while it is looked at. Its
 * buttons use the actions of the group "domain". */
#define DMC_TYPE_DISPLAY_VIEW (dmc_display_view_get_type ())
G_DECLARE_FINAL_TYPE (DmcDisplayView, dmc_display_view, DMC, DISPLAY_VIEW, GtkBox)

GtkWidget *dmc_display_view_new (DmcHost *host, DmcDomain *domain);

G_END_DECLS
