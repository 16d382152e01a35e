/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* What the policy has kept the apps of one workspace from, newest first, and the way to the rule. */
#define DMC_TYPE_DENIAL_VIEW (dmc_denial_view_get_type ())
G_DECLARE_FINAL_TYPE (DmcDenialView, dmc_denial_view, DMC, DENIAL_VIEW, GtkScrolledWindow)

GtkWidget *dmc_denial_view_new (DmcHost *host, const char *workspace);

G_END_DECLS
