/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/item-list.h"

G_BEGIN_DECLS

/* A storage volume the agent sees. Properties beside those of DmcItem:
 *   strings "kind" "label" "path" "address" "state"
 *   int64   "size-bytes" "free-bytes"
 */
#define DMC_TYPE_VOLUME (dmc_volume_get_type ())
G_DECLARE_FINAL_TYPE (DmcVolume, dmc_volume, DMC, VOLUME, DmcItem)

const char *dmc_volume_get_label (DmcVolume *self);
const char *dmc_volume_get_kind (DmcVolume *self);
gint64      dmc_volume_get_size_bytes (DmcVolume *self);
gint64      dmc_volume_get_free_bytes (DmcVolume *self);

/* The ids of the workspaces that live on it: (transfer full), NULL-terminated */
char **dmc_volume_dup_workspaces (DmcVolume *self);

#define DMC_TYPE_VOLUME_LIST (dmc_volume_list_get_type ())
G_DECLARE_FINAL_TYPE (DmcVolumeList, dmc_volume_list, DMC, VOLUME_LIST, DmcItemList)

DmcVolumeList *dmc_volume_list_new (DmcEndpoint *agent);

G_END_DECLS
