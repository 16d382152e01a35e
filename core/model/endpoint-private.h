/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "model/endpoint.h"

G_BEGIN_DECLS

struct _DmcEndpoint {
  GObject          parent_instance;
  char            *name;
  char            *path;
  DmcEndpointState state;
  char            *error_message;
  JsonObject      *server_info; /* NULL unless connected */
  DmcClient       *client;
  GCancellable    *cancellable; /* of the connection or the try; a new one for each */
  GPtrArray       *watches;
  guint            last_watch;
  guint            unanswered; /* subscriptions asked for after connecting, before "resync" */
  guint            pause_ms;
  guint            retry;
  guint            deadline; /* of the try under way */
  gboolean         started;
};

void dmc_endpoint_init_watches (DmcEndpoint *self);

/* After connecting, with `unanswered` at 1: subscribes every watch, and emits "resync" when all are
 * answered. */
void dmc_endpoint_subscribe_all (DmcEndpoint *self);

/* After the connection is gone: no watch is subscribed any more. */
void dmc_endpoint_forget_subscriptions (DmcEndpoint *self);

/* Handler of the client's "notification". */
void dmc_endpoint_notified (DmcClient   *client,
                            const char  *method,
                            JsonObject  *params,
                            DmcEndpoint *self);

G_END_DECLS
