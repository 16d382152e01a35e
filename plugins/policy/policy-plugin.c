/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <libpeas/peas.h>

#include "policy-page.h"
#include "plugin/single-page.h"

#define DMC_TYPE_POLICY_PLUGIN (dmc_policy_plugin_get_type ())
G_DECLARE_FINAL_TYPE (DmcPolicyPlugin, dmc_policy_plugin, DMC, POLICY_PLUGIN, DmcSinglePage)

struct _DmcPolicyPlugin {
  DmcSinglePage parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcPolicyPlugin, dmc_policy_plugin, DMC_TYPE_SINGLE_PAGE)

static void
dmc_policy_plugin_class_init (DmcPolicyPluginClass *klass)
{
  DmcSinglePageClass *page_class = DMC_SINGLE_PAGE_CLASS (klass);

  page_class->id = "policy";
  page_class->title = _ ("Policy");
  page_class->icon_name = "security-high-symbolic";
  page_class->position = 30;
  page_class->create_page = dmc_policy_page_new;
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
