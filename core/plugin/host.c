/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-plugin"

#include "plugin/host.h"

G_DEFINE_INTERFACE (DmcHost, dmc_host, G_TYPE_OBJECT)

static void
dmc_host_default_init (DmcHostInterface *iface)
{
}

/**
 * dmc_host_add_page:
 * @self: the console
 * @widget: the page; the host takes a reference (sinks a floating one)
 * @id: a stable word ("domains")
 * @title: the page's translated name
 * @icon_name: a symbolic icon of the icon theme
 * @position: pages stand in the order of this number
 */
void
dmc_host_add_page (DmcHost    *self,
                   GtkWidget  *widget,
                   const char *id,
                   const char *title,
                   const char *icon_name,
                   int         position)
{
  g_return_if_fail (DMC_IS_HOST (self));
  g_return_if_fail (GTK_IS_WIDGET (widget));
  g_return_if_fail (id != NULL && title != NULL);
  DMC_HOST_GET_IFACE (self)->add_page (self, widget, id, title, icon_name, position);
}

/**
 * dmc_host_remove_page:
 * @self: the console
 * @widget: a page that was added
 */
void
dmc_host_remove_page (DmcHost *self, GtkWidget *widget)
{
  g_return_if_fail (DMC_IS_HOST (self));
  DMC_HOST_GET_IFACE (self)->remove_page (self, widget);
}

/**
 * dmc_host_show_page:
 * @self: the console
 * @id: a page's id; one that is not there is passed over
 *
 * Brings a page to the front.
 */
void
dmc_host_show_page (DmcHost *self, const char *id)
{
  g_return_if_fail (DMC_IS_HOST (self));
  if (DMC_HOST_GET_IFACE (self)->show_page != NULL)
    DMC_HOST_GET_IFACE (self)->show_page (self, id);
}

/**
 * dmc_host_get_endpoint:
 * @self: the console
 * @name: "control" or "agent"
 *
 * Returns: (transfer none) (nullable): the endpoint; NULL for another name
 */
DmcEndpoint *
dmc_host_get_endpoint (DmcHost *self, const char *name)
{
  g_return_val_if_fail (DMC_IS_HOST (self), NULL);
  return DMC_HOST_GET_IFACE (self)->get_endpoint (self, name);
}

/**
 * dmc_host_get_domains:
 * @self: the console
 *
 * Returns: (transfer none): the domains, shared by all pages
 */
DmcDomainList *
dmc_host_get_domains (DmcHost *self)
{
  g_return_val_if_fail (DMC_IS_HOST (self), NULL);
  return DMC_HOST_GET_IFACE (self)->get_domains (self);
}

/**
 * dmc_host_get_workspaces:
 * @self: the console
 *
 * Returns: (transfer none): the workspaces, shared by all pages
 */
DmcWorkspaceList *
dmc_host_get_workspaces (DmcHost *self)
{
  g_return_val_if_fail (DMC_IS_HOST (self), NULL);
  return DMC_HOST_GET_IFACE (self)->get_workspaces (self);
}

/**
 * dmc_host_get_volumes:
 * @self: the console
 *
 * Returns: (transfer none): the volumes, shared by all pages
 */
DmcVolumeList *
dmc_host_get_volumes (DmcHost *self)
{
  g_return_val_if_fail (DMC_IS_HOST (self), NULL);
  return DMC_HOST_GET_IFACE (self)->get_volumes (self);
}

/**
 * dmc_host_show_error:
 * @self: the console
 * @what: (nullable): what did not work ("Could not pause mail")
 * @error: why; its hint is shown too
 *
 * It is shown until the user closes it or goes to another page, or until it is taken back: dmc_host_clear_error().
 */
void
dmc_host_show_error (DmcHost *self, const char *what, const GError *error)
{
  g_return_if_fail (DMC_IS_HOST (self));
  g_return_if_fail (error != NULL);
  DMC_HOST_GET_IFACE (self)->show_error (self, what, error);
}

/**
 * dmc_host_clear_error:
 * @self: the console
 * @what: what works now, in the words that dmc_host_show_error() was given when it did not
 *
 * Takes that error back, if it is still to be read.
 */
void
dmc_host_clear_error (DmcHost *self, const char *what)
{
  g_return_if_fail (DMC_IS_HOST (self));
  g_return_if_fail (what != NULL);
  if (DMC_HOST_GET_IFACE (self)->clear_error != NULL)
    DMC_HOST_GET_IFACE (self)->clear_error (self, what);
}

/**
 * dmc_host_tell_outcome:
 * @self: the console
 * @what: what did not work ("Could not pause mail")
 * @error: (nullable): why, or NULL where it worked
 *
 * Shows the error, or takes back the one of an earlier attempt.
 */
void
dmc_host_tell_outcome (DmcHost *self, const char *what, const GError *error)
{
  if (error != NULL)
    dmc_host_show_error (self, what, error);
  else
    dmc_host_clear_error (self, what);
}

/**
 * dmc_host_show_message:
 * @self: the console
 * @text: one sentence that the user reads in passing
 */
void
dmc_host_show_message (DmcHost *self, const char *text)
{
  g_return_if_fail (DMC_IS_HOST (self));
  DMC_HOST_GET_IFACE (self)->show_message (self, text);
}

/**
 * dmc_host_get_window:
 * @self: the console
 *
 * Returns: (transfer none) (nullable): the window that dialogs belong to
 */
GtkWindow *
dmc_host_get_window (DmcHost *self)
{
  g_return_val_if_fail (DMC_IS_HOST (self), NULL);
  if (DMC_HOST_GET_IFACE (self)->get_window == NULL)
    return NULL;
  return DMC_HOST_GET_IFACE (self)->get_window (self);
}
