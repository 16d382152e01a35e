/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <libpeas/peas.h>

#include "plugin/host.h"

G_BEGIN_DECLS

/* Finds the plugins and runs those that are switched on: the one of the first page at once, the
 * others when the main loop is idle, so that the window does not wait for them. A plugin that fails
 * is reported to the host and stops nobody else.
 *
 * A plugin's file says where its page stands ("X-Position") and has the page's id as module name.
 * Search path: $DOMICILE_PLUGIN_PATH (folders joined by ":"), the user's own, the build tree's when
 * run from there, the system's. */
#define DMC_TYPE_PLUGIN_LOADER (dmc_plugin_loader_get_type ())
G_DECLARE_FINAL_TYPE (DmcPluginLoader, dmc_plugin_loader, DMC, PLUGIN_LOADER, GObject)

DmcPluginLoader *dmc_plugin_loader_new (DmcHost *host, const char *const *disabled);

void dmc_plugin_loader_run (DmcPluginLoader *self, const char *first_page);
GList *dmc_plugin_loader_get_plugins (DmcPluginLoader *self);
gboolean dmc_plugin_loader_is_enabled (DmcPluginLoader *self, PeasPluginInfo *info);
gboolean
dmc_plugin_loader_set_enabled (DmcPluginLoader *self, PeasPluginInfo *info, gboolean enabled);
char **dmc_plugin_loader_dup_disabled (DmcPluginLoader *self);

G_END_DECLS
