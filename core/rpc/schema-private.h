/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/schema.h"

G_BEGIN_DECLS

struct _DmcSchemas {
  JsonNode   *document; /* what $ref points into */
  GHashTable *patterns; /* text -> GRegex */
};

GRegex *dmc_schemas_find_pattern (DmcSchemas *self, const char *pattern, GError **error);

G_END_DECLS
