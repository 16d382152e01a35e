/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an app writes to its output, and waiting for its end. */
#include "app-output.h"

#include "workspace.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define LOOK_MS 100

/* A process of the workspace that is waited for. `ends` is filled before its number is known. */
typedef struct {
  Ctl        *ctl;
  const char *workspace;
  const char *name; /* of its log */
  gint64      from; /* what is before has been printed, or is another's */
  gint64      pid;
  GHashTable *ends; /* pid → exit code, as a shell counts */
  GError     *error;
  gboolean    interrupted;
  gboolean    asked;
} Wait;

/* Programs may write anything, which a terminal must not obey; a file and a pipe get it as it is. */
static void
print_text (const char *text)
{
  g_autofree char *shown = g_strdup (text);

  if (isatty (STDOUT_FILENO))
    for (char *p = shown; *p; p++)
      if (g_ascii_iscntrl (*p) && *p != '\n' && *p != '\t')
        *p = *p == '\r' ? '\n' : '?';
  fputs (shown, stdout);
}

/* Prints what there is from there on, and counts it. Nothing written yet is no error where @optional. */
static gboolean
print_output (Ctl *ctl, const char *workspace, const char *name, gint64 *from, gboolean optional, GError **error)
{
  for (gboolean more = TRUE; more;) {
    g_autoptr (GError) why = NULL;
    g_autoptr (JsonNode) node
        = ctl_call (ctl, CTL_AGENT, "app.output", dmc_json_node ("workspace:s", workspace, "app:s", name, "from:i", *from, NULL), &why);

    if (!node && optional && g_error_matches (why, DMC_ERROR, DMC_ERROR_NOT_FOUND))
      return TRUE;
    if (!node) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
    more = dmc_json_get_int (json_node_get_object (node), "next", 0) > dmc_json_get_int (json_node_get_object (node), "from", 0);
    *from = dmc_json_get_int (json_node_get_object (node), "next", 0);
    print_text (dmc_json_get_string (json_node_get_object (node), "text", ""));
  }
  fflush (stdout);
  return TRUE;
}

gboolean
ctl_app_output (Ctl *ctl, char **arguments, GError **error)
{
  g_autofree char *id = ctl_workspace_id (ctl, arguments[0], error);
  gint64 from = 0;

  return id && print_output (ctl, id, arguments[1], &from, FALSE, error);
}

static void
on_event (DmcClient *client, const char *subscription, gint64 seq, const char *topic, JsonNode *data, Wait *self)
{
  JsonObject *event = g_str_equal (topic, "process") && JSON_NODE_HOLDS_OBJECT (data) ? json_node_get_object (data) : NULL;
  gint64 signal_number;

  if (!event || !g_str_equal (dmc_json_get_string (event, "change", ""), "gone")
      || !g_str_equal (dmc_json_get_string (event, "workspace", ""), self->workspace))
    return;
  signal_number = dmc_json_get_int (event, "signal", 0);
  g_hash_table_insert (self->ends, GSIZE_TO_POINTER (dmc_json_get_int (event, "pid", 0)),
                       GINT_TO_POINTER ((int) (signal_number ? 128 + signal_number : dmc_json_get_int (event, "status", 0))));
}

static void
on_closed (DmcClient *client, GError *why, Wait *self)
{
  if (!self->error)
    self->error = g_error_copy (why);
}

