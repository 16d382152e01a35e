/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/client.h"
#include "rpc/json.h"
#include "rpc/server.h"

/* An endpoint of its own in a folder of its own, with methods that tests need: see fixture.c. */
typedef struct {
  DmcServer *server;
  char      *folder;
  char      *path;
  GPtrArray *held;         /* requests of test.hold, unanswered */
  guint      ticks_demand; /* what the topic `ticks` was told last */
  gboolean   cancelled;    /* whether a held request's client has left */
} Fixture;

void fixture_set_up (Fixture *self, gconstpointer data);
void fixture_tear_down (Fixture *self, gconstpointer data);

/* Runs the main loop until *flag is set; fails the test after some seconds. */
#define WAIT_FOR(condition)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 deadline_ = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;                              \
    guint tick_ = g_timeout_add (50, fixture_tick, NULL);                                          \
    while (!(condition)) {                                                                         \
      if (g_get_monotonic_time () > deadline_)                                                     \
        g_error ("%s:%d: waited in vain for: %s", __FILE__, __LINE__, #condition);                 \
      g_main_context_iteration (NULL, TRUE);                                                       \
    }                                                                                              \
    g_source_remove (tick_);                                                                       \
  }                                                                                                \
  G_STMT_END
gboolean fixture_tick (gpointer data);

/* A client that is only a socket: what goes over the wire, byte by byte. */
typedef struct {
  GSocket *socket;
  GString *received;
  gboolean closed;
} Wire;

Wire     *wire_new (Fixture *fixture);
void      wire_free (Wire *self);
void      wire_send (Wire *self, const char *text, gssize length);
char     *wire_line (Wire *self);
char     *wire_ask (Wire *self, const char *line);
void      wire_wait_closed (Wire *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wire, wire_free)
