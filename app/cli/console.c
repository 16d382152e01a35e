/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain console: what a domain wrote, and with --follow a terminal on it. */
#include "domain.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Ctrl-], as in other consoles. */
#define LEAVE_KEY 0x1d

/* domain.console takes 4096 bytes at once. */
#define WRITE_MAX 1024

static gboolean follow;
static char *text_to_send;

const GOptionEntry ctl_console_options[] = {
  { "follow", 'f', 0, G_OPTION_ARG_NONE, &follow, "Stay and type; Ctrl-] leaves", NULL },
  { "send", 0, 0, G_OPTION_ARG_STRING, &text_to_send, "Type this line first", "TEXT" },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* A followed console. `error` ends it. */
typedef struct {
  Ctl       *ctl;
  GMainLoop *loop;
  GError    *error;
  gint64     id;
  gint64     next; /* position after what was shown */
} Follow;

static void
show (Follow *self, JsonObject *console)
{
  gint64 next = dmc_json_get_int (console, "next", self->next);

  if (next <= self->next)
    return;
  fputs (dmc_json_get_string (console, "text", ""), stdout);
  fflush (stdout);
  self->next = next;
}

static void
on_event (DmcClient  *client,
          const char *subscription,
          gint64      seq,
          const char *topic,
          JsonNode   *data,
          Follow     *self)
{
  JsonObject *console = JSON_NODE_HOLDS_OBJECT (data) ? json_node_get_object (data) : NULL;

  if (console && g_str_equal (topic, "console") && dmc_json_get_int (console, "id", -1) == self->id)
    show (self, console);
}

static void
on_closed (DmcClient *client, GError *why, Follow *self)
{
  if (!self->error)
    self->error = g_error_copy (why);
  g_main_loop_quit (self->loop);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  Follow *self = data;
  g_autoptr (JsonNode) node = dmc_client_call_finish (DMC_CLIENT (source), result,
                                                      self->error ? NULL : &self->error);

  if (!node)
    g_main_loop_quit (self->loop);
}

static gboolean
on_input (int fd, GIOCondition condition, gpointer data)
{
  Follow *self = data;
  char bytes[WRITE_MAX + 1];
  ssize_t n = read (fd, bytes, WRITE_MAX);
  char *leave = n > 0 ? memchr (bytes, LEAVE_KEY, (size_t) n) : NULL;
  g_autofree char *valid = NULL;
  g_autoptr (JsonNode) params = NULL;

  if (n < 0 && errno == EINTR)
    return G_SOURCE_CONTINUE;
  if (leave || n <= 0) {
    /* A script's input ends, but what the domain answers is still wanted. */
    if (leave || isatty (fd))
      g_main_loop_quit (self->loop);
    return G_SOURCE_REMOVE;
  }
  valid = g_utf8_make_valid (bytes, n);
  params = dmc_json_node ("id:i", self->id, "write:s", valid, "since:i", self->next, NULL);
  dmc_client_call_async (self->ctl->clients[CTL_CONTROL], "domain.console", params, NULL, on_written,
                         self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_signal (gpointer data)
{
  g_main_loop_quit (((Follow *) data)->loop);
  return G_SOURCE_CONTINUE;
}

/* The domain echoes what it reads, as a terminal's far end does; ours only passes keys on. */
static void
make_raw (struct termios *usual)
{
  struct termios raw = *usual;

  raw.c_lflag &= ~(tcflag_t) (ECHO | ICANON | ISIG);
  raw.c_iflag &= ~(tcflag_t) (IXON);
  tcsetattr (STDIN_FILENO, TCSADRAIN, &raw);
}

static gboolean
follow_console (Follow *self, GError **error)
{
  DmcClient *client = self->ctl->clients[CTL_CONTROL];
  JsonArray *topics = json_array_new ();
  g_autoptr (JsonNode) subscribed = NULL;
  g_autoptr (JsonNode) missed = NULL;
  gboolean terminal = isatty (STDIN_FILENO);
  struct termios usual;

  g_signal_connect (client, "event", G_CALLBACK (on_event), self);
  g_signal_connect (client, "closed", G_CALLBACK (on_closed), self);
  json_array_add_string_element (topics, "console");
  subscribed = ctl_call (self->ctl, CTL_CONTROL, "events.subscribe",
                         dmc_json_node ("topics:a", topics, "interval_ms:i", (gint64) 100, NULL), error);
  if (!subscribed)
    return FALSE;
  missed = ctl_call (self->ctl, CTL_CONTROL, "domain.console",
                     dmc_json_node ("id:i", self->id, "since:i", self->next, NULL), error);
  if (!missed)
    return FALSE;
  show (self, json_node_get_object (missed));

  if (terminal && tcgetattr (STDIN_FILENO, &usual) == 0) {
    fprintf (stderr, "[Ctrl-] leaves]\n");
    make_raw (&usual);
  }
  g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, self);
  g_unix_signal_add (SIGINT, on_signal, self);
  g_unix_signal_add (SIGTERM, on_signal, self);
  g_main_loop_run (self->loop);
  if (terminal)
    tcsetattr (STDIN_FILENO, TCSADRAIN, &usual);
  if (self->error) {
    g_propagate_error (error, g_steal_pointer (&self->error));
    return FALSE;
  }
  return TRUE;
}

/**
 * ctl_run_console:
 * @ctl: the global options
 * @arguments: the domain
 * @error: why it failed
 *
 * Shows what a domain wrote; with --follow goes on and passes the keyboard to it.
 *
 * Returns: whether it worked
 */
gboolean
ctl_run_console (Ctl *ctl, char **arguments, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autofree char *line = text_to_send ? g_strconcat (text_to_send, "\n", NULL) : NULL;
  g_autoptr (JsonNode) node = NULL;
  Follow self = { ctl, loop, NULL, 0, 0 };

  if (!ctl_domain_id (ctl, arguments[0], &self.id, error))
    return FALSE;
  node = ctl_call (ctl, CTL_CONTROL, "domain.console",
                   dmc_json_node ("id:i", self.id, "write:s", line, NULL), error);
  if (!node)
    return FALSE;
  if (ctl->json && !follow)
    return ctl_print_json (node);
  show (&self, json_node_get_object (node));
  return !follow || follow_console (&self, error);
}
