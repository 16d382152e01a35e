/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

/* What a line is answered with, compared up to the length of the expectation; NULL for no answer at all. */
typedef struct {
  const char *name;
  const char *line;
  const char *answer;
} Case;

#define ERR(id, code) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"error\":{\"code\":" code ","
#define REQ(id, rest) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":" rest "}"

static const Case cases[] = {
  { "echo", REQ ("1", "\"test.echo\",\"params\":{\"value\":[1,2.5,\"ä\"]}"),
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"value\":[1,2.5,\"ä\"]}}" },
  { "no-params", REQ ("2", "\"test.echo\""), "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}" },
  { "string-id", REQ ("\"a\\u0062\"", "\"test.echo\""), "{\"jsonrpc\":\"2.0\",\"id\":\"ab\",\"result\":{}}" },
  { "null-id", REQ ("null", "\"test.echo\""), "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{}}" },
  { "float-id", REQ ("1.0", "\"test.echo\""), "{\"jsonrpc\":\"2.0\",\"id\":1.0,\"result\":{}}" },
  { "exponent-id", REQ ("1e2", "\"test.echo\""), "{\"jsonrpc\":\"2.0\",\"id\":1e2,\"result\":{}}" },
  { "minus-zero-id", REQ ("-0", "\"test.echo\""), "{\"jsonrpc\":\"2.0\",\"id\":-0,\"result\":{}}" },
  { "long-id", REQ ("123456789012345678901234567890", "\"test.echo\""),
    "{\"jsonrpc\":\"2.0\",\"id\":123456789012345678901234567890,\"result\":{}}" },
  { "array-id", REQ ("[1]", "\"test.echo\""), ERR ("null", "-32600") },
  { "boolean-id", REQ ("true", "\"test.echo\""), ERR ("null", "-32600") },
  { "version", "{\"jsonrpc\":\"1.0\",\"id\":3,\"method\":\"test.echo\"}", ERR ("3", "-32600") },
  { "no-version", "{\"id\":3,\"method\":\"test.echo\"}", ERR ("3", "-32600") },
  { "no-method", "{\"jsonrpc\":\"2.0\",\"id\":4}", ERR ("4", "-32600") },
  { "method-number", REQ ("4", "5"), ERR ("4", "-32600") },
  { "scalar", "5", ERR ("null", "-32600") },
  { "null-params", REQ ("5", "\"test.echo\",\"params\":null"), ERR ("5", "-32600") },
  { "positional", REQ ("6", "\"test.echo\",\"params\":[1]"), ERR ("6", "-32602") },
  { "unknown-method", REQ ("7", "\"test.nothing\""), ERR ("7", "-32601") },
  { "described-only", REQ ("7", "\"test.absent\""), ERR ("7", "-32601") },
  { "missing", REQ ("8", "\"test.add\""),
    ERR ("8", "-32602") "\"message\":\"memory_kib: is missing\",\"data\":{\"kind\":\"params\"" },
  { "too-small", REQ ("8", "\"test.add\",\"params\":{\"memory_kib\":0}"),
    ERR ("8", "-32602") "\"message\":\"memory_kib: must be at least 1\"" },
  { "unknown-param", REQ ("8", "\"test.add\",\"params\":{\"memory_kib\":1,\"memroy\":1}"),
    ERR ("8", "-32602") "\"message\":\"memroy: is unknown here\"" },
  { "fits", REQ ("8", "\"test.add\",\"params\":{\"memory_kib\":1,\"passphrase\":\"four\"}"),
    "{\"jsonrpc\":\"2.0\",\"id\":8,\"result\":{\"sum\":2,\"length\":4}}" },
  { "data", REQ ("9", "\"test.fail\""),
    ERR ("9", "6") "\"message\":\"There is not enough memory\",\"data\":{\"kind\":\"resource\","
                   "\"hint\":\"Free some memory\",\"limit\":4096}}}" },
  { "broken", "{\"jsonrpc\":", ERR ("null", "-32700") },
  { "empty-line", "", ERR ("null", "-32700") },
  { "not-utf8", "\"\xff\"", ERR ("null", "-32700") },
  { "trailing-comma", "{\"jsonrpc\":\"2.0\",}", ERR ("null", "-32700") },
  { "carriage-return", REQ ("1", "\"test.echo\"") "\r", "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}" },
  { "notification", "{\"jsonrpc\":\"2.0\",\"method\":\"test.echo\"}", NULL },
  { "notification-unknown", "{\"jsonrpc\":\"2.0\",\"method\":\"test.nothing\"}", NULL },
  { "notification-misfit", "{\"jsonrpc\":\"2.0\",\"method\":\"test.add\",\"params\":[]}", NULL },
  { "empty-batch", "[]", ERR ("null", "-32600") },
  { "batch-of-notifications", "[{\"jsonrpc\":\"2.0\",\"method\":\"test.echo\"}]", NULL },
  { "batch", "[" REQ ("1.50", "\"test.echo\"") ",5,{\"jsonrpc\":\"2.0\",\"method\":\"test.echo\"},"
                 REQ ("\"x\"", "\"test.nothing\"") "]",
    "[{\"jsonrpc\":\"2.0\",\"id\":1.50,\"result\":{}}," ERR ("null", "-32600") },
  { "unsubscribe-unknown", REQ ("1", "\"events.unsubscribe\",\"params\":{\"subscription\":\"s99\"}"),
    ERR ("1", "1") },
  { "unknown-topic", REQ ("1", "\"events.subscribe\",\"params\":{\"topics\":[\"news\",\"olds\"]}"),
    ERR ("1", "-32602") "\"message\":\"topics[1]: there is no topic \\\"olds\\\"\"" },
  { "too-often", REQ ("1", "\"events.subscribe\",\"params\":{\"topics\":[\"news\"],\"interval_ms\":99}"),
    ERR ("1", "-32602") "\"message\":\"interval_ms: must be at least 100\"" },
  { "unknown-job", REQ ("1", "\"job.get\",\"params\":{\"job\":\"j99\"}"), ERR ("1", "1") },
  { "discover", REQ ("1", "\"rpc.discover\""), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"openrpc\":\"1.2.6\"" },
};

