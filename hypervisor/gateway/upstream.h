/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "rpc/client.h"

G_BEGIN_DECLS

/*
 * The connection to the control domain. It is made anew, with back-off, whenever it is lost; while
 * there is none every call fails at once with DMC_ERROR_IO. A call that is not answered in time
 * ends the connection, because whoever does not answer one request may have lost the thread of all
 * of them.
 *
 * Signals:
 *   "event" (const char *topic, JsonNode *data)
 *   "reset" (gboolean connected)  whatever was known about the control domain may have changed
 */
#define DMC_TYPE_UPSTREAM (dmc_upstream_get_type ())
G_DECLARE_FINAL_TYPE (DmcUpstream, dmc_upstream, DMC, UPSTREAM, GObject)

/**
 * dmc_upstream_new:
 * @path: the socket of the channel
 *
 * Returns: (transfer full): a connection that is tried from the first turn of the main loop on
 */
DmcUpstream *dmc_upstream_new (const char *path);
/* Ends the connection for good. */
void dmc_upstream_close (DmcUpstream *self);

/**
 * dmc_upstream_call_async:
 * @self: the connection
 * @method: method of the control domain
 * @params: (nullable) (transfer none): its parameters, an object
 * @callback: called once
 * @user_data: for @callback
 *
 * Asks the control domain. Many calls may be under way; past a bound they wait their turn here.
 */
void dmc_upstream_call_async (DmcUpstream *self,
                              const char *method,
                              JsonNode *params,
                              GAsyncReadyCallback callback,
                              gpointer user_data);
/* Returns: (transfer full): the result, or NULL with the control domain's error or DMC_ERROR_IO. */
JsonNode *dmc_upstream_call_finish (DmcUpstream *self, GAsyncResult *result, GError **error);

/* Sets how often events of @topic are wanted, in milliseconds; 0: not at all. Lasts over
 * reconnects. */
void dmc_upstream_watch (DmcUpstream *self, const char *topic, guint interval_ms);

G_END_DECLS
