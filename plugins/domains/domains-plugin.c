/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <libpeas/peas.h>

#include "domains-page.h"
#include "plugin/single-page.h"

#define DMC_TYPE_DOMAINS_PLUGIN (dmc_domains_plugin_get_type ())
G_DECLARE_FINAL_TYPE (DmcDomainsPlugin, dmc_domains_plugin, DMC, DOMAINS_PLUGIN, DmcSinglePage)

struct _DmcDomainsPlugin {
  DmcSinglePage parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcDomainsPlugin, dmc_domains_plugin, DMC_TYPE_SINGLE_PAGE)

static void
dmc_domains_plugin_class_init (DmcDomainsPluginClass *klass)
{
  DmcSinglePageClass *page_class = DMC_SINGLE_PAGE_CLASS (klass);

  page_class->id = "domains";
  page_class->title = _ ("Domains");
  page_class->icon_name = "domicile-domains-symbolic";
  page_class->position = 10;
  page_class->create_page = dmc_domains_page_new;
}

static void
dmc_domains_plugin_init (DmcDomainsPlugin *self)
{
}

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);

G_MODULE_EXPORT void
peas_register_types (PeasObjectModule *module)
{
  peas_object_module_register_extension_type (module, DMC_TYPE_PAGE_PLUGIN, DMC_TYPE_DOMAINS_PLUGIN);
}
