/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#define SUBSCRIBE(rest)                                                                            \
  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events.subscribe\",\"params\":{\"topics\":" rest "}" \
                                                                                               "}"

/* The next line's params, which must be an event. */
static JsonNode *
next_event (Wire *wire)
{
  g_autofree char *line = wire_line (wire);
  g_autoptr (JsonNode) node = dmc_json_parse (line, -1, NULL);
  JsonObject *params;

  g_assert_nonnull (node);
  g_assert_cmpstr (dmc_json_get_string (json_node_get_object (node), "method", NULL), ==, "event");
  params = dmc_json_get_object (json_node_get_object (node), "params");
  g_assert_nonnull (params);
  return dmc_json_take_object (json_object_ref (params));
}

static gint64
member (JsonNode *event, const char *name)
{
  return dmc_json_get_int (json_node_get_object (event), name, -1);
}

static gint64
data_of (JsonNode *event)
{
  return json_object_get_int_member (json_node_get_object (event), "data");
}

static JsonNode *
number (gint64 n)
{
  return json_node_init_int (json_node_alloc (), n);
}

/* Every event of a plain topic arrives, in order, numbered without gaps from 1. */
static void
test_all_arrive (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *answer = wire_ask (wire, SUBSCRIBE ("[\"news\",\"news\"],\"interval_ms\":1000"));
  gint64 before = g_get_real_time ();

  g_assert_nonnull (strstr (answer, "\"subscription\""));
  for (gint64 i = 1; i <= 500; i++)
    dmc_server_emit (fixture->server, "news", number (i));
  for (gint64 i = 1; i <= 500; i++) {
    g_autoptr (JsonNode) event = next_event (wire);

    g_assert_cmpint (member (event, "seq"), ==, i);
    g_assert_cmpint (data_of (event), ==, i);
    g_assert_cmpint (member (event, "time_us"), >=, before);
    g_assert_cmpstr (dmc_json_get_string (json_node_get_object (event), "topic", NULL), ==, "news");
  }
}

static void
test_apart (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autoptr (Wire) silent = wire_new (fixture);
  g_autofree char *first = wire_ask (wire, SUBSCRIBE ("[\"news\"]"));
  g_autofree char *second = NULL;
  g_autofree char *other = NULL;

  dmc_server_emit (fixture->server, "news", number (1));
  g_autoptr (JsonNode) one = next_event (wire);
  second = wire_ask (wire, SUBSCRIBE ("[\"news\"]"));
  g_assert_cmpstr (first, !=, second);
  dmc_server_emit (fixture->server, "news", number (2));
  g_autoptr (JsonNode) two = next_event (wire);
  g_autoptr (JsonNode) three = next_event (wire);
  g_assert_cmpint (member (two, "seq"), ==, 2);
  g_assert_cmpint (member (three, "seq"), ==, 1);
  other = wire_ask (silent, SUBSCRIBE ("[]"));
  g_assert_nonnull (strstr (other, "-32602"));
}

static void
test_unsubscribe (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *answer = wire_ask (wire, SUBSCRIBE ("[\"ticks\"],\"interval_ms\":200"));
  const char *id = strstr (answer, "\"subscription\":\"") + 16;
  g_autofree char *end = g_strdup_printf ("{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"events."
                                          "unsubscribe\",\"params\":{\"subscription\":\"%.*s\"}}",
                                          (int) (strchr (id, '"') - id), id);
  g_autofree char *done = NULL;

  g_assert_cmpuint (fixture->ticks_demand, ==, 200);
  done = wire_ask (wire, end);
  g_assert_cmpstr (done, ==, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}");
  g_assert_cmpuint (fixture->ticks_demand, ==, 0);
  dmc_server_emit (fixture->server, "ticks", number (1));
  g_free (done);
  done = wire_ask (wire, end);
  g_assert_true (g_str_has_prefix (done, "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":1,"));
}

/* A source is told the shortest interval that anybody wants, and when nobody does. */
static void
test_demand (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) slow = wire_new (fixture);
  Wire *fast = wire_new (fixture);
  g_autofree char *one = wire_ask (slow, SUBSCRIBE ("[\"ticks\"],\"interval_ms\":5000"));
  g_autofree char *two = NULL;

  g_assert_cmpuint (fixture->ticks_demand, ==, 5000);
  two = wire_ask (fast, SUBSCRIBE ("[\"ticks\"],\"interval_ms\":100"));
  g_assert_cmpuint (fixture->ticks_demand, ==, 100);
  wire_free (fast);
  WAIT_FOR (fixture->ticks_demand == 5000);
  g_assert_cmpuint (dmc_server_get_n_clients (fixture->server), ==, 1);
}

typedef struct {
  Fixture *fixture;
  gint64   n;
} Ticker;

static gboolean
tick (gpointer data)
{
  Ticker *ticker = data;

  dmc_server_emit (ticker->fixture->server, "ticks", number (++ticker->n));
  return G_SOURCE_CONTINUE;
}

/* Samples are thinned out to the interval, the newest winning; thinning is no loss, so there is no
 * gap. */
static void
test_thinning (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *answer = wire_ask (wire, SUBSCRIBE ("[\"ticks\"],\"interval_ms\":200"));
  Ticker ticker = { .fixture = fixture };
  guint source = g_timeout_add (20, tick, &ticker);
  gint64 start = g_get_monotonic_time ();
  gint64 last = 0;

  for (gint64 i = 1; i <= 6; i++) {
    g_autoptr (JsonNode) event = next_event (wire);

    g_assert_cmpint (member (event, "seq"), ==, i);
    g_assert_cmpint (data_of (event), >, last);
    /* The newest: at most the one that came while this one was on its way is newer. */
    g_assert_cmpint (ticker.n - data_of (event), <=, 3);
    last = data_of (event);
  }
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 5 * 200 * 1000 - 50000);
  g_source_remove (source);
}

