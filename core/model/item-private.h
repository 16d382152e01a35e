/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/item.h"

G_BEGIN_DECLS

/* Property ids of subclasses' own properties stay below this. */
#define DMC_ITEM_FIRST_FIELD 100

/* Called in class_init: makes a property of each field. @fields is static. */
void
dmc_item_class_install_fields (DmcItemClass *klass, const DmcItemField *fields, guint n_fields);

/* The key of an item in an object: the text of a string, or of an integer; NULL where there is
 * none. */
char *dmc_item_dup_key (JsonObject *object, const char *key);

void dmc_item_update (DmcItem *self, const char *id, JsonObject *object, gint64 time_us);
void dmc_item_set_live (DmcItem *self, gboolean live);

G_END_DECLS
