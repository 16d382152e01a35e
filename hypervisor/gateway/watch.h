/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/client.h"

G_BEGIN_DECLS

/* The subscriptions of the gateway at the control domain: one a topic, kept at the interval that is
 * wanted now, made anew after each reconnect. */
typedef struct _DmcWatchSet DmcWatchSet;

DmcWatchSet *dmc_watch_set_new (void);
void dmc_watch_set_free (DmcWatchSet *self);

/* 0: not wanted any more. */
void dmc_watch_set_want (DmcWatchSet *self, const char *topic, guint interval_ms);
/* Whether events of @topic are wanted now. */
gboolean dmc_watch_set_wants (DmcWatchSet *self, const char *topic);

void dmc_watch_set_connect (DmcWatchSet *self, DmcClient *client);
void dmc_watch_set_disconnect (DmcWatchSet *self);

G_END_DECLS
