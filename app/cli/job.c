/* SPDX-License-Identifier: GPL-2.0-or-later */
/* job: long work, and following it to its end. */
#include "ctl.h"
#include "table.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 24

static char *endpoint_name = (char *) "agent";

static const GOptionEntry on_options[] = {
  { "on", 0, 0, G_OPTION_ARG_STRING, &endpoint_name, "Which endpoint: control or agent (the default)",
    "ENDPOINT" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* A job being followed. `ended` is its last object, once it has ended. */
typedef struct {
  Ctl        *ctl;
  CtlEndpoint endpoint;
  const char *id;
  JsonNode   *ended;
  GError     *error;
  gboolean    show_progress;
  gboolean    interrupted;
  gboolean    cancel_sent;
} Follow;

static void
print_progress (JsonObject *job)
{
  double fraction = CLAMP (dmc_json_get_double (job, "fraction", 0), 0, 1);
  g_autofree char *text = ctl_clean (dmc_json_get_string (job, "text", ""));
  int filled = (int) (fraction * BAR_WIDTH + 0.5);

  fprintf (stderr, "\r[%.*s%*s] %3d %%  %s\033[K", filled, "########################",
           BAR_WIDTH - filled, "", (int) (fraction * 100 + 0.5), text);
  fflush (stderr);
}

static void
look_at (Follow *self, JsonNode *node)
{
  JsonObject *job = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  if (!job || self->ended || g_strcmp0 (dmc_json_get_string (job, "job", NULL), self->id) != 0)
    return;
  if (self->show_progress)
    print_progress (job);
  if (!g_str_equal (dmc_json_get_string (job, "state", ""), "running"))
    self->ended = json_node_ref (node);
}

static void
on_event (DmcClient  *client,
          const char *subscription,
          gint64      seq,
          const char *topic,
          JsonNode   *data,
          Follow     *self)
{
  if (g_str_equal (topic, "job"))
    look_at (self, data);
}

static void
on_closed (DmcClient *client, GError *why, Follow *self)
{
  if (!self->error)
    self->error = g_error_copy (why);
}

static gboolean
on_interrupt (gpointer data)
{
  ((Follow *) data)->interrupted = TRUE;
  return G_SOURCE_CONTINUE;
}

/* The first Ctrl-C cancels the job and waits for its undoing; the second leaves it alone. */
static void
cancel (Follow *self)
{
  g_autoptr (JsonNode) answer = NULL;

  self->interrupted = FALSE;
  if (self->cancel_sent) {
    g_set_error (&self->error, CTL_ERROR, CTL_ERROR_FAILED, "Left; job %s goes on.", self->id);
    return;
  }
  self->cancel_sent = TRUE;
  answer = ctl_call (self->ctl, self->endpoint, "job.cancel",
                     dmc_json_node ("job:s", self->id, NULL), &self->error);
}

static void
run_until_ended (Follow *self)
{
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, self);

  while (!self->ended && !self->error) {
    g_main_context_iteration (NULL, TRUE);
    if (self->interrupted)
      cancel (self);
  }
  g_source_remove (interrupt);
  if (self->show_progress)
    fprintf (stderr, "\r\033[K");
}

static gboolean
subscribe (Follow *self, GError **error)
{
  JsonArray *topics = json_array_new ();
  g_autoptr (JsonNode) subscribed = NULL;
  g_autoptr (JsonNode) now = NULL;

  json_array_add_string_element (topics, "job");
  subscribed = ctl_call (self->ctl, self->endpoint, "events.subscribe",
                         dmc_json_node ("topics:a", topics, NULL), error);
  if (!subscribed)
    return FALSE;
  /* What happened before the subscription. */
  now = ctl_call (self->ctl, self->endpoint, "job.get", dmc_json_node ("job:s", self->id, NULL), error);
  if (!now)
    return FALSE;
  look_at (self, now);
  return TRUE;
}

/* Turns the job's last object into a result or an error. */
static gboolean
conclude (JsonObject *job, JsonNode **result, GError **error)
{
  JsonNode *why = json_object_get_member (job, "error");

  if (g_str_equal (dmc_json_get_string (job, "state", ""), "done")) {
    JsonNode *node = json_object_get_member (job, "result");
    *result = node ? json_node_ref (node) : NULL;
    return TRUE;
  }
  if (why)
    g_propagate_error (error, dmc_error_from_json (why));
  else
    g_set_error_literal (error, CTL_ERROR, CTL_ERROR_FAILED, "The job was cancelled.");
  return FALSE;
}

/**
 * ctl_follow_job:
 * @ctl: the global options
 * @endpoint: where the job runs
 * @started: what the method answered, with the member `job`
 * @result: (out) (transfer full) (nullable): the job's result
 * @error: the job's error, or why it could not be followed
 *
 * Waits for the end of a job, with its progress on a terminal. Ctrl-C cancels the job.
 *
 * Returns: whether the job was done
 */
gboolean
ctl_follow_job (Ctl *ctl, CtlEndpoint endpoint, JsonNode *started, JsonNode **result, GError **error)
{
  const char *id = dmc_json_get_string (json_node_get_object (started), "job", "");
  Follow self = { .ctl = ctl, .endpoint = endpoint, .id = id, .show_progress = isatty (STDERR_FILENO) };
  DmcClient *client = ctl->clients[endpoint];
  gulong event = g_signal_connect (client, "event", G_CALLBACK (on_event), &self);
  gulong closed = g_signal_connect (client, "closed", G_CALLBACK (on_closed), &self);
  gboolean done = FALSE;

  if (subscribe (&self, error)) {
    run_until_ended (&self);
    if (self.ended) {
      done = conclude (json_node_get_object (self.ended), result, error);
      g_clear_error (&self.error);
    } else {
      g_propagate_error (error, g_steal_pointer (&self.error));
    }
  }
  g_signal_handler_disconnect (client, event);
  g_signal_handler_disconnect (client, closed);
  g_clear_error (&self.error);
  g_clear_pointer (&self.ended, json_node_unref);
  return done;
}

static gboolean
run_list (Ctl *ctl, char **arguments, GError **error)
{
  static const char *const headings[] = { "JOB", "KIND", "STATE", ">DONE", "TEXT", NULL };
  g_autoptr (CtlTable) table = ctl_table_new (headings);
  g_autoptr (JsonNode) node = NULL;
  CtlEndpoint endpoint;
  JsonArray *jobs;

  if (!ctl_parse_endpoint (endpoint_name, &endpoint, error))
    return FALSE;
  node = ctl_call (ctl, endpoint, "job.list", NULL, error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);

  jobs = dmc_json_get_array (json_node_get_object (node), "jobs");
  for (guint i = 0; jobs && i < json_array_get_length (jobs); i++) {
    JsonObject *job = json_array_get_object_element (jobs, i);
    g_autofree char *percent
        = g_strdup_printf ("%.0f %%", dmc_json_get_double (job, "fraction", 0) * 100);

    ctl_table_add (table, dmc_json_get_string (job, "job", ""), dmc_json_get_string (job, "kind", ""),
                   dmc_json_get_string (job, "state", ""), percent,
                   dmc_json_get_string (job, "text", ""));
  }
  ctl_table_print (table, "There are no jobs.");
  return TRUE;
}

static gboolean
run_cancel (Ctl *ctl, char **arguments, GError **error)
{
  CtlEndpoint endpoint;
  g_autoptr (JsonNode) node = NULL;

  if (!ctl_parse_endpoint (endpoint_name, &endpoint, error))
    return FALSE;
  node = ctl_call (ctl, endpoint, "job.cancel", dmc_json_node ("job:s", arguments[0], NULL), error);
  if (!node)
    return FALSE;
  if (ctl->json)
    return ctl_print_json (node);
  puts ("Asked to cancel.");
  return TRUE;
}

static gboolean
run_follow (Ctl *ctl, char **arguments, GError **error)
{
  CtlEndpoint endpoint;
  g_autoptr (JsonNode) started = dmc_json_node ("job:s", arguments[0], NULL);
  g_autoptr (JsonNode) result = NULL;

  if (!ctl_parse_endpoint (endpoint_name, &endpoint, error) || !ctl_connect (ctl, endpoint, error)
      || !ctl_follow_job (ctl, endpoint, started, &result, error))
    return FALSE;
  if (result)
    return ctl_print_json (result);
  puts ("Done.");
  return TRUE;
}

static const CtlCommand job_commands[] = {
  { "list", NULL, "List the jobs", 0, 0, on_options, run_list },
  { "follow", "JOB", "Wait for the end of a job", 1, 1, on_options, run_follow },
  { "cancel", "JOB", "Cancel a job; what it did is undone", 1, 1, on_options, run_cancel },
  { NULL, NULL, NULL, 0, 0, NULL, NULL },
};
const CtlGroup ctl_group_job = { "job", "Shows and cancels long work.", job_commands };
