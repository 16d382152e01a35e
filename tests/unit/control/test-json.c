/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <json-glib/json-glib.h>

#include "json-check.h"
#include "json-read.h"
#include "json-write.h"

static GString *written;
static struct json_writer writer;

static void
sink (const char *bytes, size_t length)
{
  g_string_append_len (written, bytes, (gssize)length);
}

static void
begin (void)
{
  if (written != NULL) {
    g_string_free (written, TRUE);
  }
  written = g_string_new (NULL);
  json_writer_init (&writer, sink);
}

/* A copy without room behind it, so that a read past the end is seen. */
static char *
exact (const char *text, size_t length)
{
  char *copy = g_malloc (length > 0 ? length : 1);

  memcpy (copy, text, length);
  return copy;
}

static gboolean
check (const char *text)
{
  g_autofree char *copy = exact (text, strlen (text));

  return json_check (copy, strlen (text));
}

static const char *const good[] = {
  "{}",
  "[]",
  "0",
  "-0",
  "1",
  "-1.5e+10",
  "1E5",
  "0.0",
  "\"\"",
  "true",
  "false",
  "null",
  " [ ] ",
  "{\"a\":1}",
  "{\"a\":{\"b\":[1,2,{}]},\"c\":\"\\u00e9\\n\\\\\\/\"}",
  "[[[[]]]]",
  "\t{\r\n}\n",
  "[1,[2,{\"x\":[]}],\"y\"]",
  "\"\x7f\xc3\xa9\"",
};

static const char *const bad[] = {
  "",
  " ",
  "{",
  "}",
  "[",
  "]",
  "[}",
  "{]",
  "[1,]",
  "[,1]",
  "[1 2]",
  "{,}",
  "{\"a\"}",
  "{\"a\":}",
  "{\"a\":1,}",
  "{\"a\" 1}",
  "{1:2}",
  "{a:1}",
  "{\"a\":1 \"b\":2}",
  "{\"a\",1}",
  "[\"a\":1]",
  "01",
  "-",
  "+1",
  "1.",
  ".5",
  "1e",
  "1e+",
  "0x1",
  "NaN",
  "Infinity",
  "nul",
  "truee",
  "tru",
  "\"",
  "\"\\\"",
  "\"\\x\"",
  "\"\\u12g4\"",
  "\"\\u123\"",
  "\"\n\"",
  "\"\t\"",
  "'a'",
  "{}{}",
  "1 1",
  "[]]",
  "// c\n1",
  "/**/1",
  "{\"a\":1}x",
  "\"\\",
  "\"\\u",
  "[1",
  "{\"a\"",
  "{\"a\":",
  "\xef\xbb\xbf{}",
  "[1]\x01",
  "undefined",
  "\"a",
  "\"\xff\"",
  "\"\xc3\"",
  "\"\xed\xa0\x80\"",
  "\"\\\xc3\xa9\"",
};

static void
test_check_table (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    if (!check (good[i])) {
      g_error ("refused: %s", good[i]);
    }
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    if (check (bad[i])) {
      g_error ("taken: %s", bad[i]);
    }
  }
  g_assert_false (json_check ("[\0]", 3));
}

static void
test_check_depth (void)
{
  g_autofree char *open = g_strnfill (JSON_CHECK_DEPTH + 1, '[');
  g_autofree char *close = g_strnfill (JSON_CHECK_DEPTH + 1, ']');
  g_autofree char *most = g_strconcat (open + 1, close + 1, NULL);
  g_autofree char *more = g_strconcat (open, close, NULL);

  g_assert_true (check (most));
  g_assert_false (check (more));
}

static struct json_document document;

static void
parse (const char *text)
{
  g_assert_true (json_parse (&document, text, strlen (text)));
}

