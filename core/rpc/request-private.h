/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/connection.h"
#include "rpc/openrpc.h"
#include "rpc/request.h"

G_BEGIN_DECLS

/* @id is the id's JSON text, NULL for a notification. @batch may be NULL. */
DmcRequest    *dmc_request_new (DmcConnection *connection,
                                DmcBatch      *batch,
                                const char    *id,
                                const char    *method,
                                JsonObject    *params);
DmcConnection *dmc_request_get_connection (DmcRequest *self);
JsonObject    *dmc_request_get_params (DmcRequest *self);

/* The client has left: the handler is told, and its answer will go nowhere. */
void dmc_request_abandon (DmcRequest *self);

G_END_DECLS
