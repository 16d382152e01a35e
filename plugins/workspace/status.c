/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

/**
 * dmc_status_show:
 * @page: the page
 * @title: what there is
 * @description: (nullable): what to do about it
 */
void
dmc_status_show (HdyStatusPage *page, const char *title, const char *description)
{
  g_autofree char *spoken = g_strjoin (". ", title, description, NULL);

  hdy_status_page_set_title (page, title);
  hdy_status_page_set_description (page, description);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (page)), spoken);
}
