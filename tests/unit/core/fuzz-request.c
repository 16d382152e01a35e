/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hostile client reaches before anything is decided: lines, JSON, the request's form, the schema.
 *
 * With clang this is a libFuzzer target:
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -DFUZZER -Icore tests/unit/core/fuzz-request.c \
 *     $(pkg-config --cflags --libs json-glib-1.0 gio-unix-2.0) -Lbuild/core -ldomicile -o fuzz-request
 * Built as a test it runs a fixed number of mutations of known requests, always the same ones. */
#include <string.h>

#include "rpc/error.h"
#include "rpc/framing.h"
#include "rpc/json-span.h"
#include "rpc/json.h"
#include "rpc/message.h"
#include "rpc/openrpc.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static DmcOpenrpc *document;
static guint n_refused, n_wrong, n_fitting; /* how far the inputs came */

static void
handle (JsonNode *node, const char *text, gsize length)
{
  g_auto (DmcMessage) message = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) answer = g_string_new (NULL);
  g_autoptr (JsonNode) again = NULL;

  if (dmc_message_read_request (&message, node, text, length, &error)
      && !dmc_openrpc_has_method (document, message.method))
    error = dmc_error_new (DMC_ERROR_METHOD, NULL, "There is no method \"%s\"", message.method);
  if (error == NULL)
    dmc_openrpc_check_params (document, message.method, message.params, &error);
  if (error == NULL)
    dmc_message_append_result (answer, message.id, NULL);
  else
    dmc_message_append_error (answer, message.id, error);
  *(error == NULL ? &n_fitting : &n_wrong) += 1;
  /* Whatever came in, the answer is valid. */
  again = dmc_json_parse (answer->str, (gssize) answer->len, NULL);
  if (again == NULL)
    g_error ("%.*s was answered with %s", (int) length, text, answer->str);
}

static void
handle_line (const char *line, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = dmc_json_parse (line, (gssize) length, &error);
  const char *cursor = line, *element = NULL;
  gsize element_length = 0;

  if (node == NULL) {
    g_assert (error != NULL && error->code == DMC_ERROR_PARSE);
    n_refused++;
    return;
  }
  if (!JSON_NODE_HOLDS_ARRAY (node)) {
    handle (node, line, length);
    return;
  }
  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++) {
    g_assert (dmc_json_span_element (&cursor, line + length, &element, &element_length));
    handle (json_array_get_element (json_node_get_array (node), i), element, element_length);
  }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  DmcFramer framer;
  const char *line;
  gsize length;
  DmcLine kind;

  if (document == NULL)
    document = dmc_openrpc_new (NULL, NULL);
  dmc_framer_init (&framer, 4096);
  for (gsize at = 0; at < size; at += 100) {
    gsize piece = MIN (size - at, 100);

    memcpy (dmc_framer_reserve (&framer, piece), data + at, piece);
    dmc_framer_commit (&framer, piece);
    while ((kind = dmc_framer_next (&framer, &line, &length)) != DMC_LINE_NONE)
      if (kind == DMC_LINE_WHOLE)
        handle_line (line, length);
  }
  dmc_framer_clear (&framer);
  return 0;
}

#ifndef FUZZER

static const char *const seeds[] = {
  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.info\"}\n",
  "{\"jsonrpc\":\"2.0\",\"id\":1.5e3,\"method\":\"job.get\",\"params\":{\"job\":\"j\\u00e4\"}}\n",
  "[{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"events.subscribe\",\"params\":{\"topics\":[\"job\"],"
  "\"interval_ms\":100}},{\"id\":-0.0,\"jsonrpc\":\"2.0\",\"method\":\"rpc.discover\"},5]\n",
  "{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":[1,{\"a\":[[[[]]]]},\"\\ud83d\\ude00\"]}\nhalf",
};

static const char *const pieces[] = { "\"",   "\\",      "{",     "}",    "[",    "]",   ",",
                                      ":",    "\n",      "1e9",   "null", "-0",   "\\u", "\\ud800",
                                      "\xff", "\"id\":", "\xc3",  "true", "99999999999999999999" };

static void
mutate (GString *text, GRand *rand)
{
  gint32 at = g_rand_int_range (rand, 0, (gint32) text->len);
  gint32 length = g_rand_int_range (rand, 1, 30);

  switch (g_rand_int_range (rand, 0, 4)) {
  case 0:
    text->str[at] = (char) g_rand_int_range (rand, 0, 256);
    break;
  case 1:
    g_string_erase (text, at, MIN (length, (gint32) text->len - at));
    break;
  case 2:
    g_string_insert (text, at, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
    break;
  default: {
    g_autofree char *copy = g_strndup (text->str + at, (gsize) length);

    g_string_insert (text, g_rand_int_range (rand, 0, (gint32) text->len), copy);
    break;
  }
  }
  if (text->len == 0)
    g_string_append_c (text, '\n');
}

static void
test_mutations (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20261122);

  for (int i = 0; i < 100000; i++) {
    g_autoptr (GString) text = g_string_new (seeds[i % G_N_ELEMENTS (seeds)]);

    for (int k = g_rand_int_range (rand, 0, 6); k > 0; k--)
      mutate (text, rand);
    LLVMFuzzerTestOneInput ((const guint8 *) text->str, text->len);
  }
  dmc_openrpc_unref (document);
  /* The mutations reach every stage, and do not all fail at the first. */
  g_assert_cmpuint (n_refused, >, 10000);
  g_assert_cmpuint (n_wrong, >, 10000);
  g_assert_cmpuint (n_fitting, >, 10000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzz/request", test_mutations);
  return g_test_run ();
}

#endif