static void
test_case (Fixture *fixture, gconstpointer data)
{
  const Case *one = data;
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *answer = NULL;
  g_autofree char *after = NULL;

  wire_send (wire, one->line, -1);
  wire_send (wire, "\n", 1);
  if (one->answer != NULL) {
    answer = wire_line (wire);
    g_assert_nonnull (answer);
    if (!g_str_has_prefix (answer, one->answer))
      g_error ("answered %s\nexpected %s", answer, one->answer);
  }
  /* Whatever it was, the connection goes on, and nothing else was answered. */
  after = wire_ask (wire, REQ ("\"after\"", "\"test.echo\""));
  g_assert_cmpstr (after, ==, "{\"jsonrpc\":\"2.0\",\"id\":\"after\",\"result\":{}}");
}

static void
test_discover (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *answer = wire_ask (wire, REQ ("1", "\"rpc.discover\""));

  g_assert_nonnull (strstr (answer, "\"name\":\"test.add\""));
  g_assert_nonnull (strstr (answer, "\"name\":\"events.subscribe\""));
  /* What is described but not served is left out. */
  g_assert_null (strstr (answer, "test.absent"));
}

static void
test_out_of_order (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  wire_send (wire, REQ ("1", "\"test.hold\"") "\n", -1);
  first = wire_ask (wire, REQ ("2", "\"test.echo\""));
  g_assert_true (g_str_has_prefix (first, "{\"jsonrpc\":\"2.0\",\"id\":2,"));
  g_assert_cmpuint (fixture->held->len, ==, 1);
  dmc_request_reply (g_ptr_array_index (fixture->held, 0), NULL);
  g_ptr_array_set_size (fixture->held, 0);
  second = wire_line (wire);
  g_assert_cmpstr (second, ==, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
}

static void
test_byte_by_byte (Fixture *fixture, gconstpointer data)
{
  static const char line[] = REQ ("1", "\"test.echo\",\"params\":{\"value\":\"한\"}") "\n";
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *answer = NULL;

  for (const char *p = line; *p != '\0'; p++) {
    wire_send (wire, p, 1);
    g_main_context_iteration (NULL, FALSE);
  }
  answer = wire_line (wire);
  g_assert_cmpstr (answer, ==, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"value\":\"한\"}}");
}

static void
test_long_lines (Fixture *fixture, gconstpointer data)
{
  static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"test.add\",\"params\":"
                             "{\"memory_kib\":1,\"passphrase\":\"";
  const gsize limit = 1024 * 1024;
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *filler = g_strnfill (limit - sizeof head + 1 - 3, 'y');
  g_autofree char *just_fits = g_strconcat (head, filler, "\"}}\n", NULL);
  g_autofree char *too_long = g_strconcat (head, filler, "y\"}}\n", NULL);
  g_autofree char *answer = NULL;
  g_autofree char *refusal = NULL;
  g_autofree char *after = NULL;

  g_assert_cmpuint (strlen (just_fits), ==, limit + 1);
  wire_send (wire, just_fits, -1);
  answer = wire_line (wire);
  g_assert_true (g_str_has_prefix (answer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"sum\":2,"));
  wire_send (wire, too_long, -1);
  refusal = wire_line (wire);
  g_assert_true (g_str_has_prefix (refusal, ERR ("null", "-32700")));
  after = wire_ask (wire, REQ ("2", "\"test.echo\""));
  g_assert_true (g_str_has_prefix (after, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\""));
}

static void
test_endless_line (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *block = g_strnfill (1024 * 1024, 'z');
  g_autofree char *refusal = NULL;
  g_autofree char *after = NULL;

  for (int i = 0; i < 20; i++)
    wire_send (wire, block, 1024 * 1024);
  refusal = wire_line (wire);
  g_assert_true (g_str_has_prefix (refusal, ERR ("null", "-32700")));
  wire_send (wire, "\n", 1);
  after = wire_ask (wire, REQ ("2", "\"test.echo\""));
  g_assert_true (g_str_has_prefix (after, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\""));
}

static void
test_half_line (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *answer = NULL;

  wire_send (wire, REQ ("1", "\"test.echo\""), -1);
  g_socket_shutdown (wire->socket, FALSE, TRUE, NULL);
  answer = wire_line (wire);
  g_assert_true (g_str_has_prefix (answer, ERR ("null", "-32700")));
  wire_wait_closed (wire);
}

/* printf … | nc -U: the client says no more, but it still listens. */
static void
test_half_close (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *answer = NULL;

  wire_send (wire, REQ ("1", "\"test.hold\"") "\n", -1);
  g_socket_shutdown (wire->socket, FALSE, TRUE, NULL);
  WAIT_FOR (fixture->held->len == 1);
  g_assert_false (fixture->cancelled);
  dmc_request_reply (g_ptr_array_index (fixture->held, 0), NULL);
  g_ptr_array_set_size (fixture->held, 0);
  answer = wire_line (wire);
  g_assert_cmpstr (answer, ==, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
  wire_wait_closed (wire);
  WAIT_FOR (dmc_server_get_n_clients (fixture->server) == 0);
}

static void
test_client_leaves (Fixture *fixture, gconstpointer data)
{
  Wire *wire = wire_new (fixture);

  wire_send (wire, REQ ("1", "\"test.hold\"") "\n", -1);
  WAIT_FOR (fixture->held->len == 1);
  wire_free (wire);
  WAIT_FOR (fixture->cancelled);
  g_assert_cmpuint (dmc_server_get_n_clients (fixture->server), ==, 0);
}

static void
test_slow_reader (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) slow = wire_new (fixture);
  g_autoptr (Wire) other = wire_new (fixture);
  g_autofree char *answer = NULL;

  for (int i = 0; i < 20 && !slow->closed; i++)
    wire_send (slow, REQ ("1", "\"test.big\",\"params\":{\"bytes\":1000000}") "\n", -1);
  answer = wire_ask (other, REQ ("2", "\"test.echo\""));
  g_assert_nonnull (answer);
  WAIT_FOR (dmc_server_get_n_clients (fixture->server) == 1);
}

static void
test_big_batch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autoptr (GString) batch = g_string_new ("[");

  /* Its answers would fill gigabytes: the client is dropped instead. */
  for (int i = 0; i < 2000; i++)
    g_string_append (batch, REQ ("1", "\"test.big\",\"params\":{\"bytes\":1000000}") ",");
  g_string_append (batch, REQ ("1", "\"test.echo\"") "]\n");
  wire_send (wire, batch->str, (gssize) batch->len);
  wire_wait_closed (wire);
  g_assert_cmpuint (dmc_server_get_n_clients (fixture->server), ==, 0);
}

