/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The OpenRPC document of one endpoint: its own methods merged with those every endpoint has. */
typedef struct _DmcOpenrpc DmcOpenrpc;

DmcOpenrpc *dmc_openrpc_new (GBytes *document, GError **error);
DmcOpenrpc *dmc_openrpc_ref (DmcOpenrpc *self);
void        dmc_openrpc_unref (DmcOpenrpc *self);

gboolean dmc_openrpc_has_method (DmcOpenrpc *self, const char *method);
gboolean
dmc_openrpc_check_params (DmcOpenrpc *self, const char *method, JsonObject *params, GError **error);
gboolean
dmc_openrpc_check_result (DmcOpenrpc *self, const char *method, JsonNode *result, GError **error);
void     dmc_openrpc_wipe_secrets (DmcOpenrpc *self, const char *method, JsonObject *params);

/* The document without the methods that @methods, a set of names, does not hold: (transfer full) */
JsonNode *dmc_openrpc_describe (DmcOpenrpc *self, GHashTable *methods, GHashTable *topics);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DmcOpenrpc, dmc_openrpc_unref)

G_END_DECLS
