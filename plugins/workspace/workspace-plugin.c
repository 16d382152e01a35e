/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <libpeas/peas.h>

#include "workspace-page.h"
#include "plugin/page-plugin.h"

#define DMC_TYPE_WORKSPACE_PLUGIN (dmc_workspace_plugin_get_type ())
G_DECLARE_FINAL_TYPE (DmcWorkspacePlugin, dmc_workspace_plugin, DMC, WORKSPACE_PLUGIN, GObject)

struct _DmcWorkspacePlugin {
  GObject parent_instance;

  DmcHost *host;
  GtkWidget *page;
};

static void
activate (DmcPagePlugin *plugin, DmcHost *host)
{
  DmcWorkspacePlugin *self = DMC_WORKSPACE_PLUGIN (plugin);

  self->host = g_object_ref (host);
  self->page = dmc_workspace_page_new (host);
  dmc_host_add_page (host, self->page, "workspace", _ ("Workspace"), "view-app-grid-symbolic", 20);
}

static void
deactivate (DmcPagePlugin *plugin)
{
  DmcWorkspacePlugin *self = DMC_WORKSPACE_PLUGIN (plugin);

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

G_DEFINE_FINAL_TYPE_WITH_CODE (DmcWorkspacePlugin,
                               dmc_workspace_plugin,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (DMC_TYPE_PAGE_PLUGIN, page_plugin_init))

static void
dmc_workspace_plugin_class_init (DmcWorkspacePluginClass *klass)
{
}

static void
dmc_workspace_plugin_init (DmcWorkspacePlugin *self)
{
}

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);

G_MODULE_EXPORT void
peas_register_types (PeasObjectModule *module)
{
  peas_object_module_register_extension_type (module, DMC_TYPE_PAGE_PLUGIN,
                                              DMC_TYPE_WORKSPACE_PLUGIN);
}
