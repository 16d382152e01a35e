/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "rpc/error.h"
#include "rpc/json-span.h"
#include "rpc/json.h"

/* Text, and how it is written again; NULL where it must be refused. */
typedef struct {
  const char *text;
  const char *again;
} Case;

static const Case cases[] = {
  { "null", "null" },
  { " \t\r\n true \n", "true" },
  { "false", "false" },
  { "0", "0" },
  { "-0", "-0" },
  { "-1", "-1" },
  { "9223372036854775807", "9223372036854775807" },
  { "-9223372036854775808", "-9223372036854775808" },
  { "9223372036854775808", "9.2233720368547758e+18" },
  { "1.5", "1.5" },
  { "1e2", "100" },
  { "1E+2", "100" },
  { "1.25e-3", "0.0012500000000000000" },
  { "0.1", "0.10000000000000001" },
  { "\"\"", "\"\"" },
  { "\"a\\u0041\\n\\t\\/\\\\\\\"\"", "\"aA\\n\\t/\\\\\\\"\"" },
  { "\"\\u00e4\\ud83d\\ude00\"", "\"ä😀\"" },
  { "\"\\u2028\x7f\"", "\"\xe2\x80\xa8\\u007f\"" },
  { "\"\\b\\f\"", "\"\\u0008\\u000c\"" },
  { "[]", "[]" },
  { "[ ]", "[]" },
  { "{}", "{}" },
  { "{ \"a\" : [ 1 , { \"b\" : null } ] }", "{\"a\":[1,{\"b\":null}]}" },
  { "{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}" },
  { "{\"\":0}", "{\"\":0}" },

  { "", NULL }, { " ", NULL }, { "nul", NULL }, { "nulll", NULL }, { "True", NULL }, { "NaN", NULL },
  { "Infinity", NULL }, { "-Infinity", NULL }, { "-", NULL }, { "+1", NULL }, { "01", NULL }, { "-01", NULL },
  { "1.", NULL }, { ".5", NULL }, { "1e", NULL }, { "1e+", NULL }, { "0x10", NULL }, { "1e999", NULL },
  { "-1e999", NULL }, { "1 2", NULL }, { "1,", NULL }, { "\"", NULL }, { "\"a", NULL }, { "'a'", NULL },
  { "\"\n\"", NULL }, { "\"\t\"", NULL }, { "\"\\x41\"", NULL }, { "\"\\u12\"", NULL }, { "\"\\u12g4\"", NULL },
  { "\"\\ud800\"", NULL }, { "\"\\udc00\"", NULL }, { "\"\\ud800\\u0041\"", NULL }, { "\"\\ud800\\ud800\"", NULL },
  { "\"\\u0000\"", NULL }, { "\"\\", NULL }, { "[", NULL }, { "]", NULL }, { "[1", NULL }, { "[1,]", NULL },
  { "[,1]", NULL }, { "[1 2]", NULL }, { "[1}", NULL }, { "{", NULL }, { "}", NULL }, { "{\"a\"}", NULL },
  { "{\"a\":}", NULL }, { "{\"a\":1,}", NULL }, { "{,}", NULL }, { "{a:1}", NULL }, { "{1:1}", NULL },
  { "{\"a\":1]", NULL }, { "{\"a\":1 \"b\":2}", NULL }, { "{\"a\":1,\"a\":2}", NULL },
  { "{\"a\":1,\"\\u0061\":2}", NULL }, { "/* c */ 1", NULL }, { "1 // c", NULL }, { "#", NULL },
  { "\xef\xbb\xbf" "1", NULL }, { "\"\xff\"", NULL }, { "\"\xc0\x80\"", NULL }, { "\"\xed\xa0\x80\"", NULL },
  { "\"\xf4\x90\x80\x80\"", NULL }, { "\xa0" "1", NULL },
};

static void
test_case (gconstpointer data)
{
  const Case *one = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = dmc_json_parse (one->text, -1, &error);
  g_autofree char *again = NULL;

  if (one->again == NULL) {
    g_assert_null (node);
    g_assert_error (error, DMC_ERROR, DMC_ERROR_PARSE);
    return;
  }
  g_assert_no_error (error);
  again = dmc_json_print (node, NULL);
  if (strchr (one->again, '.') == NULL) {
    g_assert_cmpstr (again, ==, one->again);
  } else {
    g_assert_cmpfloat (g_ascii_strtod (again, NULL), ==, g_ascii_strtod (one->text, NULL));
  }
}

