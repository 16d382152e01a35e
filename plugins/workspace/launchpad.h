/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* The apps of an open workspace as a grid: find them, start them, stop them. */
#define DMC_TYPE_LAUNCHPAD (dmc_launchpad_get_type ())
G_DECLARE_FINAL_TYPE (DmcLaunchpad, dmc_launchpad, DMC, LAUNCHPAD, GtkBox)

GtkWidget *dmc_launchpad_new (DmcHost *host, const char *workspace);
void dmc_launchpad_find (DmcLaunchpad *self);

G_END_DECLS
