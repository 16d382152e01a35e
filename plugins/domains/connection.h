/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum {
  DMC_CONNECTION_EVENT,
  DMC_CONNECTION_GRANT,
  DMC_CONNECTION_BLOCK,
  DMC_CONNECTION_NET,
  DMC_CONNECTION_KINDS,
} DmcConnectionKind;

/* What goes from one domain to another, as domain.graph tells it. */
typedef struct {
  gint64 from, to; /* ids */
  DmcConnectionKind kind;
  gint64 rate; /* per second */
} DmcConnection;

/**
 * dmc_connections_parse:
 * @answer: (nullable): of domain.graph; what is of unknown form in it is left out
 *
 * Returns: (transfer full) (element-type DmcConnection): the busiest first
 */
GArray *dmc_connections_parse (JsonNode *answer);

/* In the user's language: "Events", "Shared memory" ... */
const char *dmc_connection_kind_text (DmcConnectionKind kind);
/* What the kind is, in one sentence. */
const char *dmc_connection_kind_tooltip (DmcConnectionKind kind);
const GdkRGBA *dmc_connection_kind_colour (DmcConnectionKind kind);
/* Returns: (transfer full): "35 events/s" */
char *dmc_connection_rate_text (DmcConnectionKind kind, gint64 rate);

G_END_DECLS
