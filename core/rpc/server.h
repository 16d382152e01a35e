/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "rpc/error.h"
#include "rpc/request.h"

G_BEGIN_DECLS

#define DMC_TYPE_SERVER (dmc_server_get_type ())
G_DECLARE_FINAL_TYPE (DmcServer, dmc_server, DMC, SERVER, GObject)

/**
 * DmcMethodFunc:
 * @request: (transfer none): what to answer; take a reference to answer later, in any order
 * @params: the parameters, already checked against the method's schema; empty where none came.
 *   Those whose schema says writeOnly (passphrases) are wiped when the request goes: copy them into
 *   a DmcPassphrase at once
 * @user_data: as given to dmc_server_add_method()
 *
 * Handles one call. Exactly one of dmc_request_reply() and dmc_request_fail() must follow, now or
 * later.
 */
typedef void (*DmcMethodFunc) (DmcRequest *request, JsonObject *params, gpointer user_data);

/**
 * DmcTopicFunc:
 * @topic: the topic's name
 * @interval_ms: the shortest interval any subscription asks for now; 0 when nobody listens any more
 * @user_data: as given to dmc_server_add_topic()
 *
 * Told whenever the demand for a topic changes, so that a source runs only while someone listens.
 */
typedef void (*DmcTopicFunc) (const char *topic, guint interval_ms, gpointer user_data);

DmcServer *dmc_server_new (const char *endpoint, GBytes *openrpc, GError **error);
gboolean   dmc_server_listen (DmcServer *self, const char *socket_path, GError **error);
void       dmc_server_close (DmcServer *self);

void dmc_server_add_method (DmcServer     *self,
                            const char    *name,
                            DmcMethodFunc  func,
                            gpointer       user_data,
                            GDestroyNotify destroy);

/* A topic that is not added is refused by events.subscribe. A sampled topic (stats) is thinned
 * out to each subscription's interval_ms, the newest value winning; every other topic is sent
 * event by event. */
void dmc_server_add_topic (DmcServer     *self,
                           const char    *topic,
                           gboolean       sampled,
                           DmcTopicFunc   demand,
                           gpointer       user_data,
                           GDestroyNotify destroy);
void dmc_server_emit (DmcServer *self, const char *topic, JsonNode *data);

/* For an event whose time somebody else measured: µs since the Unix epoch. */
void dmc_server_emit_at (DmcServer *self, const char *topic, gint64 time_us, JsonNode *data);

guint dmc_server_get_n_clients (DmcServer *self);

/* Serves one more connection that is already made (a socket pair, a tunnel), in the given role. */
void dmc_server_add_stream (DmcServer *self, GIOStream *stream, const char *role);

/* What every endpoint's server.info begins with: product, version, protocol, endpoint, role and
 * pid. The endpoint adds `capabilities`: (transfer full) */
JsonObject *dmc_server_info_base (DmcServer *self, DmcRequest *request);

G_END_DECLS
