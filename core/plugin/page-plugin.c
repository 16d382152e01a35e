/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-plugin"

#include "plugin/page-plugin.h"

G_DEFINE_INTERFACE (DmcPagePlugin, dmc_page_plugin, G_TYPE_OBJECT)

static void
dmc_page_plugin_default_init (DmcPagePluginInterface *iface)
{
}

/**
 * dmc_page_plugin_activate:
 * @self: a plugin
 * @host: the console
 *
 * Starts the plugin: it adds its page.
 */
void
dmc_page_plugin_activate (DmcPagePlugin *self, DmcHost *host)
{
  DmcPagePluginInterface *iface;

  g_return_if_fail (DMC_IS_PAGE_PLUGIN (self));
  g_return_if_fail (DMC_IS_HOST (host));
  iface = DMC_PAGE_PLUGIN_GET_IFACE (self);
  if (iface->activate != NULL)
    iface->activate (self, host);
}

/**
 * dmc_page_plugin_deactivate:
 * @self: a plugin
 *
 * Ends the plugin: it removes its page and lets go of the host.
 */
void
dmc_page_plugin_deactivate (DmcPagePlugin *self)
{
  DmcPagePluginInterface *iface;

  g_return_if_fail (DMC_IS_PAGE_PLUGIN (self));
  iface = DMC_PAGE_PLUGIN_GET_IFACE (self);
  if (iface->deactivate != NULL)
    iface->deactivate (self);
}