static void
test_read_members (void)
{
  uint64_t number = 7;
  json_value list;
  size_t length;
  const char *source;

  parse (
      "{\"x\":{\"id\":1},\"id\":42,\"list\":[1,[2,3],{\"a\":4},\"five\"],\"s\":\"id\",\"n\":null}");
  g_assert_true (json_get_uint (&document, json_member (&document, 0, "id"), &number));
  g_assert_cmpuint (number, ==, 42);
  g_assert_cmpint (json_member (&document, 0, "a"), ==, JSON_NONE);
  g_assert_cmpint (json_member (&document, JSON_NONE, "a"), ==, JSON_NONE);
  g_assert_true (json_equals (&document, json_member (&document, 0, "s"), "id"));
  g_assert_cmpint (json_type_of (&document, json_member (&document, 0, "n")), ==, JSON_OTHER);

  list = json_first (&document, json_member (&document, 0, "list"));
  list = json_next (&document, list);
  g_assert_cmpint (json_type_of (&document, list), ==, JSON_ARRAY);
  list = json_next (&document, list);
  g_assert_cmpint (json_type_of (&document, list), ==, JSON_OBJECT);
  list = json_next (&document, list);
  g_assert_true (json_equals (&document, list, "five"));
  source = json_source (&document, list, &length);
  g_assert_cmpuint (length, ==, 6);
  g_assert_cmpint (strncmp (source, "\"five\"", 6), ==, 0);
  g_assert_cmpint (json_next (&document, list), ==, JSON_NONE);
}

