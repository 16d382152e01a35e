/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/item-list.h"

G_BEGIN_DECLS

/* An app of a workspace. Properties beside those of DmcItem:
 *   strings "name" "version" "summary" "icon" "icon-file" "source" "label" "subject"
 *   int64   "size-bytes" "launched-us" "streamed-bytes" "present-bytes"
 *   boolean "is-running" "is-favourite"
 *   uint    "n-running"
 */
#define DMC_TYPE_APP (dmc_app_get_type ())
G_DECLARE_FINAL_TYPE (DmcApp, dmc_app, DMC, APP, DmcItem)

const char *dmc_app_get_name (DmcApp *self);
const char *dmc_app_get_summary (DmcApp *self);
gboolean    dmc_app_is_running (DmcApp *self);
GIcon      *dmc_app_dup_icon (DmcApp *self);
gboolean    dmc_app_is_favourite (DmcApp *self);
gint64      dmc_app_get_launched (DmcApp *self);
gboolean    dmc_app_is_streamed (DmcApp *self);
const char *dmc_app_get_category (DmcApp *self);
char      **dmc_app_dup_categories (DmcApp *self);
gboolean    dmc_app_matches (DmcApp *self, const char *words);

/* The apps of one workspace, by name in the user's collation. */
#define DMC_TYPE_APP_LIST (dmc_app_list_get_type ())
G_DECLARE_FINAL_TYPE (DmcAppList, dmc_app_list, DMC, APP_LIST, DmcItemList)

DmcAppList *dmc_app_list_new (DmcEndpoint *agent, const char *workspace_id);
const char *dmc_app_list_get_workspace (DmcAppList *self);

G_END_DECLS
