/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/status.h"

/**
 * dmc_status_show:
 * @page: the page
 * @title: what there is
 * @description: (nullable): what to do about it, plain text
 */
void
dmc_status_show (HdyStatusPage *page, const char *title, const char *description)
{
  g_autofree char *spoken = g_strjoin (". ", title, description, NULL);
  g_autofree char *markup = description != NULL ? g_markup_escape_text (description, -1) : NULL; /* what the page expects */

  hdy_status_page_set_title (page, title);
  hdy_status_page_set_description (page, markup);
  atk_object_set_name (gtk_widget_get_accessible (GTK_WIDGET (page)), spoken);
}
