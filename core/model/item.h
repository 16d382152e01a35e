/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* A thing that an endpoint reports: a domain, a workspace, an app, a volume.
 *
 * An item keeps the last object the endpoint sent and shows its members as GObject properties, so
 * that "changed" is told by notify and views only bind. Which member becomes which property stands
 * in one table per type (DmcItemField). Strings returned by getters belong to the item and stay
 * valid until its next update: copy what must outlive the main loop's turn.
 *
 * Properties: "id" (string), "live" (boolean: the endpoint is connected and knows this item still).
 */
#define DMC_TYPE_ITEM (dmc_item_get_type ())
G_DECLARE_DERIVABLE_TYPE (DmcItem, dmc_item, DMC, ITEM, GObject)

/**
 * DmcItemField: (skip)
 * @property: name of the GObject property
 * @path: where the value stands in the object, members joined by dots ("grants.used")
 * @type: G_TYPE_STRING, G_TYPE_INT64, G_TYPE_DOUBLE or G_TYPE_BOOLEAN
 */
typedef struct {
  const char *property;
  const char *path;
  GType       type;
} DmcItemField;

/**
 * DmcItemClass:
 * @parent_class: the parent
 * @updated: the object has been replaced; @time_us is the event's time, 0 where there is none
 * @compare: the order in lists; by name, then id, unless overridden
 */
struct _DmcItemClass {
  GObjectClass parent_class;

  void (*updated) (DmcItem *self, JsonObject *old, gint64 time_us);
  int  (*compare) (DmcItem *a, DmcItem *b);

  /*< private >*/
  const DmcItemField *fields;
  guint               n_fields;
};

const char *dmc_item_get_id (DmcItem *self);
gboolean    dmc_item_get_live (DmcItem *self);
JsonObject *dmc_item_get_object (DmcItem *self);

const char *dmc_item_get_string (DmcItem *self, const char *path);
gint64      dmc_item_get_int (DmcItem *self, const char *path);
double      dmc_item_get_double (DmcItem *self, const char *path);
gboolean    dmc_item_get_boolean (DmcItem *self, const char *path);
JsonNode   *dmc_item_get_node (DmcItem *self, const char *path);

int dmc_item_compare (DmcItem *a, DmcItem *b);

G_END_DECLS
