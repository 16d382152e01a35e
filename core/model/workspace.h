/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/item-list.h"

G_BEGIN_DECLS

/* A workspace the agent knows. Properties beside those of DmcItem:
 *   strings "name" "path" "state" "mode" "vault" "desktop-kind" "desktop-address" "recovered" "notes"
 *   int64   "size-bytes" "used-bytes" "apps" "opened-us"
 *   boolean "is-open"
 */
#define DMC_TYPE_WORKSPACE (dmc_workspace_get_type ())
G_DECLARE_FINAL_TYPE (DmcWorkspace, dmc_workspace, DMC, WORKSPACE, DmcItem)

const char *dmc_workspace_get_name (DmcWorkspace *self);
const char *dmc_workspace_get_path (DmcWorkspace *self);
const char *dmc_workspace_get_state (DmcWorkspace *self);
gboolean    dmc_workspace_is_open (DmcWorkspace *self);

/**
 * dmc_workspace_list_traces:
 * @closed: (nullable): the result of the job that closed a workspace
 *
 * Returns: (transfer full) (nullable): what is not as it was on its computer, one line each with a bullet and a newline before
 *   it; %NULL where all is
 */
char *dmc_workspace_list_traces (JsonNode *closed);

#define DMC_TYPE_WORKSPACE_LIST (dmc_workspace_list_get_type ())
G_DECLARE_FINAL_TYPE (DmcWorkspaceList, dmc_workspace_list, DMC, WORKSPACE_LIST, DmcItemList)

DmcWorkspaceList *dmc_workspace_list_new (DmcEndpoint *agent);

/* The workspace that is open now, or NULL: (transfer none) */
DmcWorkspace *dmc_workspace_list_get_open (DmcWorkspaceList *self);

G_END_DECLS