static char *
nested (guint depth, const char *inner)
{
  g_autofree char *open = g_strnfill (depth, '[');
  g_autofree char *close = g_strnfill (depth, ']');

  return g_strconcat (open, inner, close, NULL);
}

static void
test_depth (void)
{
  g_autofree char *deep = nested (DMC_JSON_MAX_DEPTH, "1");
  g_autofree char *too_deep = nested (DMC_JSON_MAX_DEPTH + 1, "1");
  g_autofree char *unclosed = g_strnfill (1000000, '[');
  g_autoptr (JsonNode) node = dmc_json_parse (deep, -1, NULL);

  g_assert_nonnull (node);
  g_assert_null (dmc_json_parse (too_deep, -1, NULL));
  g_assert_null (dmc_json_parse (unclosed, -1, NULL));
}

static void
test_length (void)
{
  g_autoptr (JsonNode) node = dmc_json_parse ("12345", 3, NULL);

  g_assert_cmpint (json_node_get_int (node), ==, 123);
  g_assert_null (dmc_json_parse ("1\0002", 3, NULL));
  g_assert_null (dmc_json_parse ("\"a\0\"", 4, NULL));
}

static void
test_where (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dmc_json_parse ("{\"a\": tru}", -1, &error));
  g_assert_cmpstr (error->message, ==, "This is not valid JSON: an unknown word at byte 6");
}

/* What comes out is valid, whatever went in. */
static void
test_hostile_output (void)
{
  g_autoptr (JsonNode) node =
      dmc_json_node ("bytes:s", "a\xff\xc0\x80z", "control:s", "\x1b[31m\r\n", "nan:d", (double) NAN, "inf:d",
                     (double) INFINITY, "absent:s", NULL, NULL);
  g_autofree char *text = dmc_json_print (node, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) again = dmc_json_parse (text, -1, &error);

  g_assert_no_error (error);
  g_assert_null (strchr (text, '\n'));
  g_assert_null (strchr (text, '\x1b'));
  g_assert_true (JSON_NODE_HOLDS_NULL (json_object_get_member (json_node_get_object (again), "nan")));
  g_assert_cmpuint (json_object_get_size (json_node_get_object (again)), ==, 4);
}

static void
test_locale (void)
{
  g_autoptr (JsonNode) node = dmc_json_node ("x:d", 1.5, NULL);
  g_autofree char *text = NULL;

  /* Where it is installed, this one writes 1,5. */
  setlocale (LC_ALL, "de_DE.UTF-8");
  text = dmc_json_print (node, NULL);
  g_assert_cmpstr (text, ==, "{\"x\":1.5}");
  setlocale (LC_ALL, "C");
}

static void
test_getters (void)
{
  g_autoptr (JsonNode) node = dmc_json_parse ("{\"s\":\"x\",\"i\":7,\"d\":1.5,\"b\":true,\"n\":null,\"a\":[\"p\",1,\"q\"],"
                                              "\"o\":{},\"l\":1e300,\"m\":-9223372036854775809}", -1, NULL);
  JsonObject *o = json_node_get_object (node);
  g_auto (GStrv) strings = dmc_json_dup_strings (o, "a");

  g_assert_cmpstr (dmc_json_get_string (o, "s", NULL), ==, "x");
  g_assert_cmpstr (dmc_json_get_string (o, "i", "other"), ==, "other");
  g_assert_cmpstr (dmc_json_get_string (o, "n", "other"), ==, "other");
  g_assert_cmpint (dmc_json_get_int (o, "i", 0), ==, 7);
  g_assert_cmpint (dmc_json_get_int (o, "d", -1), ==, -1);
  g_assert_cmpint (dmc_json_get_int (o, "s", -1), ==, -1);
  g_assert_cmpint (dmc_json_get_int (o, "l", 0), ==, G_MAXINT64);
  g_assert_cmpint (dmc_json_get_int (o, "m", 0), ==, G_MININT64);
  g_assert_cmpfloat (dmc_json_get_double (o, "d", 0), ==, 1.5);
  g_assert_cmpfloat (dmc_json_get_double (o, "i", 0), ==, 7);
  g_assert_true (dmc_json_get_boolean (o, "b", FALSE));
  g_assert_false (dmc_json_get_boolean (o, "i", FALSE));
  g_assert_nonnull (dmc_json_get_object (o, "o"));
  g_assert_null (dmc_json_get_object (o, "a"));
  g_assert_null (dmc_json_get_array (o, "o"));
  g_assert_cmpuint (g_strv_length (strings), ==, 2);
  g_assert_cmpstr (dmc_json_get_string (NULL, "s", "none"), ==, "none");
}

