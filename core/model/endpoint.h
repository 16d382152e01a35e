/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/client.h"
#include "secret/passphrase.h"

G_BEGIN_DECLS

/**
 * DmcEndpointState:
 * @DMC_ENDPOINT_DISCONNECTED: no connection; the next try is timed (or none, before
 *   dmc_endpoint_start())
 * @DMC_ENDPOINT_CONNECTING: a try is under way
 * @DMC_ENDPOINT_CONNECTED: server.info has answered; calls go through
 */
typedef enum {
  DMC_ENDPOINT_DISCONNECTED,
  DMC_ENDPOINT_CONNECTING,
  DMC_ENDPOINT_CONNECTED,
} DmcEndpointState;

#define DMC_TYPE_ENDPOINT_STATE (dmc_endpoint_state_get_type ())
GType dmc_endpoint_state_get_type (void);

/* One endpoint as the user knows it: "control" or "agent". It connects, asks server.info,
 * subscribes what is watched, and does so again (after 0.25 to 5 seconds, doubling) whenever the
 * connection is lost.
 *
 * Properties: "name", "path", "state" (DmcEndpointState), "connected" (boolean), "error-message"
 * (why the last try or connection ended; NULL while connected), "version".
 * Signals:
 *   "resync" ()   after each (re)connect, when all watches are subscribed, and after events were
 *                 lost: whoever mirrors state asks for it anew.
 */
#define DMC_TYPE_ENDPOINT (dmc_endpoint_get_type ())
G_DECLARE_FINAL_TYPE (DmcEndpoint, dmc_endpoint, DMC, ENDPOINT, GObject)

DmcEndpoint *dmc_endpoint_new (const char *name, const char *path);
void         dmc_endpoint_start (DmcEndpoint *self);
void         dmc_endpoint_retry (DmcEndpoint *self);
void         dmc_endpoint_check (DmcEndpoint *self);
void         dmc_endpoint_stop (DmcEndpoint *self);

const char      *dmc_endpoint_get_name (DmcEndpoint *self);
const char      *dmc_endpoint_get_path (DmcEndpoint *self);
DmcEndpointState dmc_endpoint_get_state (DmcEndpoint *self);
gboolean         dmc_endpoint_is_connected (DmcEndpoint *self);
const char      *dmc_endpoint_get_error_message (DmcEndpoint *self);
JsonObject      *dmc_endpoint_get_server_info (DmcEndpoint *self);
gboolean         dmc_endpoint_has_capability (DmcEndpoint *self, const char *word);

/* Calls. While there is no connection a call fails at once with DMC_ERROR_IO. */
void      dmc_endpoint_call_async (DmcEndpoint         *self,
                                   const char          *method,
                                   JsonNode            *params,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data);
JsonNode *dmc_endpoint_call_finish (DmcEndpoint *self, GAsyncResult *result, GError **error);

/* As above; @secrets leave no copies in freed memory on this side. */
void dmc_endpoint_call_secret_async (DmcEndpoint         *self,
                                     const char          *method,
                                     JsonNode            *params,
                                     const DmcSecretParam *secrets,
                                     guint                n_secrets,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);

/**
 * DmcEventFunc:
 * @topic: the topic
 * @time_us: when it happened, on the endpoint's clock
 * @data: (transfer none): what happened
 * @user_data: as given to dmc_endpoint_watch()
 */
typedef void (*DmcEventFunc) (const char *topic,
                              gint64 time_us,
                              JsonNode *data,
                              gpointer user_data);

/* A watch is a subscription that survives reconnects. */
guint dmc_endpoint_watch (DmcEndpoint       *self,
                          const char *const *topics,
                          guint              interval_ms,
                          DmcEventFunc       func,
                          gpointer           user_data,
                          GDestroyNotify     destroy);
void  dmc_endpoint_unwatch (DmcEndpoint *self, guint watch_id);

G_END_DECLS
