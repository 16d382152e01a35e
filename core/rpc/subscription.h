/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _DmcConnection DmcConnection;
typedef struct _DmcSubscription DmcSubscription;

/* A topic of a server and who listens to it. */
typedef struct {
  char          *name;
  gboolean       sampled;
  void         (*demand) (const char *topic, guint interval_ms, gpointer user_data);
  gpointer       user_data;
  GDestroyNotify destroy;
  guint          interval_ms; /* told last to demand; 0 is nobody */
  GPtrArray     *listeners;   /* of DmcTopicListener, unowned */
} DmcTopic;

DmcTopic *dmc_topic_new (const char *name, gboolean sampled);
void      dmc_topic_free (DmcTopic *self);
void      dmc_topic_emit (DmcTopic *self, gint64 time_us, const char *data);

/* @topics is an array of DmcTopic without doubles, which outlive the subscription. */
DmcSubscription *dmc_subscription_new (DmcConnection *connection,
                                       const char *id,
                                       GPtrArray *topics,
                                       guint interval_ms);
void             dmc_subscription_free (DmcSubscription *self);
const char      *dmc_subscription_get_id (DmcSubscription *self);

G_END_DECLS
