/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "rpc/framing.h"
#include "rpc/message.h"
#include "rpc/json.h"

static void
feed (DmcFramer *framer, const char *text, gsize length)
{
  memcpy (dmc_framer_reserve (framer, length), text, length);
  dmc_framer_commit (framer, length);
}

/* All lines of @text, fed in pieces of @piece bytes; a line that is too long is written as "!". */
static char *
lines_of (const char *text, gsize length, gsize piece, gsize limit)
{
  DmcFramer framer;
  GString *out = g_string_new (NULL);

  dmc_framer_init (&framer, limit);
  for (gsize at = 0; at < length; at += piece) {
    const char *line;
    gsize line_length;
    DmcLine kind;

    feed (&framer, text + at, MIN (piece, length - at));
    while ((kind = dmc_framer_next (&framer, &line, &line_length)) != DMC_LINE_NONE) {
      if (kind == DMC_LINE_TOO_LONG)
        g_string_append (out, "!");
      else
        g_string_append_len (out, line, (gssize) line_length);
      g_string_append_c (out, '|');
    }
  }
  if (dmc_framer_has_rest (&framer))
    g_string_append_c (out, '~');
  dmc_framer_clear (&framer);
  return g_string_free (out, FALSE);
}

/* However the bytes come, the lines are the same. */
static void
test_pieces (void)
{
  static const char text[]
      = "one\n\ntwo two\n0123456789\n01234567890\nend\n012345678901234567890123\nlast\nhalf";

  for (gsize piece = 1; piece <= sizeof text; piece++) {
    g_autofree char *lines = lines_of (text, sizeof text - 1, piece, 10);

    g_assert_cmpstr (lines, ==, "one||two two|0123456789|!|end|!|last|~");
  }
}

static void
test_limit (void)
{
  g_autofree char *line = g_strnfill (DMC_MAX_REQUEST + 1, 'x');
  g_autofree char *fits = g_strconcat (line + 1, "\n", NULL);
  g_autofree char *over = g_strconcat (line, "\n", NULL);
  g_autofree char *first = lines_of (fits, strlen (fits), 65536, DMC_MAX_REQUEST);
  g_autofree char *second = lines_of (over, strlen (over), 65536, DMC_MAX_REQUEST);

  g_assert_cmpuint (strlen (first), ==, DMC_MAX_REQUEST + 1);
  g_assert_cmpstr (second, ==, "!|");
}

/* What is skipped is not kept. */
static void
test_memory (void)
{
  g_autofree char *block = g_strnfill (65536, 'x');
  DmcFramer framer;
  const char *line;
  gsize length;
  guint complaints = 0;

  dmc_framer_init (&framer, DMC_MAX_REQUEST);
  for (int i = 0; i < 1000; i++) {
    feed (&framer, block, 65536);
    while (dmc_framer_next (&framer, &line, &length) == DMC_LINE_TOO_LONG)
      complaints++;
    g_assert_cmpuint (framer.buffer.allocated, <=, 4 * DMC_MAX_REQUEST);
  }
  g_assert_cmpuint (complaints, ==, 1);
  dmc_framer_clear (&framer);
}

/* Random bytes in random pieces give the lines that splitting by hand gives. */
static void
test_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (99);

  for (int round = 0; round < 500; round++) {
    char text[400];
    g_autofree char *whole = NULL;
    g_autofree char *pieces = NULL;

    for (gsize i = 0; i < sizeof text; i++)
      text[i]
          = g_rand_int_range (rand, 0, 8) == 0 ? '\n' : (char) g_rand_int_range (rand, 'a', 'z');
    whole = lines_of (text, sizeof text, sizeof text, 12);
    pieces = lines_of (text, sizeof text, (gsize) g_rand_int_range (rand, 1, 50), 12);
    g_assert_cmpstr (whole, ==, pieces);
  }
}

static void
test_buffer_wipes (void)
{
  DmcBuffer buffer = { 0 };
  const char *before;

  dmc_buffer_append (&buffer, "secret-and-more", 15);
  before = dmc_buffer_get_data (&buffer);
  dmc_buffer_consume (&buffer, 6);
  for (int i = 0; i < 6; i++)
    g_assert_cmpint (before[i], ==, 0);
  g_assert_cmpmem (dmc_buffer_get_data (&buffer), dmc_buffer_get_length (&buffer), "-and-more", 9);
  dmc_buffer_clear (&buffer);
}

static void
test_buffer_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  g_autoptr (GString) model = g_string_new (NULL);
  DmcBuffer buffer = { 0 };

  for (int i = 0; i < 20000; i++) {
    if (g_rand_boolean (rand)) {
      char block[300];
      gsize length = (gsize) g_rand_int_range (rand, 0, sizeof block);

      memset (block, g_rand_int_range (rand, 0, 256), length);
      dmc_buffer_append (&buffer, block, length);
      g_string_append_len (model, block, (gssize) length);
    } else {
      gsize length = (gsize) g_rand_int_range (rand, 0, (gint32) model->len + 1);

      dmc_buffer_consume (&buffer, length);
      g_string_erase (model, 0, (gssize) length);
    }
    g_assert_cmpmem (dmc_buffer_get_length (&buffer) > 0 ? dmc_buffer_get_data (&buffer) : "",
                     dmc_buffer_get_length (&buffer), model->str, model->len);
  }
  dmc_buffer_clear (&buffer);
}

/* Secrets in a call read back as they were, and stand nowhere but in the line. */
static void
test_secret_call (void)
{
  static const char secret[] = "p\"a\\s\n\x7f\xed\x95\x9c";
  g_autoptr (JsonNode) params = dmc_json_node ("user:s", "me", NULL);

  for (int with = 0; with < 2; with++) {
    DmcBuffer line = { 0 };
    g_autoptr (JsonNode) node = NULL;
    g_autoptr (GError) error = NULL;
    JsonObject *sent;

    dmc_message_begin_secret_call (&line, 7, "workspace.passwd", with ? params : NULL);
    dmc_message_append_secret (&line, "passphrase", secret, FALSE);
    dmc_message_append_secret (&line, "new_passphrase", "other", TRUE);
    node = dmc_json_parse (dmc_buffer_get_data (&line), (gssize) dmc_buffer_get_length (&line),
                           &error);
    g_assert_no_error (error);
    g_assert_cmpint (dmc_json_get_int (json_node_get_object (node), "id", 0), ==, 7);
    sent = dmc_json_get_object (json_node_get_object (node), "params");
    g_assert_cmpstr (dmc_json_get_string (sent, "passphrase", NULL), ==, secret);
    g_assert_cmpstr (dmc_json_get_string (sent, "new_passphrase", NULL), ==, "other");
    g_assert_cmpstr (dmc_json_get_string (sent, "user", NULL), ==, with ? "me" : NULL);
    dmc_buffer_clear (&line);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/framing/pieces", test_pieces);
  g_test_add_func ("/framing/limit", test_limit);
  g_test_add_func ("/framing/memory", test_memory);
  g_test_add_func ("/framing/random", test_random);
  g_test_add_func ("/framing/buffer-wipes", test_buffer_wipes);
  g_test_add_func ("/framing/buffer-random", test_buffer_random);
  g_test_add_func ("/framing/secret-call", test_secret_call);
  return g_test_run ();
}
