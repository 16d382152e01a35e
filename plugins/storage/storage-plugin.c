/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <libpeas/peas.h>

#include "plugin/page-plugin.h"
#include "storage-page.h"

#define DMC_TYPE_STORAGE_PLUGIN (dmc_storage_plugin_get_type ())
G_DECLARE_FINAL_TYPE (DmcStoragePlugin, dmc_storage_plugin, DMC, STORAGE_PLUGIN, GObject)

struct _DmcStoragePlugin {
  GObject parent_instance;

  DmcHost *host;
  GtkWidget *page;
};

static void
activate (DmcPagePlugin *plugin, DmcHost *host)
{
  DmcStoragePlugin *self = DMC_STORAGE_PLUGIN (plugin);

  self->host = g_object_ref (host);
  self->page = dmc_storage_page_new (host);
  dmc_host_add_page (host, self->page, "storage", _ ("Storage"), "drive-harddisk-symbolic", 40);
}

static void
deactivate (DmcPagePlugin *plugin)
{
  DmcStoragePlugin *self = DMC_STORAGE_PLUGIN (plugin);

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

G_DEFINE_FINAL_TYPE_WITH_CODE (DmcStoragePlugin,
                               dmc_storage_plugin,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (DMC_TYPE_PAGE_PLUGIN, page_plugin_init))

static void
dmc_storage_plugin_class_init (DmcStoragePluginClass *klass)
{
}

static void
dmc_storage_plugin_init (DmcStoragePlugin *self)
{
}

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);

G_MODULE_EXPORT void
peas_register_types (PeasObjectModule *module)
{
  peas_object_module_register_extension_type (module, DMC_TYPE_PAGE_PLUGIN,
                                              DMC_TYPE_STORAGE_PLUGIN);
}
