/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding the place in a document that a problem names. */
#include <glib.h>

#include "json-locate.h"

static const char text[] = "{\n"
                           "  \"models\": [\"te\", \"blp\"],\n"
                           "  \"te\": {\n"
                           "    \"types\": [\"a}\\\"]\", \"b\"],\n"
                           "    \"allow\": [{\"source\": \"a\", \"n\": -1.5e3},\n"
                           "              {\"source\": \"b\", \"t\": true}]\n"
                           "  },\n"
                           "  \"a b\": {\"x.y\": [1, [2, 3]]},\n"
                           "  \"은행\": null\n"
                           "}\n";

static const struct {
  const char *path, *place;
} cases[] = {
  { "", "{" },
  { "models", "[\"te\", \"blp\"]" },
  { "models[1]", "\"blp\"" },
  { "te", "\"te\"" }, /* over several lines: its name */
  { "te.types[0]", "\"a}\\\"]\"" },
  { "te.types[1]", "\"b\"" },
  { "te.allow", "\"allow\"" },
  { "te.allow[0].n", "-1.5e3" },
  { "te.allow[1].t", "true" },
  { "te.allow[1]", "{\"source\": \"b\", \"t\": true}" },
  { "[\"a b\"][\"x.y\"][1][0]", "2" },
  { "[\"은행\"]", "null" },
  { "te.allow[1].missing", "{\"source\": \"b\", \"t\": true}" }, /* what would contain it */
  { "te.allow[7].source", "\"allow\"" },
  { "missing.too", "{" },
  { "te.types[0].deeper", "\"a}\\\"]\"" },
};

static void
test_places (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gsize start, end;
    g_autofree char *place = NULL;

    dmc_json_locate (text, cases[i].path, &start, &end);
    g_assert_cmpuint (start, <=, end);
    g_assert_cmpuint (end, <=, strlen (text));
    place = g_strndup (text + start, end - start);
    g_test_message ("%s", cases[i].path);
    g_assert_cmpstr (place, ==, cases[i].place);
  }
}

/* Half a document, as while typing: any place will do, but it lies within the text. */
static void
test_broken_text (void)
{
  for (gsize cut = 0; cut < sizeof text; cut++) {
    g_autofree char *part = g_strndup (text, cut);

    for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
      gsize start, end;

      dmc_json_locate (part, cases[i].path, &start, &end);
      g_assert_cmpuint (start, <=, end);
      g_assert_cmpuint (end, <=, cut + 1);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy-page/locate/places", test_places);
  g_test_add_func ("/policy-page/locate/broken", test_broken_text);
  return g_test_run ();
}