static gboolean
on_interrupt (gpointer data)
{
  ((Wait *) data)->interrupted = TRUE;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_time (gpointer data)
{
  return G_SOURCE_CONTINUE; /* to look again at what it has written */
}

/* The first Ctrl-C asks it to stop; the second leaves it alone. */
static void
interrupt (Wait *self)
{
  g_autoptr (JsonNode) answer = NULL;

  self->interrupted = FALSE;
  if (self->asked) {
    g_set_error (&self->error, CTL_ERROR, CTL_ERROR_FAILED, "Left; process %" G_GINT64_FORMAT " goes on.", self->pid);
    return;
  }
  self->asked = TRUE;
  answer = ctl_call (self->ctl, CTL_AGENT, "app.stop", dmc_json_node ("workspace:s", self->workspace, "pid:i", self->pid, NULL), NULL);
}

static gboolean
has_ended (Wait *self)
{
  return g_hash_table_contains (self->ends, GSIZE_TO_POINTER (self->pid));
}

static void
run_until_ended (Wait *self)
{
  guint interrupted = g_unix_signal_add (SIGINT, on_interrupt, self), time = g_timeout_add (LOOK_MS, on_time, self);

  while (!self->error && !has_ended (self)) {
    g_main_context_iteration (NULL, TRUE);
    if (self->interrupted)
      interrupt (self);
    if (!self->error)
      print_output (self->ctl, self->workspace, self->name, &self->from, TRUE, NULL); /* there is none of a workspace that closes */
  }
  if (!self->error) /* its end may have been told while we were looking: what came between */
    print_output (self->ctl, self->workspace, self->name, &self->from, TRUE, NULL);
  g_source_remove (interrupted);
  g_source_remove (time);
}

/* The end of the log as it is now: what others of that name have written. */
static gboolean
skip_output (Wait *self, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (JsonNode) node = ctl_call (self->ctl, CTL_AGENT, "app.output",
                                        dmc_json_node ("workspace:s", self->workspace, "app:s", self->name, "from:i", (gint64) -1, NULL), &why);

  if (node)
    self->from = dmc_json_get_int (json_node_get_object (node), "next", 0);
  else if (!g_error_matches (why, DMC_ERROR, DMC_ERROR_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&why));
  return node != NULL || why != NULL;
}

static gboolean
launch_and_wait (Wait *self, JsonNode *launch, GError **error)
{
  JsonArray *topics = json_array_new ();
  g_autoptr (JsonNode) params = launch, subscribed = NULL, launched = NULL;

  json_array_add_string_element (topics, "process");
  subscribed = ctl_call (self->ctl, CTL_AGENT, "events.subscribe", dmc_json_node ("topics:a", topics, NULL), error);
  if (!subscribed || !skip_output (self, error))
    return FALSE;
  launched = ctl_call (self->ctl, CTL_AGENT, "app.launch", g_steal_pointer (&params), error);
  if (!launched)
    return FALSE;
  self->pid = dmc_json_get_int (json_node_get_object (launched), "pid", 0);
  run_until_ended (self);
  if (!has_ended (self)) {
    g_propagate_error (error, g_steal_pointer (&self->error));
    return FALSE;
  }
  self->ctl->exit_code = GPOINTER_TO_INT (g_hash_table_lookup (self->ends, GSIZE_TO_POINTER (self->pid)));
  return TRUE;
}

/**
 * ctl_app_wait:
 * @ctl: the global options; its exit code becomes the program's, 128 and more where a signal ended it
 * @workspace: an open workspace's id
 * @name: of what its output is kept under: the command's name
 * @launch: (transfer full): what app.launch is given
 * @error: why it was not started, or not waited for
 *
 * Starts a command, prints what it writes, and waits for its end. Ctrl-C asks it to stop.
 *
 * Returns: whether it has ended
 */
gboolean
ctl_app_wait (Ctl *ctl, const char *workspace, const char *name, JsonNode *launch, GError **error)
{
  DmcClient *client = ctl_connect (ctl, CTL_AGENT, error);
  Wait self = { .ctl = ctl, .workspace = workspace, .name = name, .ends = g_hash_table_new (NULL, NULL) };
  gulong event = g_signal_connect (client, "event", G_CALLBACK (on_event), &self);
  gulong closed = g_signal_connect (client, "closed", G_CALLBACK (on_closed), &self);
  gboolean done = launch_and_wait (&self, launch, error);

  g_signal_handler_disconnect (client, event);
  g_signal_handler_disconnect (client, closed);
  g_clear_error (&self.error);
  g_hash_table_unref (self.ends);
  return done;
}
