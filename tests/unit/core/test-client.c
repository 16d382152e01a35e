/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/socket.h>

#include "fixture.h"

static void
keep_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static DmcClient *
connect_client (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  DmcClient *client = dmc_client_connect_sync (fixture->path, NULL, &error);

  g_assert_no_error (error);
  return client;
}

static void
test_call (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DmcClient) client = connect_client (fixture);
  g_autoptr (JsonNode) params = dmc_json_node ("value:s", "ä\n", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) result = dmc_client_call_sync (client, "test.echo", params, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (dmc_json_get_string (json_node_get_object (result), "value", NULL), ==, "ä\n");
}

static void
test_error (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DmcClient) client = connect_client (fixture);
  g_autoptr (GError) error = NULL;

  g_assert_null (dmc_client_call_sync (client, "test.fail", NULL, NULL, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_RESOURCE);
  g_assert_cmpstr (error->message, ==, "There is not enough memory");
  g_assert_cmpstr (dmc_error_get_hint (error), ==, "Free some memory");
  g_assert_cmpint (dmc_json_get_int (dmc_error_get_data (error), "limit", 0), ==, 4096);
}

static void
test_many_at_once (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DmcClient) client = connect_client (fixture);
  GAsyncResult *results[200] = { NULL };

  for (gint64 i = 0; i < 200; i++) {
    g_autoptr (JsonNode) params = dmc_json_node ("value:i", i, NULL);

    dmc_client_call_async (client, "test.echo", params, NULL, keep_result, &results[i]);
  }
  for (gint64 i = 0; i < 200; i++) {
    WAIT_FOR (results[i] != NULL);
    g_autoptr (JsonNode) answer = dmc_client_call_finish (client, results[i], NULL);

    g_assert_cmpint (dmc_json_get_int (json_node_get_object (answer), "value", -1), ==, i);
    g_object_unref (results[i]);
  }
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DmcClient) client = connect_client (fixture);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  dmc_client_call_async (client, "test.hold", NULL, cancellable, keep_result, &result);
  WAIT_FOR (fixture->held->len == 1);
  g_cancellable_cancel (cancellable);
  WAIT_FOR (result != NULL);
  g_assert_null (dmc_client_call_finish (client, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  /* The late answer is passed over and the connection goes on. */
  dmc_request_reply (g_ptr_array_index (fixture->held, 0), NULL);
  g_ptr_array_set_size (fixture->held, 0);
  g_autoptr (JsonNode) answer = dmc_client_call_sync (client, "test.echo", NULL, NULL, NULL);
  g_assert_nonnull (answer);
}

static void
note_closed (DmcClient *client, GError *why, GString *log)
{
  g_string_append (log, "closed ");
}

static void
note_failed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (dmc_client_call_finish (DMC_CLIENT (source), result, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_IO);
  g_string_append (data, "failed ");
}

static void
test_server_leaves (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DmcClient) client = connect_client (fixture);
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_signal_connect (client, "closed", G_CALLBACK (note_closed), log);
  dmc_client_call_async (client, "test.hold", NULL, NULL, note_failed, log);
  dmc_client_call_async (client, "test.hold", NULL, NULL, note_failed, log);
  WAIT_FOR (fixture->held->len == 2);
  dmc_server_close (fixture->server);
  WAIT_FOR (log->len == strlen ("failed failed closed "));
  g_assert_false (dmc_client_is_open (client));
  g_assert_null (dmc_client_call_sync (client, "test.echo", NULL, NULL, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_IO);
}

static void
test_nobody_there (Fixture *fixture, gconstpointer data)
{
  g_autofree char *nowhere = g_build_filename (fixture->folder, "nobody.sock", NULL);
  g_autofree char *too_long = g_strnfill (200, 'x');
  g_autoptr (GError) error = NULL;

  g_assert_null (dmc_client_connect_sync (nowhere, NULL, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_IO);
  g_assert_nonnull (strstr (error->message, nowhere));
  g_assert_nonnull (dmc_error_get_hint (error));
  g_clear_error (&error);
  g_assert_null (dmc_client_connect_sync (too_long, NULL, &error));
  g_assert_error (error, DMC_ERROR, DMC_ERROR_IO);
}

static void
note_event (DmcClient *client,
            const char *subscription,
            gint64 seq,
            const char *topic,
            JsonNode *data,
            GString *log)
{
  g_string_append_printf (log, "%s%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT " ", topic, seq,
                          json_node_get_int (data));
}

static void
test_events (Fixture *fixture, gconstpointer data)
{
  g_autoptr (DmcClient) client = connect_client (fixture);
  g_autoptr (GString) log = g_string_new (NULL);
  g_autoptr (JsonNode) params = dmc_json_parse ("{\"topics\":[\"news\"]}", -1, NULL);
  g_autoptr (JsonNode) answer
      = dmc_client_call_sync (client, "events.subscribe", params, NULL, NULL);

  g_assert_nonnull (answer);
  g_signal_connect (client, "event", G_CALLBACK (note_event), log);
  dmc_server_emit (fixture->server, "news", json_node_init_int (json_node_alloc (), 11));
  dmc_server_emit (fixture->server, "news", json_node_init_int (json_node_alloc (), 12));
  WAIT_FOR (log->len >= strlen ("news1:11 news2:12 "));
  g_assert_cmpstr (log->str, ==, "news1:11 news2:12 ");
}

/* A pair of sockets: one end for a client under test, the other for what the test sends to it. */
static DmcClient *
client_on_pair (GSocket **other)
{
  int ends[2];
  g_autoptr (GSocket) ours = NULL;
  g_autoptr (GSocketConnection) stream = NULL;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  ours = g_socket_new_from_fd (ends[0], NULL);
  *other = g_socket_new_from_fd (ends[1], NULL);
  stream = g_socket_connection_factory_create_connection (ours);
  return dmc_client_new_for_stream (G_IO_STREAM (stream));
}

/* An endpoint that does not keep to the protocol is left, not waited for. */
static void
test_hostile_server (gconstpointer data)
{
  g_autoptr (GSocket) other = NULL;
  g_autoptr (DmcClient) client = client_on_pair (&other);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  dmc_client_call_async (client, "server.info", NULL, NULL, keep_result, &result);
  g_assert_cmpint (g_socket_send (other, data, strlen (data), NULL, NULL), >, 0);
  WAIT_FOR (result != NULL);
  g_assert_null (dmc_client_call_finish (client, result, &error));
  g_assert_nonnull (error);
  g_assert_false (dmc_client_is_open (client));
}

/* Odd, but allowed: answers nobody asked for, unknown notifications, events without all members. */
static void
test_odd_server (void)
{
  static const char lines[]
      = "{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":{}}\n"
        "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"result\":{}}\n"
        "{\"jsonrpc\":\"2.0\",\"method\":\"news\"}\n"
        "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"seq\":\"a\"}}\n"
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"ok\":true}}\n";
  g_autoptr (GSocket) other = NULL;
  g_autoptr (DmcClient) client = client_on_pair (&other);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = NULL;

  dmc_client_call_async (client, "server.info", NULL, NULL, keep_result, &result);
  g_socket_send (other, lines, sizeof lines - 1, NULL, NULL);
  WAIT_FOR (result != NULL);
  answer = dmc_client_call_finish (client, result, &error);
  g_assert_no_error (error);
  g_assert_true (dmc_json_get_boolean (json_node_get_object (answer), "ok", FALSE));
}

static void
test_hostile_errors (void)
{
  static const struct {
    const char *text;
    int         code;
  } errors[] = {
    { "5", DMC_ERROR_INTERNAL },
    { "{}", DMC_ERROR_INTERNAL },
    { "{\"code\":\"x\",\"message\":7,\"data\":[]}", DMC_ERROR_INTERNAL },
    { "{\"code\":99999999999,\"message\":\"m\"}", DMC_ERROR_INTERNAL },
    { "{\"code\":4,\"message\":\"m\",\"data\":{\"hint\":5,\"models\":[]}}", DMC_ERROR_DENIED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++) {
    g_autoptr (JsonNode) node = dmc_json_parse (errors[i].text, -1, NULL);
    g_autoptr (GError) error = dmc_error_from_json (node);
    g_autoptr (GError) copy = g_error_copy (error);
    g_autoptr (JsonNode) again = dmc_error_to_json (copy);

    g_assert_cmpint (error->code, ==, errors[i].code);
    g_assert_cmpint (dmc_json_get_int (json_node_get_object (again), "code", 0), ==,
                     errors[i].code);
    dmc_error_get_hint (copy);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                            \
  g_test_add ("/client/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("call", test_call);
  ADD ("error", test_error);
  ADD ("many-at-once", test_many_at_once);
  ADD ("cancel", test_cancel);
  ADD ("server-leaves", test_server_leaves);
  ADD ("nobody-there", test_nobody_there);
  ADD ("events", test_events);
  g_test_add_data_func ("/client/hostile/garbage", "garbage\n", test_hostile_server);
  g_test_add_data_func ("/client/hostile/batch", "[]\n", test_hostile_server);
  g_test_add_data_func ("/client/hostile/no-id", "{\"jsonrpc\":\"2.0\",\"result\":{}}\n",
                        test_hostile_server);
  g_test_add_data_func ("/client/hostile/version", "{\"id\":1,\"result\":{}}\n",
                        test_hostile_server);
  g_test_add_func ("/client/odd", test_odd_server);
  g_test_add_func ("/client/hostile-errors", test_hostile_errors);
  return g_test_run ();
}
