/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/**
 * DmcDefaultApps:
 *
 * Which app of a workspace opens what kind of file: one row each.
 */
#define DMC_TYPE_DEFAULT_APPS (dmc_default_apps_get_type ())
G_DECLARE_FINAL_TYPE (DmcDefaultApps, dmc_default_apps, DMC, DEFAULT_APPS, GtkBox)

GtkWidget *dmc_default_apps_new (DmcHost *host, const char *workspace);
void       dmc_default_apps_keep (DmcDefaultApps *self);

G_END_DECLS