static void
test_wipe (void)
{
  g_autoptr (JsonNode) node = dmc_json_node ("passphrase:s", "secret", "user:s", "me", NULL);
  JsonObject *object = json_node_get_object (node);
  const char *text = dmc_json_get_string (object, "passphrase", NULL);

  dmc_json_wipe_string (object, "passphrase");
  for (int i = 0; i < 6; i++)
    g_assert_cmpint (text[i], ==, 0);
  g_assert_cmpstr (dmc_json_get_string (object, "user", NULL), ==, "me");
  dmc_json_wipe_string (object, "absent");
}

static void
test_span (void)
{
  static const char text[] = " [ 1.0 , {\"id\":\"a]b\"},[2,3] , \"x\\\"]\" ]";
  static const char *const expected[] = { "1.0", "{\"id\":\"a]b\"}", "[2,3]", "\"x\\\"]\"" };
  const char *cursor = text, *element = NULL;
  gsize length = 0;
  g_autofree char *id = dmc_json_span_member ("{ \"x\": {\"id\":1}, \"id\" : 1.50 , \"y\":2}", 38, "id");

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++) {
    g_autofree char *one = NULL;

    g_assert_true (dmc_json_span_element (&cursor, text + strlen (text), &element, &length));
    one = g_strndup (element, length);
    g_assert_cmpstr (one, ==, expected[i]);
  }
  g_assert_false (dmc_json_span_element (&cursor, text + strlen (text), &element, &length));
  g_assert_cmpstr (id, ==, "1.50");
  g_assert_null (dmc_json_span_member ("{\"a\":1}", 7, "id"));
  g_assert_null (dmc_json_span_member ("[1]", 3, "id"));
}

/* Texts with some bytes changed: refused or read, and what is read can be written and read again, the same. */
static void
test_mutations (void)
{
  static const char seed[] = "{\"jsonrpc\":\"2.0\",\"id\":12.5e1,\"method\":\"a\\u00e4\\ud83d\\ude00\",\"params\":"
                             "{\"x\":[1,-2.5,true,null,\"\\\"\"],\"y\":{}}}";
  g_autoptr (GRand) rand = g_rand_new_with_seed (4711);
  guint read = 0;

  for (int i = 0; i < 20000; i++) {
    char text[sizeof seed];
    g_autoptr (JsonNode) node = NULL;

    memcpy (text, seed, sizeof seed);
    for (int k = g_rand_int_range (rand, 1, 4); k > 0; k--)
      text[g_rand_int_range (rand, 0, sizeof seed - 1)] = (char) g_rand_int_range (rand, 1, 256);
    node = dmc_json_parse (text, -1, NULL);
    if (node != NULL) {
      g_autofree char *once = dmc_json_print (node, NULL);
      g_autoptr (JsonNode) again = dmc_json_parse (once, -1, NULL);
      g_autofree char *twice = dmc_json_print (again, NULL);

      g_assert_cmpstr (once, ==, twice);
      g_free (dmc_json_span_member (text, strlen (text), "id"));
      read++;
    }
  }
  g_assert_cmpuint (read, >, 100);
  g_assert_cmpuint (read, <, 19000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/json/%s/%zu", cases[i].again != NULL ? "takes" : "refuses", i);

    g_test_add_data_func (path, &cases[i], test_case);
  }
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/length", test_length);
  g_test_add_func ("/json/where", test_where);
  g_test_add_func ("/json/hostile-output", test_hostile_output);
  g_test_add_func ("/json/locale", test_locale);
  g_test_add_func ("/json/getters", test_getters);
  g_test_add_func ("/json/wipe", test_wipe);
  g_test_add_func ("/json/span", test_span);
  g_test_add_func ("/json/mutations", test_mutations);
  return g_test_run ();
}
