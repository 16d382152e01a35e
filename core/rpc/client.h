/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "rpc/error.h"
#include "secret/passphrase.h"

G_BEGIN_DECLS

#define DMC_TYPE_CLIENT (dmc_client_get_type ())
G_DECLARE_FINAL_TYPE (DmcClient, dmc_client, DMC, CLIENT, GObject)

/* One connection to one endpoint. Signals:
 *   "event" (const char *subscription, gint64 seq, const char *topic, JsonNode *data)
 *   "notification" (const char *method, JsonObject *params)
 *                 every notification; for an event, params hold all of {subscription, seq,
 *                 time_us, topic, data}, and "event" comes after it
 *   "closed" (GError *why)
 *                 once; every call under way has failed with the same error before it
 */
void       dmc_client_connect_async (const char          *socket_path,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
DmcClient *dmc_client_connect_finish (GAsyncResult *result, GError **error);
DmcClient *
dmc_client_connect_sync (const char *socket_path, GCancellable *cancellable, GError **error);
DmcClient *dmc_client_new_for_stream (GIOStream *stream);

void      dmc_client_call_async (DmcClient           *self,
                                 const char          *method,
                                 JsonNode            *params,
                                 GCancellable        *cancellable,
                                 GAsyncReadyCallback  callback,
                                 gpointer             user_data);
JsonNode *dmc_client_call_finish (DmcClient *self, GAsyncResult *result, GError **error);

/* A parameter that is secret: its name and its value, both borrowed. */
typedef struct {
  const char    *member;
  DmcPassphrase *secret;
} DmcSecretParam;

/* As dmc_client_call_async() with @secrets put into @params, at the last moment before the message is
 * sent; it is wiped once it is sent. */
void dmc_client_call_secret_async (DmcClient           *self,
                                   const char          *method,
                                   JsonNode            *params,
                                   const DmcSecretParam *secrets,
                                   guint                n_secrets,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data);

/* For programs without a main loop of their own (domicilectl). */
JsonNode *dmc_client_call_sync (DmcClient *self,
                                const char *method,
                                JsonNode *params,
                                GCancellable *cancellable,
                                GError **error);

gboolean dmc_client_is_open (DmcClient *self);
void     dmc_client_close (DmcClient *self);

/* The socket of an endpoint: $DOMICILE_RUNTIME_DIR or $XDG_RUNTIME_DIR/domicile, "control" or
 * "agent". */
char *dmc_endpoint_socket_path (const char *endpoint);

G_END_DECLS
