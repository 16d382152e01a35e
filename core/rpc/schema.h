/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Checks values against the part of JSON Schema (2020-12) that our documents use: type, const,
 * enum, properties, required, additionalProperties, patternProperties, items, minItems, maxItems,
 * uniqueItems, minLength, maxLength, pattern, minimum, maximum, exclusiveMinimum,
 * exclusiveMaximum, minProperties, maxProperties, allOf, anyOf, oneOf and $ref into the same
 * document. A schema that uses anything else is refused when it is loaded, not passed over when
 * it is used. */
typedef struct _DmcSchemas DmcSchemas;

DmcSchemas *dmc_schemas_new (JsonNode *document);
void        dmc_schemas_free (DmcSchemas *self);
JsonObject *dmc_schemas_resolve (DmcSchemas *self, const char *ref);
gboolean dmc_schemas_verify (DmcSchemas *self, JsonNode *schema, const char *where, GError **error);
gboolean dmc_schemas_check (
    DmcSchemas *self, JsonNode *schema, JsonNode *value, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DmcSchemas, dmc_schemas_free)

G_END_DECLS
