/* SPDX-License-Identifier: GPL-2.0-or-later */
/* events and call: the protocol itself. */
#include "ctl.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static char *endpoint_name;
static int interval_ms, count;

static const GOptionEntry events_options[] = {
  { "on", 0, 0, G_OPTION_ARG_STRING, &endpoint_name, "Which endpoint: control or agent", "ENDPOINT" },
  { "interval", 'i', 0, G_OPTION_ARG_INT, &interval_ms, "Milliseconds between samples", "MS" },
  { "count", 'n', 0, G_OPTION_ARG_INT, &count, "End after this many events", "N" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const GOptionEntry call_options[] = {
  { "on", 0, 0, G_OPTION_ARG_STRING, &endpoint_name, "Which endpoint: control or agent", "ENDPOINT" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* What only the control endpoint has: methods by the word before the dot, and topics. */
static gboolean
choose_endpoint (const char *word, CtlEndpoint *endpoint, GError **error)
{
  static const char *const of_control[] = { "host", "domain", "image", "guard", "stats", "console", NULL };
  g_autofree char *first = g_strndup (word, strcspn (word, "."));

  if (endpoint_name)
    return ctl_parse_endpoint (endpoint_name, endpoint, error);
  *endpoint = g_strv_contains (of_control, first) ? CTL_CONTROL : CTL_AGENT;
  return TRUE;
}

/* Printing the events of a subscription until `left` is used up, a signal comes or the endpoint goes. */
typedef struct {
  GMainLoop *loop;
  GError    *error;
  int        left; /* negative: no limit */
} Watch;

static void
on_notification (DmcClient *client, const char *method, JsonObject *params, Watch *self)
{
  g_autoptr (JsonNode) node = NULL;

  if (!g_str_equal (method, "event") || self->left == 0)
    return;
  node = dmc_json_take_object (json_object_ref (params));
  ctl_print_json (node);
  fflush (stdout);
  if (self->left > 0 && --self->left == 0)
    g_main_loop_quit (self->loop);
}

static void
on_closed (DmcClient *client, GError *why, Watch *self)
{
  if (!self->error)
    self->error = g_error_copy (why);
  g_main_loop_quit (self->loop);
}

static gboolean
on_signal (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
run_events (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (JsonNode) subscribed = NULL;
  JsonObject *params;
  JsonArray *topics;
  CtlEndpoint endpoint;
  DmcClient *client;
  Watch watch = { loop, NULL, count > 0 ? count : -1 };

  if (!choose_endpoint (arguments[0], &endpoint, error))
    return FALSE;
  client = ctl_connect (ctl, endpoint, error);
  if (!client)
    return FALSE;

  topics = json_array_new ();
  for (char **topic = arguments; *topic; topic++)
    json_array_add_string_element (topics, *topic);
  params = dmc_json_object ("topics:a", topics, NULL);
  if (interval_ms)
    json_object_set_int_member (params, "interval_ms", interval_ms);

  g_signal_connect (client, "notification", G_CALLBACK (on_notification), &watch);
  g_signal_connect (client, "closed", G_CALLBACK (on_closed), &watch);
  subscribed = ctl_call (ctl, endpoint, "events.subscribe", dmc_json_take_object (params), error);
  if (!subscribed) {
    g_signal_handlers_disconnect_by_data (client, &watch);
    g_clear_error (&watch.error);
    return FALSE;
  }
  g_unix_signal_add (SIGINT, on_signal, loop);
  g_unix_signal_add (SIGTERM, on_signal, loop);
  if (watch.left != 0 && !watch.error)
    g_main_loop_run (loop);
  g_signal_handlers_disconnect_by_data (client, &watch);
  if (watch.error) {
    g_propagate_error (error, watch.error);
    return FALSE;
  }
  return TRUE;
}

static gboolean
run_call (Ctl *ctl, char **arguments, GError **error)
{
  CtlEndpoint endpoint;
  JsonNode *params = NULL;
  g_autoptr (JsonNode) result = NULL;
  g_autoptr (GError) why = NULL;

  if (!choose_endpoint (arguments[0], &endpoint, error))
    return FALSE;
  if (arguments[1]) {
    params = dmc_json_parse (arguments[1], -1, &why);
    if (!params) {
      g_set_error (error, CTL_ERROR, CTL_ERROR_USAGE, "The parameters are not JSON: %s", why->message);
      return FALSE;
    }
    if (!JSON_NODE_HOLDS_OBJECT (params)) {
      g_set_error_literal (error, CTL_ERROR, CTL_ERROR_USAGE, "The parameters must be a JSON object, such as {\"id\": 1}.");
      return FALSE;
    }
  }
  result = ctl_call (ctl, endpoint, arguments[0], params, error);
  return result && ctl_print_json (result);
}

static const CtlCommand events_commands[] = {
  { NULL, "TOPIC…", "Print events as they come, one JSON line each", 1, -1, events_options, run_events },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_events = { "events", "Prints events as they come.", events_commands };

static const CtlCommand call_commands[] = {
  { NULL, "METHOD [PARAMETERS]", "Call any method; parameters and result are JSON", 1, 2, call_options,
    run_call },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_call = { "call", "Calls any method of the protocol.", call_commands };
