/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plugin/page-plugin.h"

G_BEGIN_DECLS

/* A page plugin that is one page, as most are: a subclass names the page in its class and says how
 * its widget is made; adding and removing it is done here. */
#define DMC_TYPE_SINGLE_PAGE (dmc_single_page_get_type ())
G_DECLARE_DERIVABLE_TYPE (DmcSinglePage, dmc_single_page, DMC, SINGLE_PAGE, GObject)

/**
 * DmcSinglePageClass:
 * @parent_class: the parent
 * @id: the page's id
 * @title: its translated title; a static string, as gettext gives it
 * @icon_name: its icon
 * @position: where it stands among the pages
 * @create_page: (transfer floating): makes the page's widget
 */
struct _DmcSinglePageClass {
  GObjectClass parent_class;

  const char *id;
  const char *title;
  const char *icon_name;
  int         position;

  GtkWidget *(*create_page) (DmcHost *host);
};

G_END_DECLS
