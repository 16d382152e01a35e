/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-plugin"

#include "plugin/single-page.h"

typedef struct {
  DmcHost   *host; /* while the plugin is active */
  GtkWidget *page; /* belongs to the host */
} DmcSinglePagePrivate;

static void page_plugin_init (DmcPagePluginInterface *iface);

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (DmcSinglePage,
                                  dmc_single_page,
                                  G_TYPE_OBJECT,
                                  G_ADD_PRIVATE (DmcSinglePage)
                                      G_IMPLEMENT_INTERFACE (DMC_TYPE_PAGE_PLUGIN, page_plugin_init))

static void
activate (DmcPagePlugin *plugin, DmcHost *host)
{
  DmcSinglePagePrivate *priv = dmc_single_page_get_instance_private (DMC_SINGLE_PAGE (plugin));
  DmcSinglePageClass *klass = DMC_SINGLE_PAGE_GET_CLASS (plugin);

  g_return_if_fail (priv->host == NULL);
  priv->host = g_object_ref (host);
  priv->page = klass->create_page (host);
  dmc_host_add_page (host, priv->page, klass->id, klass->title, klass->icon_name, klass->position);
}

static void
deactivate (DmcPagePlugin *plugin)
{
  DmcSinglePagePrivate *priv = dmc_single_page_get_instance_private (DMC_SINGLE_PAGE (plugin));

  dmc_host_remove_page (priv->host, priv->page);
  priv->page = NULL;
  g_clear_object (&priv->host);
}

static void
page_plugin_init (DmcPagePluginInterface *iface)
{
  iface->activate = activate;
  iface->deactivate = deactivate;
}

static void
dmc_single_page_class_init (DmcSinglePageClass *klass)
{
}

static void
dmc_single_page_init (DmcSinglePage *self)
{
}
