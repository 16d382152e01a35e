/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/request.h"
#include "rpc/server.h"
#include "rpc/subscription.h"

G_BEGIN_DECLS

/* One client of a server: its requests under way, its subscriptions, and what waits to be sent to
 * it. */
#define DMC_TYPE_CONNECTION (dmc_connection_get_type ())
G_DECLARE_FINAL_TYPE (DmcConnection, dmc_connection, DMC, CONNECTION, GObject)

/* The answers of one batch, gathered until the last is there. */
typedef struct _DmcBatch DmcBatch;
DmcBatch *dmc_batch_ref (DmcBatch *self);
void      dmc_batch_unref (DmcBatch *self);

DmcConnection *dmc_connection_new (DmcServer *server, GIOStream *stream, const char *role);
void           dmc_connection_start (DmcConnection *self);
void           dmc_connection_close (DmcConnection *self);
DmcServer     *dmc_connection_get_server (DmcConnection *self);
const char    *dmc_connection_get_role (DmcConnection *self);

void
dmc_connection_answer (DmcConnection *self, DmcRequest *request, DmcBatch *batch, GString *text);
void     dmc_connection_send_event (DmcConnection *self, GString *text);
gboolean dmc_connection_is_behind (DmcConnection *self);

gboolean dmc_connection_check_subscribe (DmcConnection *self, GError **error);
void dmc_connection_add_subscription (DmcConnection *self,
                                      const char *id,
                                      GPtrArray *topics,
                                      guint interval_ms);
gboolean dmc_connection_remove_subscription (DmcConnection *self, const char *id);

G_END_DECLS
