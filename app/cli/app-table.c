/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app-table.h"

#include "table.h"

static char *
text (JsonObject *app, const char *member)
{
  return g_strdup (dmc_json_get_string (app, member, ""));
}

static char *
star (JsonObject *app, const char *member)
{
  return g_strdup (dmc_json_get_boolean (app, member, FALSE) ? "★" : "");
}

static char *
yes (JsonObject *app, const char *member)
{
  return g_strdup (dmc_json_get_boolean (app, member, FALSE) ? "yes" : "");
}

static char *
size (JsonObject *app, const char *member)
{
  return g_format_size_full ((guint64) dmc_json_get_int (app, member, 0), G_FORMAT_SIZE_IEC_UNITS);
}

static char *
count (JsonObject *app, const char *member)
{
  JsonArray *all = dmc_json_get_array (app, member);
  guint n = all ? json_array_get_length (all) : 0;

  return n ? g_strdup_printf ("%u", n) : g_strdup ("");
}

enum { EVERYWHERE = CTL_APPS_INSTALLED | CTL_APPS_CHOICE | CTL_APPS_OFFERED };

static const struct {
  const char *heading, *member;
  char *(*format) (JsonObject *app, const char *member);
  guint in; /* of CtlApps */
} columns[] = {
  { "ID", "id", text, EVERYWHERE },
  { "CATALOGUE", "catalogue", text, CTL_APPS_OFFERED },
  { "NAME", "name", text, EVERYWHERE },
  { "★", "favourite", star, CTL_APPS_INSTALLED },
  { "VERSION", "version", text, CTL_APPS_INSTALLED | CTL_APPS_OFFERED },
  { ">SIZE", "size_bytes", size, CTL_APPS_OFFERED },
  { "INSTALLED", "installed", yes, CTL_APPS_OFFERED },
  { "SOURCE", "source", text, CTL_APPS_INSTALLED },
  { ">RUNNING", "running", count, CTL_APPS_INSTALLED },
  { "LABEL", "subject", text, CTL_APPS_INSTALLED },
  { "SUMMARY", "summary", text, EVERYWHERE },
};

/* Returns: (transfer full): a cell for each column of such a table; where @app is NULL, its heading */
static GStrv
cells (JsonObject *app, CtlApps which)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (columns); i++) {
    g_autofree char *cell = NULL;

    if (!(columns[i].in & which))
      continue;
    cell = app ? columns[i].format (app, columns[i].member) : g_strdup (columns[i].heading);
    g_strv_builder_add (builder, cell);
  }
  return g_strv_builder_end (builder);
}

/**
 * ctl_print_apps:
 * @result: what has a member "apps"
 * @which: what they are
 * @when_empty: what to say where there are none
 *
 * Prints a table of apps on standard output.
 */
void
ctl_print_apps (JsonNode *result, CtlApps which, const char *when_empty)
{
  JsonArray *apps = dmc_json_get_array (json_node_get_object (result), "apps");
  g_auto (GStrv) headings = cells (NULL, which);
  g_autoptr (CtlTable) table = ctl_table_new ((const char *const *) headings);

  for (guint i = 0; apps && i < json_array_get_length (apps); i++) {
    g_auto (GStrv) row = cells (json_array_get_object_element (apps, i), which);

    ctl_table_add_row (table, (const char *const *) row);
  }
  ctl_table_print (table, when_empty);
}