static void
test_many_unanswered (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *answer = NULL;
  g_autoptr (GPtrArray) held = NULL;
  g_autoptr (GString) lines = g_string_new (NULL);
  guint total = 0;

  for (int i = 0; i < 1000; i++)
    g_string_append (lines, REQ ("1", "\"test.hold\"") "\n");
  wire_send (wire, lines->str, (gssize) lines->len);
  /* The server stops taking requests well before a thousand wait, and goes on when some are answered. */
  WAIT_FOR (fixture->held->len > 256);
  for (int i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fixture->held->len, <, 300);
  while (total < 1000) {
    WAIT_FOR (fixture->held->len > 0);
    held = g_steal_pointer (&fixture->held);
    fixture->held = g_ptr_array_new_with_free_func (g_object_unref);
    for (guint i = 0; i < held->len; i++)
      dmc_request_reply (g_ptr_array_index (held, i), NULL);
    total += held->len;
    g_clear_pointer (&held, g_ptr_array_unref);
  }
  for (int i = 0; i < 1000; i++) {
    g_free (answer);
    answer = wire_line (wire);
    g_assert_nonnull (answer);
  }
}

static void
test_hundred_clients (Fixture *fixture, gconstpointer data)
{
  Wire *wires[100];

  for (int i = 0; i < 100; i++)
    wires[i] = wire_new (fixture);
  for (int i = 0; i < 100; i++)
    wire_send (wires[i], REQ ("7", "\"test.echo\"") "\n", -1);
  for (int i = 0; i < 100; i++) {
    g_autofree char *answer = wire_line (wires[i]);

    g_assert_cmpstr (answer, ==, "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}");
  }
  g_assert_cmpuint (dmc_server_get_n_clients (fixture->server), ==, 100);
  for (int i = 0; i < 100; i++)
    wire_free (wires[i]);
  WAIT_FOR (dmc_server_get_n_clients (fixture->server) == 0);
}

