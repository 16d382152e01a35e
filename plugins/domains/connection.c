/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection.h"

#include <glib/gi18n.h>

#include "rpc/json.h"

static const struct kind {
  const char *word; /* of the protocol */
  const char *text, *tooltip;
  const char *rate;
  GdkRGBA colour; /* seen on light and on dark */
} kinds[DMC_CONNECTION_KINDS] = {
  [DMC_CONNECTION_EVENT] = { "event", N_ ("Events"),
                             N_ ("Event channels: one domain wakes the other"),
                             N_ ("%s events/s"), { 0.21, 0.52, 0.89, 1 } },
  [DMC_CONNECTION_GRANT] = { "grant", N_ ("Shared memory"),
                             N_ ("Grants: one domain’s pages are used by the other"),
                             N_ ("%s pages/s"), { 0.65, 0.34, 0.79, 1 } },
  [DMC_CONNECTION_BLOCK] = { "block", N_ ("Disks"),
                             N_ ("Requests to a disk that the other domain serves"),
                             N_ ("%s requests/s"), { 0.90, 0.45, 0.06, 1 } },
  [DMC_CONNECTION_NET] = { "net", N_ ("Network"), N_ ("Frames from one to the other"),
                           N_ ("%s frames/s"), { 0.18, 0.66, 0.42, 1 } },
};

static gboolean
parse_one (JsonNode *node, DmcConnection *connection)
{
  JsonObject *edge = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *word = edge != NULL ? dmc_json_get_string (edge, "kind", NULL) : NULL;

  for (int kind = 0; word != NULL && kind < DMC_CONNECTION_KINDS; kind++)
    if (g_str_equal (word, kinds[kind].word)) {
      *connection = (DmcConnection){ .from = dmc_json_get_int (edge, "from", -1),
                                     .to = dmc_json_get_int (edge, "to", -1),
                                     .kind = (DmcConnectionKind)kind,
                                     .rate = dmc_json_get_int (edge, "rate_per_s", 0) };
      return TRUE;
    }
  return FALSE;
}

static int
compare (gconstpointer first, gconstpointer second)
{
  const DmcConnection *a = first, *b = second;

  if (a->rate != b->rate)
    return a->rate > b->rate ? -1 : 1;
  if (a->from != b->from)
    return a->from < b->from ? -1 : 1;
  if (a->to != b->to)
    return a->to < b->to ? -1 : 1;
  return (int)a->kind - (int)b->kind;
}

GArray *
dmc_connections_parse (JsonNode *answer)
{
  GArray *connections = g_array_new (FALSE, FALSE, sizeof (DmcConnection));
  JsonArray *edges = answer != NULL && JSON_NODE_HOLDS_OBJECT (answer)
                         ? dmc_json_get_array (json_node_get_object (answer), "edges")
                         : NULL;

  for (guint i = 0; edges != NULL && i < json_array_get_length (edges); i++) {
    DmcConnection connection;

    if (parse_one (json_array_get_element (edges, i), &connection))
      g_array_append_val (connections, connection);
  }
  g_array_sort (connections, compare);
  return connections;
}

const char *
dmc_connection_kind_text (DmcConnectionKind kind)
{
  return _ (kinds[kind].text);
}

const char *
dmc_connection_kind_tooltip (DmcConnectionKind kind)
{
  return _ (kinds[kind].tooltip);
}

const GdkRGBA *
dmc_connection_kind_colour (DmcConnectionKind kind)
{
  return &kinds[kind].colour;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
char *
dmc_connection_rate_text (DmcConnectionKind kind, gint64 rate)
{
  g_autofree char *number = g_strdup_printf ("%'" G_GINT64_FORMAT, rate);

  /* TRANSLATORS: so much goes from one domain to another each second */
  return g_strdup_printf (_ (kinds[kind].rate), number);
}
#pragma GCC diagnostic pop
