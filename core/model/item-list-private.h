/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/item-list.h"

G_BEGIN_DECLS

/* Called at the end of a constructor: begins to hear the endpoint and asks for the list. */
void dmc_item_list_begin (DmcItemList *self, DmcEndpoint *endpoint, guint interval_ms);

/* What an event says of one item, or of all of them. */
void dmc_item_list_put (DmcItemList *self, JsonObject *object, gint64 time_us);
void dmc_item_list_remove (DmcItemList *self, const char *id);
void dmc_item_list_put_all (DmcItemList *self, JsonArray *objects, gint64 time_us);

G_END_DECLS