static void
test_socket_file (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DmcServer) second = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *plain = g_build_filename (fixture->folder, "plain", NULL);
  g_autofree char *stale = g_build_filename (fixture->folder, "stale.sock", NULL);
  g_autofree char *deep = g_build_filename (fixture->folder, "deep", "x.sock", NULL);
  g_autofree char *long_path = g_strdup_printf ("%s/%0100d", fixture->folder, 0);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (stale);
  g_autoptr (GSocket) dead = NULL;
  struct stat st;

  g_assert_cmpint (g_stat (fixture->path, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0600);

  second = dmc_server_new ("agent", NULL, &error);
  g_assert_no_error (error);
  g_assert_false (dmc_server_listen (second, fixture->path, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_EXISTS);
  g_clear_error (&error);

  g_assert_true (g_file_set_contents (plain, "data", -1, NULL));
  g_assert_false (dmc_server_listen (second, plain, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_EXISTS);
  g_clear_error (&error);
  g_unlink (plain);

  g_assert_false (dmc_server_listen (second, long_path, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_IO);
  g_clear_error (&error);

  dead = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_assert_true (g_socket_bind (dead, address, FALSE, NULL));
  g_clear_object (&dead);
  g_assert_true (g_file_test (stale, G_FILE_TEST_EXISTS));
  g_assert_true (dmc_server_listen (second, stale, &error));
  g_assert_no_error (error);
  dmc_server_close (second);
  g_assert_false (g_file_test (stale, G_FILE_TEST_EXISTS));

  g_assert_true (dmc_server_listen (second, deep, &error));
  dmc_server_close (second);
  g_autofree char *folder = g_path_get_dirname (deep);
  g_assert_cmpint (g_stat (folder, &st), ==, 0);
  g_assert_cmpuint (st.st_mode & 0777, ==, 0700);
  g_rmdir (folder);
}

static void
test_garbage (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autoptr (GRand) rand = g_rand_new_with_seed (20260101);
  g_autofree char *after = NULL;
  guint lines = 0;

  for (int i = 0; i < 2000; i++) {
    char noise[64];
    gsize length = (gsize) g_rand_int_range (rand, 0, sizeof noise);

    for (gsize k = 0; k < length; k++)
      noise[k] = (char) g_rand_int_range (rand, 0, 256);
    wire_send (wire, noise, (gssize) length);
  }
  wire_send (wire, "\n", 1);
  wire_send (wire, REQ ("\"after\"", "\"test.echo\"") "\n", -1);
  for (;;) {
    g_free (after);
    after = wire_line (wire);
    g_assert_nonnull (after);
    lines++;
    if (strstr (after, "\"after\"") != NULL)
      break;
    g_assert_true (g_str_has_prefix (after, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32"));
  }
  g_assert_cmpuint (lines, >, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/protocol/line/", cases[i].name, NULL);

    g_test_add (path, Fixture, &cases[i], fixture_set_up, test_case, fixture_tear_down);
  }
#define ADD(name, func) g_test_add ("/protocol/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("discover", test_discover);
  ADD ("out-of-order", test_out_of_order);
  ADD ("byte-by-byte", test_byte_by_byte);
  ADD ("long-lines", test_long_lines);
  ADD ("endless-line", test_endless_line);
  ADD ("half-line", test_half_line);
  ADD ("half-close", test_half_close);
  ADD ("client-leaves", test_client_leaves);
  ADD ("slow-reader", test_slow_reader);
  ADD ("big-batch", test_big_batch);
  ADD ("many-unanswered", test_many_unanswered);
  ADD ("hundred-clients", test_hundred_clients);
  ADD ("socket-file", test_socket_file);
  ADD ("garbage", test_garbage);
  return g_test_run ();
}
