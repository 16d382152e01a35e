/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <libpeas/peas.h>

#include "plugin/page-plugin.h"
#include "policy-page.h"

#define DMC_TYPE_POLICY_PLUGIN (dmc_policy_plugin_get_type ())
G_DECLARE_FINAL_TYPE (DmcPolicyPlugin, dmc_policy_plugin, DMC, POLICY_PLUGIN, GObject)

struct _DmcPolicyPlugin {
  GObject parent_instance;

  DmcHost *host;
  GtkWidget *page;
};

static void
activate (DmcPagePlugin *plugin, DmcHost *host)
{
  DmcPolicyPlugin *self = DMC_POLICY_PLUGIN (plugin);

  self->host = g_object_ref (host);
  self->page = dmc_policy_page_new (host);
  dmc_host_add_page (host, self->page, "policy", _ ("Policy"), "security-high-symbolic", 30);
}

static void
deactivate (DmcPagePlugin *plugin)
{
  DmcPolicyPlugin *self = DMC_POLICY_PLUGIN (plugin);

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

G_DEFINE_FINAL_TYPE_WITH_CODE (DmcPolicyPlugin,
                               dmc_policy_plugin,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (DMC_TYPE_PAGE_PLUGIN, page_plugin_init))

static void
dmc_policy_plugin_class_init (DmcPolicyPluginClass *klass)
{
}

static void
dmc_policy_plugin_init (DmcPolicyPlugin *self)
{
}

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);

G_MODULE_EXPORT void
peas_register_types (PeasObjectModule *module)
{
  peas_object_module_register_extension_type (module, DMC_TYPE_PAGE_PLUGIN, DMC_TYPE_POLICY_PLUGIN);
}
