/* SPDX-License-Identifier: GPL-2.0-or-later */
#define G_LOG_DOMAIN "dmc-model"

#include "model/volume.h"

#include "model/item-list-private.h"
#include "model/item-private.h"
#include "rpc/json.h"

/* --- DmcVolume -------------------------------------------------------------------------------- */

struct _DmcVolume {
  DmcItem parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcVolume, dmc_volume, DMC_TYPE_ITEM)

static const DmcItemField fields[] = {
  { "kind", "kind", G_TYPE_STRING },
  { "label", "label", G_TYPE_STRING },
  { "path", "path", G_TYPE_STRING },
  { "address", "address", G_TYPE_STRING },
  { "device", "device", G_TYPE_STRING },
  { "filesystem", "filesystem", G_TYPE_STRING },
  { "state", "state", G_TYPE_STRING },
  { "size-bytes", "size_bytes", G_TYPE_INT64 },
  { "free-bytes", "free_bytes", G_TYPE_INT64 },
};

/* What the user plugged in stands before what was there already. */
static int
rank (DmcItem *item)
{
  const char *kind = dmc_item_get_string (item, "kind");

  return g_strcmp0 (kind, "usb") == 0 ? 0 : g_strcmp0 (kind, "disk") == 0 ? 2 : 1;
}

static int
dmc_volume_compare (DmcItem *a, DmcItem *b)
{
  const char *label_a = dmc_item_get_string (a, "label");
  const char *label_b = dmc_item_get_string (b, "label");
  int order = rank (a) - rank (b);

  if (order == 0 && label_a != NULL && label_b != NULL)
    order = g_utf8_collate (label_a, label_b);
  return order != 0 ? order : dmc_item_compare (a, b);
}

static void
dmc_volume_class_init (DmcVolumeClass *klass)
{
  DMC_ITEM_CLASS (klass)->compare = dmc_volume_compare;
  dmc_item_class_install_fields (DMC_ITEM_CLASS (klass), fields, G_N_ELEMENTS (fields));
}

static void
dmc_volume_init (DmcVolume *self)
{
}

/**
 * dmc_volume_get_label:
 * @self: a volume
 *
 * Returns: (transfer none) (nullable): its name for a person
 */
const char *
dmc_volume_get_label (DmcVolume *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "label");
}

/**
 * dmc_volume_get_kind:
 * @self: a volume
 *
 * Returns: (transfer none) (nullable): "usb", "disk", "image" or "iscsi"
 */
const char *
dmc_volume_get_kind (DmcVolume *self)
{
  return dmc_item_get_string (DMC_ITEM (self), "kind");
}

/**
 * dmc_volume_get_size_bytes:
 * @self: a volume
 *
 * Returns: its size
 */
gint64
dmc_volume_get_size_bytes (DmcVolume *self)
{
  return dmc_item_get_int (DMC_ITEM (self), "size_bytes");
}

/**
 * dmc_volume_get_free_bytes:
 * @self: a volume
 *
 * Returns: what may still be written
 */
gint64
dmc_volume_get_free_bytes (DmcVolume *self)
{
  return dmc_item_get_int (DMC_ITEM (self), "free_bytes");
}

/**
 * dmc_volume_dup_workspaces:
 * @self: a volume
 *
 * Returns: (transfer full) (array zero-terminated=1): the ids of the workspaces that live on it
 */
char **
dmc_volume_dup_workspaces (DmcVolume *self)
{
  return dmc_json_dup_strings (dmc_item_get_object (DMC_ITEM (self)), "workspaces");
}

/* --- DmcVolumeList ---------------------------------------------------------------------------- */

struct _DmcVolumeList {
  DmcItemList parent_instance;
};

G_DEFINE_FINAL_TYPE (DmcVolumeList, dmc_volume_list, DMC_TYPE_ITEM_LIST)

static void
dmc_volume_list_class_init (DmcVolumeListClass *klass)
{
  static const char *const topics[] = { "storage", NULL };
  DmcItemListClass *list_class = DMC_ITEM_LIST_CLASS (klass);

  list_class->item_type = DMC_TYPE_VOLUME;
  list_class->method = "storage.list";
  list_class->member = "volumes";
  list_class->object = "volume";
  list_class->topics = topics;
}

static void
dmc_volume_list_init (DmcVolumeList *self)
{
}

/**
 * dmc_volume_list_new:
 * @agent: the agent
 *
 * Returns: (transfer full): the volumes it sees
 */
DmcVolumeList *
dmc_volume_list_new (DmcEndpoint *agent)
{
  DmcVolumeList *self = g_object_new (DMC_TYPE_VOLUME_LIST, NULL);

  dmc_item_list_begin (DMC_ITEM_LIST (self), agent, 1000);
  return self;
}
