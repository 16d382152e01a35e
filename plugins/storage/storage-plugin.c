/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gi18n.h>
#include <libpeas/peas.h>

#include "storage-page.h"
#include "plugin/single-page.h"

#define DMC_TYPE_STORAGE_PLUGIN (dmc_storage_plugin_get_type ())
G_DECLARE_FINAL_TYPE (DmcStoragePlugin, dmc_storage_plugin, DMC, STORAGE_PLUGIN, DmcSinglePage)

struct _DmcStoragePlugin {
  DmcSinglePage parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcStoragePlugin, dmc_storage_plugin, DMC_TYPE_SINGLE_PAGE)

static void
dmc_storage_plugin_class_init (DmcStoragePluginClass *klass)
{
  DmcSinglePageClass *page_class = DMC_SINGLE_PAGE_CLASS (klass);

  page_class->id = "storage";
  page_class->title = _ ("Storage");
  page_class->icon_name = "drive-harddisk-symbolic";
  page_class->position = 40;
  page_class->create_page = dmc_storage_page_new;
}

static void
dmc_storage_plugin_init (DmcStoragePlugin *self)
{
}

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);

G_MODULE_EXPORT void
peas_register_types (PeasObjectModule *module)
{
  peas_object_module_register_extension_type (module, DMC_TYPE_PAGE_PLUGIN, DMC_TYPE_STORAGE_PLUGIN);
}