static void
test_read_numbers (void)
{
  static const struct {
    const char *text;
    gboolean ok;
    uint64_t value;
  } cases[] = {
    { "0", TRUE, 0 },
    { "9007199254740991", TRUE, 9007199254740991u },
    { "9223372036854775790", TRUE, 9223372036854775790u },
    { "99999999999999999999", FALSE, 0 },
    { "-1", FALSE, 0 },
    { "1.0", FALSE, 0 },
    { "1e3", FALSE, 0 },
    { "\"1\"", FALSE, 0 },
    { "true", FALSE, 0 },
    { "[1]", FALSE, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    uint64_t value = 0;

    g_autofree char *list = g_strdup_printf ("[%s]", cases[i].text);

    parse (list);
    g_assert_cmpint (json_get_uint (&document, json_first (&document, 0), &value), ==, cases[i].ok);
    g_assert_cmpuint (value, ==, cases[i].value);
  }
}

static void
test_read_strings (void)
{
  static const struct {
    const char *text, *value; /* value NULL: refused */
  } cases[] = {
    { "\"\"", "" },
    { "\"plain\"", "plain" },
    { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
    { "\"\\u0041\\u00e9\\uD55C\\ud83d\\ude00\"", "A\xc3\xa9\xed\x95\x9c\xf0\x9f\x98\x80" },
    { "\"\xed\x95\x9c\"", "\xed\x95\x9c" },
    { "\"\\ud800\"", NULL },
    { "\"\\udc00\"", NULL },
    { "\"\\ud800\\u0041\"", NULL },
    { "\"\\ud800x\"", NULL },
    { "\"\\u0000\"", NULL },
    { "\"0123456789abcde\"", "0123456789abcde" },
    { "\"0123456789abcdef\"", NULL },
    { "\"0123456789abcd\xc3\xa9\"", NULL },
    { "12", NULL },
    { "{}", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *list = g_strdup_printf ("[%s]", cases[i].text);
    g_autofree char *copy = exact (list, strlen (list));
    char *buffer = g_malloc (16);
    gboolean ok;

    g_assert_true (json_parse (&document, copy, strlen (list)));
    ok = json_get_string (&document, 1, buffer, 16, NULL);
    g_assert_cmpint (ok, ==, cases[i].value != NULL);
    if (ok) {
      g_assert_cmpstr (buffer, ==, cases[i].value);
    }
    g_free (buffer);
  }
}

static void
test_too_many_tokens (void)
{
  GString *text = g_string_new ("[0");

  for (int i = 0; i < JSON_TOKENS_MAX; i++) {
    g_string_append (text, ",0");
  }
  g_string_append_c (text, ']');
  g_assert_false (json_parse (&document, text->str, text->len));
  g_assert_cmpint (json_member (&document, 0, "x"), ==, JSON_NONE);
  g_string_free (text, TRUE);
}

static JsonNode *
written_json (void)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node;

  json_flush (&writer);
  g_assert_true (g_utf8_validate_len (written->str, written->len, NULL));
  g_assert_true (json_check (written->str, written->len));
  node = json_from_string (written->str, &error);
  g_assert_no_error (error);
  return node;
}

static void
test_write_shapes (void)
{
  begin ();
  json_begin_object (&writer);
  json_member_string (&writer, "a", "x\"y\\z\n\x01\x7f");
  json_member_uint (&writer, "b", UINT64_MAX);
  json_key (&writer, "c");
  json_begin_array (&writer);
  json_bool (&writer, true);
  json_begin_object (&writer);
  json_end (&writer);
  json_begin_array (&writer);
  json_end (&writer);
  json_format (&writer, "%s has %u%%", "one \"of\" them", 0u);
  json_newline (&writer);
  json_flush (&writer);
  g_assert_cmpstr (written->str, ==,
                   "{\"a\":\"x\\\"y\\\\z\\n\\u0001\\u007f\",\"b\":18446744073709551615,"
                   "\"c\":[true,{},[],\"one \\\"of\\\" them has 0%\"]}\n");
  g_assert_false (writer.broken);
}

static void
test_write_any_bytes (void)
{
  GRand *random = g_rand_new_with_seed (5);

  for (int round = 0; round < 3000; round++) {
    gsize length = (gsize)g_rand_int_range (random, 0, 60);
    g_autofree char *bytes = g_malloc (length + 1);
    g_autoptr (JsonNode) node = NULL;

    for (gsize i = 0; i < length; i++) {
      bytes[i] = (char)(g_rand_boolean (random) ? g_rand_int_range (random, 0, 256)
                                                : g_rand_int_range (random, 0x80, 0xf8));
    }
    begin ();
    json_begin_array (&writer);
    json_text (&writer, bytes, length);
    json_end (&writer);
    node = written_json ();
    if (g_utf8_validate_len (bytes, length, NULL)) {
      g_assert_cmpint (
          memcmp (json_array_get_string_element (json_node_get_array (node), 0), bytes, length), ==,
          0);
    }
  }
  g_rand_free (random);
}

static void
test_write_long (void)
{
  g_autofree char *text = g_strnfill (3 * JSON_WRITE_BUFFER + 5, 'x');
  g_autoptr (JsonNode) node = NULL;

  begin ();
  json_begin_array (&writer);
  json_string (&writer, text);
  json_end (&writer);
  node = written_json ();
  g_assert_cmpstr (json_array_get_string_element (json_node_get_array (node), 0), ==, text);
}

static void
test_write_too_deep (void)
{
  begin ();
  for (int i = 0; i < JSON_WRITE_DEPTH + 3; i++) {
    json_begin_array (&writer);
  }
  json_newline (&writer);
  g_assert_true (writer.broken);
  begin ();
  json_end (&writer);
  g_assert_true (writer.broken);
}

static void
test_whole_characters (void)
{
  static const struct {
    const char *text;
    size_t whole;
  } cases[] = {
    { "", 0 },
    { "abc", 3 },
    { "ab\xc3", 2 },
    { "ab\xc3\xa9", 4 },
    { "\xed\x95", 0 },
    { "x\xf0\x9f\x98", 1 },
    { "x\xf0\x9f\x98\x80", 5 },
    { "x\xff", 2 },
    { "\x80\x80\x80\x80", 4 },
    { "\xe0\x80", 2 },
    { "\xc3\xc3", 1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *copy = exact (cases[i].text, strlen (cases[i].text));

    g_assert_cmpuint (json_whole_characters (copy, strlen (cases[i].text)), ==, cases[i].whole);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control/json/check", test_check_table);
  g_test_add_func ("/control/json/check-depth", test_check_depth);
  g_test_add_func ("/control/json/read-members", test_read_members);
  g_test_add_func ("/control/json/read-numbers", test_read_numbers);
  g_test_add_func ("/control/json/read-strings", test_read_strings);
  g_test_add_func ("/control/json/too-many-tokens", test_too_many_tokens);
  g_test_add_func ("/control/json/write-shapes", test_write_shapes);
  g_test_add_func ("/control/json/write-any-bytes", test_write_any_bytes);
  g_test_add_func ("/control/json/write-long", test_write_long);
  g_test_add_func ("/control/json/write-too-deep", test_write_too_deep);
  g_test_add_func ("/control/json/whole-characters", test_whole_characters);
  return g_test_run ();
}
