/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/endpoint.h"
#include "model/item.h"

G_BEGIN_DECLS

/* A sorted GListModel of the items of one kind at one endpoint, kept in step by its events.
 *
 * An item keeps its object as long as the endpoint knows its id, over reconnects too. When the
 * endpoint goes away the items stay, marked by "live" FALSE; after the reconnect the list asks
 * anew and drops what is gone.
 *
 * Properties: "endpoint", "synced" (boolean: what the list shows is what the endpoint has now),
 * "n-items" (uint, notifies).
 * Signals: "item-changed" (DmcItem *item): an item of the list was updated; for filters and
 * summaries.
 */
#define DMC_TYPE_ITEM_LIST (dmc_item_list_get_type ())
G_DECLARE_DERIVABLE_TYPE (DmcItemList, dmc_item_list, DMC, ITEM_LIST, GObject)

/**
 * DmcItemListClass:
 * @parent_class: the parent
 * @item_type: what the list holds
 * @method: the method that answers all items ("domain.list")
 * @member: the member of its result that holds them ("domains")
 * @object: (nullable): the member of an event that holds one item ("domain")
 * @key: the member of an item that tells it from others ("id")
 * @topics: the topics that tell of changes; NULL-terminated
 * @params: (nullable): (transfer full): the parameters of @method
 * @event: handles one event; the default understands {change: created|changed|gone|reset, id,
 *   OBJECT}, and asks for the list anew where an event does not say it all
 */
struct _DmcItemListClass {
  GObjectClass parent_class;

  GType              item_type;
  const char        *method;
  const char        *member;
  const char        *object;
  const char        *key;
  const char *const *topics;

  JsonNode *(*params) (DmcItemList *self);
  void      (*event) (DmcItemList *self, const char *topic, gint64 time_us, JsonObject *data);
};

DmcEndpoint *dmc_item_list_get_endpoint (DmcItemList *self);
gboolean     dmc_item_list_get_synced (DmcItemList *self);
guint        dmc_item_list_get_n_items (DmcItemList *self);
DmcItem     *dmc_item_list_find (DmcItemList *self, const char *id);
void         dmc_item_list_reload (DmcItemList *self);

G_END_DECLS
