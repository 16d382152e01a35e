/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <libpeas/peas.h>

#include "domains-page.h"
#include "plugin/page-plugin.h"

#define DMC_TYPE_DOMAINS_PLUGIN (dmc_domains_plugin_get_type ())
G_DECLARE_FINAL_TYPE (DmcDomainsPlugin, dmc_domains_plugin, DMC, DOMAINS_PLUGIN, GObject)

struct _DmcDomainsPlugin {
  GObject parent_instance;

  DmcHost *host;
  GtkWidget *page;
};

static void
activate (DmcPagePlugin *plugin, DmcHost *host)
{
  DmcDomainsPlugin *self = DMC_DOMAINS_PLUGIN (plugin);

  self->host = g_object_ref (host);
  self->page = dmc_domains_page_new (host);
  dmc_host_add_page (host, self->page, "domains", _ ("Domains"), "domicile-domains-symbolic", 10);
}

static void
deactivate (DmcPagePlugin *plugin)
{
  DmcDomainsPlugin *self = DMC_DOMAINS_PLUGIN (plugin);

  dmc_host_remove_page (self->host, self->page);
  self->page = NULL;
  g_clear_object (&self->host);
}

static void
page_plugin_init (DmcPagePluginInterface *iface)
{
  iface->activate = activate;
  iface->deactivate = deactivate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (DmcDomainsPlugin,
                               dmc_domains_plugin,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (DMC_TYPE_PAGE_PLUGIN, page_plugin_init))

static void
dmc_domains_plugin_class_init (DmcDomainsPluginClass *klass)
{
}

static void
dmc_domains_plugin_init (DmcDomainsPlugin *self)
{
}

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);

G_MODULE_EXPORT void
peas_register_types (PeasObjectModule *module)
{
  peas_object_module_register_extension_type (module, DMC_TYPE_PAGE_PLUGIN,
                                              DMC_TYPE_DOMAINS_PLUGIN);
}
