/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/* What a plugin with a page implements: a libpeas extension of this interface.
 *
 * activate() adds the page with dmc_host_add_page(); deactivate() removes it and lets go of
 * everything that it took from the host. A plugin uses nothing of the console but the host. */
#define DMC_TYPE_PAGE_PLUGIN (dmc_page_plugin_get_type ())
G_DECLARE_INTERFACE (DmcPagePlugin, dmc_page_plugin, DMC, PAGE_PLUGIN, GObject)

/**
 * DmcPagePluginInterface:
 * @parent_iface: the parent
 * @activate: the plugin starts; @host outlives it
 * @deactivate: the plugin ends
 */
struct _DmcPagePluginInterface {
  GTypeInterface parent_iface;

  void (*activate) (DmcPagePlugin *self, DmcHost *host);
  void (*deactivate) (DmcPagePlugin *self);
};

void dmc_page_plugin_activate (DmcPagePlugin *self, DmcHost *host);
void dmc_page_plugin_deactivate (DmcPagePlugin *self);

G_END_DECLS