static void
wait_seconds (double seconds)
{
  g_autoptr (GTimer) timer = g_timer_new ();

  WAIT_FOR (g_timer_elapsed (timer, NULL) > seconds);
}

/* A client that lags behind is spared samples, and its numbers show how many. */
static void
test_gap (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *answer = wire_ask (wire, SUBSCRIBE ("[\"ticks\"],\"interval_ms\":100"));

  dmc_server_emit (fixture->server, "ticks", number (0));
  g_autoptr (JsonNode) first = next_event (wire);
  g_assert_cmpint (member (first, "seq"), ==, 1);

  /* Three MB of answers wait, so the client is behind. */
  for (int i = 0; i < 2; i++)
    wire_send (
        wire,
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"test.big\",\"params\":{\"bytes\":1500000}}\n",
        -1);
  for (int i = 0; i < 5; i++) {
    wait_seconds (0.12);
    dmc_server_emit (fixture->server, "ticks", number (i));
  }
  for (int i = 0; i < 2; i++) {
    g_autofree char *line = wire_line (wire);

    g_assert_true (g_str_has_prefix (line, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\""));
  }
  /* It has read all, and hears a number further on than the last it knew. */
  wait_seconds (0.12);
  dmc_server_emit (fixture->server, "ticks", number (100));
  g_autoptr (JsonNode) event = next_event (wire);
  g_assert_cmpint (member (event, "seq"), ==, 7);
  g_assert_cmpint (data_of (event), ==, 100);
}

static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);

  for (int i = 0; i < 64; i++) {
    g_autofree char *answer = wire_ask (wire, SUBSCRIBE ("[\"news\"]"));

    g_assert_nonnull (strstr (answer, "\"result\""));
  }
  g_autofree char *refusal = wire_ask (wire, SUBSCRIBE ("[\"news\"]"));
  g_assert_nonnull (strstr (refusal, "\"code\":6"));
}

static void
test_job_topic (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Wire) wire = wire_new (fixture);
  g_autofree char *subscribed = wire_ask (wire, SUBSCRIBE ("[\"job\"]"));
  const char *state;

  wire_send (wire, "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"test.job\"}\n", -1);
  do {
    g_autofree char *line = wire_line (wire);
    g_autoptr (JsonNode) node = dmc_json_parse (line, -1, NULL);
    JsonObject *params = dmc_json_get_object (json_node_get_object (node), "params");
    JsonObject *told = dmc_json_get_object (params, "data");

    state = g_intern_string (dmc_json_get_string (told, "state", "none"));
    if (g_str_equal (state, "done")) {
      g_assert_cmpint (dmc_json_get_int (dmc_json_get_object (told, "result"), "answer", 0), ==,
                       42);
      g_assert_cmpfloat (dmc_json_get_double (told, "fraction", 0), ==, 1);
      g_assert_cmpstr (dmc_json_get_string (told, "kind", NULL), ==, "test.job");
    }
  } while (!g_str_equal (state, "done"));
  /* It is remembered, and cannot be cancelled any more. */
  g_autofree char *list
      = wire_ask (wire, "{\"jsonrpc\":\"2.0\",\"id\":10,\"method\":\"job.list\"}");
  g_assert_nonnull (strstr (list, "\"state\":\"done\""));
  g_autofree char *late = wire_ask (
      wire,
      "{\"jsonrpc\":\"2.0\",\"id\":11,\"method\":\"job.cancel\",\"params\":{\"job\":\"j2\"}}");
  g_assert_nonnull (strstr (late, "\"code\":3"));
  g_assert_nonnull (strstr (late, "\"state\":\"done\""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                            \
  g_test_add ("/events/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("all-arrive", test_all_arrive);
  ADD ("apart", test_apart);
  ADD ("unsubscribe", test_unsubscribe);
  ADD ("demand", test_demand);
  ADD ("thinning", test_thinning);
  ADD ("gap", test_gap);
  ADD ("too-many", test_too_many);
  ADD ("job-topic", test_job_topic);
  return g_test_run ();
}
