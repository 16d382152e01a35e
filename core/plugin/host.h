/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "model/domain.h"
#include "model/endpoint.h"
#include "model/volume.h"
#include "model/workspace.h"

G_BEGIN_DECLS

/* What the console offers its plugins; implemented by the application (and by test hosts). */
#define DMC_TYPE_HOST (dmc_host_get_type ())
G_DECLARE_INTERFACE (DmcHost, dmc_host, DMC, HOST, GObject)

/**
 * DmcHostInterface:
 * @parent_iface: the parent
 * @add_page: shows @widget as a page; pages stand in the order of @position, then of their coming
 * @remove_page: removes a page added before
 * @show_page: brings the page with this id to the front
 * @get_endpoint: (transfer none) (nullable): "control" or "agent"
 * @get_domains: (transfer none): the domains, shared by all pages
 * @get_workspaces: (transfer none): the workspaces, shared by all pages
 * @get_volumes: (transfer none): the volumes, shared by all pages
 * @show_error: tells the user what failed; @what: (nullable): the sentence's beginning, as "Could
 *   not pause mail"
 * @clear_error: takes an error back that @show_error told with the same @what, where it is still to be read
 * @show_message: tells the user something in passing
 * @get_window: (transfer none) (nullable): the parent for dialogs
 */
struct _DmcHostInterface {
  GTypeInterface parent_iface;

  void              (*add_page) (DmcHost    *self,
                                 GtkWidget  *widget,
                                 const char *id,
                                 const char *title,
                                 const char *icon_name,
                                 int         position);
  void              (*remove_page) (DmcHost *self, GtkWidget *widget);
  void              (*show_page) (DmcHost *self, const char *id);
  DmcEndpoint      *(*get_endpoint) (DmcHost *self, const char *name);
  DmcDomainList    *(*get_domains) (DmcHost *self);
  DmcWorkspaceList *(*get_workspaces) (DmcHost *self);
  DmcVolumeList    *(*get_volumes) (DmcHost *self);
  void              (*show_error) (DmcHost *self, const char *what, const GError *error);
  void              (*clear_error) (DmcHost *self, const char *what);
  void              (*show_message) (DmcHost *self, const char *text);
  GtkWindow        *(*get_window) (DmcHost *self);
};

void              dmc_host_add_page (DmcHost    *self,
                                     GtkWidget  *widget,
                                     const char *id,
                                     const char *title,
                                     const char *icon_name,
                                     int         position);
void              dmc_host_remove_page (DmcHost *self, GtkWidget *widget);
void              dmc_host_show_page (DmcHost *self, const char *id);
DmcEndpoint      *dmc_host_get_endpoint (DmcHost *self, const char *name);
DmcDomainList    *dmc_host_get_domains (DmcHost *self);
DmcWorkspaceList *dmc_host_get_workspaces (DmcHost *self);
DmcVolumeList    *dmc_host_get_volumes (DmcHost *self);
void              dmc_host_show_error (DmcHost *self, const char *what, const GError *error);
void              dmc_host_clear_error (DmcHost *self, const char *what);
void              dmc_host_tell_outcome (DmcHost *self, const char *what, const GError *error);
void              dmc_host_show_message (DmcHost *self, const char *text);
GtkWindow        *dmc_host_get_window (DmcHost *self);

G_END_DECLS
