/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <libpeas/peas.h>

#include "workspace-page.h"
#include "plugin/single-page.h"

#define DMC_TYPE_WORKSPACE_PLUGIN (dmc_workspace_plugin_get_type ())
G_DECLARE_FINAL_TYPE (DmcWorkspacePlugin, dmc_workspace_plugin, DMC, WORKSPACE_PLUGIN, DmcSinglePage)

struct _DmcWorkspacePlugin {
  DmcSinglePage parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcWorkspacePlugin, dmc_workspace_plugin, DMC_TYPE_SINGLE_PAGE)

static void
dmc_workspace_plugin_class_init (DmcWorkspacePluginClass *klass)
{
  DmcSinglePageClass *page_class = DMC_SINGLE_PAGE_CLASS (klass);

  page_class->id = "workspace";
  page_class->title = _ ("Workspace");
  page_class->icon_name = "view-app-grid-symbolic";
  page_class->position = 20;
  page_class->create_page = dmc_workspace_page_new;
}

static void
dmc_workspace_plugin_init (DmcWorkspacePlugin *self)
{
}

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);

G_MODULE_EXPORT void
peas_register_types (PeasObjectModule *module)
{
  peas_object_module_register_extension_type (module, DMC_TYPE_PAGE_PLUGIN, DMC_TYPE_WORKSPACE_PLUGIN);
}
