/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/app.h"

G_BEGIN_DECLS

/* Sections beside the main categories. */
#define DMC_APP_SECTION_ALL        ""
#define DMC_APP_SECTION_FAVOURITES "favourites"
#define DMC_APP_SECTION_RECENT     "recent"
#define DMC_APP_SECTION_RUNNING    "running"

/* The launchpad's model: the apps of a workspace that are in one section and match what is typed, as a list model of
 * #DmcApp. In order: what was started last first in "recent"; what matches best first in a search; else the favourites
 * first; then by name. It follows the apps. */
#define DMC_TYPE_APP_FILTER (dmc_app_filter_get_type ())
G_DECLARE_FINAL_TYPE (DmcAppFilter, dmc_app_filter, DMC, APP_FILTER, GObject)

DmcAppFilter *dmc_app_filter_new (DmcAppList *apps);
void          dmc_app_filter_set_section (DmcAppFilter *self, const char *section);
const char   *dmc_app_filter_get_section (DmcAppFilter *self);
void          dmc_app_filter_set_search (DmcAppFilter *self, const char *words);
guint         dmc_app_filter_count (DmcAppFilter *self, const char *section);

G_END_DECLS
