/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain graph: who is busy with whom. */
#include "domain.h"

#include "table.h"

/* The name of a domain in the answer of domain.list, or its number. */
static char *
name_of (JsonArray *domains, gint64 id)
{
  for (guint i = 0; domains && i < json_array_get_length (domains); i++) {
    JsonObject *domain = json_array_get_object_element (domains, i);

    if (dmc_json_get_int (domain, "id", -1) == id)
      return g_strdup (dmc_json_get_string (domain, "name", ""));
  }
  return g_strdup_printf ("%" G_GINT64_FORMAT, id);
}

gboolean
ctl_run_graph (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const headings[] = { "FROM", "TO", "KIND", ">PER SECOND", NULL };
  g_autoptr (JsonNode) node = ctl_call (ctl, CTL_CONTROL, "domain.graph", NULL, error);
  g_autoptr (JsonNode) list = NULL;
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  JsonArray *edges, *domains;

  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  list = ctl_call (ctl, CTL_CONTROL, "domain.list", NULL, error);
  if (!list)
    return FALSE;
  domains = dmc_json_get_array (json_node_get_object (list), "domains");
  edges = dmc_json_get_array (json_node_get_object (node), "edges");
  for (guint i = 0; edges && i < json_array_get_length (edges); i++) {
    JsonObject *edge = json_array_get_object_element (edges, i);
    g_autofree char *from = name_of (domains, dmc_json_get_int (edge, "from", -1));
    g_autofree char *to = name_of (domains, dmc_json_get_int (edge, "to", -1));
    g_autofree char *rate
        = g_strdup_printf ("%" G_GINT64_FORMAT, dmc_json_get_int (edge, "rate_per_s", 0));

    ctl_table_add (table, from, to, dmc_json_get_string (edge, "kind", ""), rate);
  }
  ctl_table_print (table, "The domains have nothing to do with each other.");
  return TRUE;
}
