/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixture.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "rpc/job.h"

/* The document of the endpoint under test. */
static const char document[] =
    "{\"openrpc\":\"1.2.6\",\"info\":{\"title\":\"test\",\"version\":\"1\"},\"methods\":["
    "{\"name\":\"test.echo\",\"params\":[{\"name\":\"value\",\"schema\":{}}],"
    " \"result\":{\"name\":\"r\",\"schema\":{\"type\":\"object\"}}},"
    "{\"name\":\"test.add\",\"params\":["
    "  {\"name\":\"memory_kib\",\"required\":true,\"schema\":{\"type\":\"integer\",\"minimum\":1}},"
    "  {\"name\":\"passphrase\",\"schema\":{\"type\":\"string\",\"writeOnly\":true}}],"
    " \"result\":{\"name\":\"r\",\"schema\":{\"type\":\"object\"}}},"
    "{\"name\":\"test.hold\",\"params\":[],\"result\":{\"name\":\"r\",\"schema\":{\"type\":\"object\"}}},"
    "{\"name\":\"test.fail\",\"params\":[],\"result\":{\"name\":\"r\",\"schema\":{\"type\":\"object\"}}},"
    "{\"name\":\"test.big\",\"params\":[{\"name\":\"bytes\",\"required\":true,\"schema\":{\"type\":\"integer\"}}],"
    " \"result\":{\"name\":\"r\",\"schema\":{\"type\":\"object\"}}},"
    "{\"name\":\"test.job\",\"params\":[],\"result\":{\"name\":\"r\",\"schema\":{\"type\":\"object\"}}},"
    "{\"name\":\"test.absent\",\"params\":[],\"result\":{\"name\":\"r\",\"schema\":{\"type\":\"object\"}}}"
    "]}";

gboolean
fixture_tick (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
echo (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), params);

  dmc_request_reply (request, json_node_copy (node));
}

static void
add (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  dmc_request_reply (
      request,
      dmc_json_node ("sum:i", dmc_json_get_int (params, "memory_kib", 0) + 1, "length:i",
                     (gint64) strlen (dmc_json_get_string (params, "passphrase", "")), NULL));
}

static void
note_cancelled (GCancellable *cancellable, Fixture *self)
{
  self->cancelled = TRUE;
}

static void
hold (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  Fixture *self = user_data;

  g_signal_connect (dmc_request_get_cancellable (request), "cancelled", G_CALLBACK (note_cancelled),
                    self);
  g_ptr_array_add (self->held, g_object_ref (request));
}

static void
fail (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  GError *error
      = dmc_error_new (DMC_ERROR_RESOURCE, "Free some memory", "There is not enough memory");

  dmc_error_set_data (error, "limit", json_node_init_int (json_node_alloc (), 4096));
  dmc_request_fail (request, error);
}

static void
big (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  g_autofree char *text = g_strnfill ((gsize) dmc_json_get_int (params, "bytes", 0), 'x');

  dmc_request_reply (request, dmc_json_node ("text:s", text, NULL));
}

static gboolean
end_job (gpointer data)
{
  g_autoptr (DmcJob) job = data;
  g_autoptr (GError) error = NULL;

  if (g_cancellable_set_error_if_cancelled (dmc_job_get_cancellable (job), &error))
    dmc_job_fail (job, g_steal_pointer (&error));
  else
    dmc_job_done (job, dmc_json_node ("answer:i", (gint64) 42, NULL));
  return G_SOURCE_REMOVE;
}

static void
job (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  Fixture *self = user_data;
  g_autoptr (DmcJob) begun = dmc_job_new (self->server, "test.job");

  dmc_job_set_progress (begun, 0.5, "Half of it");
  dmc_request_reply (request, dmc_job_to_reply (begun));
  g_timeout_add (300, end_job, g_steal_pointer (&begun));
}

static void
server_info (DmcRequest *request, JsonObject *params, gpointer user_data)
{
  Fixture *self = user_data;
  JsonObject *info = dmc_server_info_base (self->server, request);
  JsonArray *capabilities = json_array_new ();

  json_array_add_string_element (capabilities, "test");
  json_object_set_array_member (info, "capabilities", capabilities);
  dmc_request_reply (request, dmc_json_take_object (info));
}

static void
ticks_demanded (const char *topic, guint interval_ms, gpointer user_data)
{
  ((Fixture *) user_data)->ticks_demand = interval_ms;
}

void
fixture_set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (document, sizeof document - 1);
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("dmc-test-XXXXXX", &error);
  g_assert_no_error (error);
  self->path = g_build_filename (self->folder, "agent.sock", NULL);
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  self->server = dmc_server_new ("agent", bytes, &error);
  g_assert_no_error (error);
  dmc_server_add_method (self->server, "server.info", server_info, self, NULL);
  dmc_server_add_method (self->server, "test.echo", echo, self, NULL);
  dmc_server_add_method (self->server, "test.add", add, self, NULL);
  dmc_server_add_method (self->server, "test.hold", hold, self, NULL);
  dmc_server_add_method (self->server, "test.fail", fail, self, NULL);
  dmc_server_add_method (self->server, "test.big", big, self, NULL);
  dmc_server_add_method (self->server, "test.job", job, self, NULL);
  dmc_server_add_topic (self->server, "news", FALSE, NULL, NULL, NULL);
  dmc_server_add_topic (self->server, "ticks", TRUE, ticks_demanded, self, NULL);
  g_assert_true (dmc_server_listen (self->server, self->path, &error));
  g_assert_no_error (error);
}

void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < self->held->len; i++)
    dmc_request_reply (g_ptr_array_index (self->held, i), NULL);
  g_ptr_array_unref (self->held);
  dmc_server_close (self->server);
  g_assert_false (g_file_test (self->path, G_FILE_TEST_EXISTS));
  g_assert_finalize_object (self->server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->path);
}

/* --- the wire --------------------------------------------------------------------------------- */

Wire *
wire_new (Fixture *fixture)
{
  Wire *self = g_new0 (Wire, 1);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (fixture->path);
  g_autoptr (GError) error = NULL;

  self->received = g_string_new (NULL);
  self->socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                               G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (self->socket, FALSE);
  g_socket_connect (self->socket, address, NULL, &error);
  g_assert_no_error (error);
  return self;
}

void
wire_free (Wire *self)
{
  g_object_unref (self->socket);
  g_string_free (self->received, TRUE);
  g_free (self);
}

/* Sends all of it, running the server meanwhile. */
void
wire_send (Wire *self, const char *text, gssize length)
{
  gsize rest = length < 0 ? strlen (text) : (gsize) length;
  gint64 deadline = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  while (rest > 0) {
    g_autoptr (GError) error = NULL;
    gssize n = g_socket_send (self->socket, text, rest, NULL, &error);

    if (n < 0) {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
        self->closed = TRUE;
        return;
      }
      if (g_get_monotonic_time () > deadline)
        g_error ("The server does not read");
      g_main_context_iteration (NULL, FALSE);
      continue;
    }
    text += n;
    rest -= (gsize) n;
  }
}

static void
receive (Wire *self)
{
  char block[65536];
  gssize n = g_socket_receive (self->socket, block, sizeof block, NULL, NULL);

  if (n > 0)
    g_string_append_len (self->received, block, n);
  else if (n == 0)
    self->closed = TRUE;
}

static gboolean
has_line (Wire *self)
{
  if (strchr (self->received->str, '\n') == NULL)
    receive (self);
  return strchr (self->received->str, '\n') != NULL || self->closed;
}

/* The next line without its end; NULL at the end of the stream. */
char *
wire_line (Wire *self)
{
  char *end, *line;

  WAIT_FOR (has_line (self));
  end = strchr (self->received->str, '\n');
  if (end == NULL)
    return NULL;
  line = g_strndup (self->received->str, (gsize) (end - self->received->str));
  g_string_erase (self->received, 0, end - self->received->str + 1);
  return line;
}

char *
wire_ask (Wire *self, const char *line)
{
  wire_send (self, line, -1);
  wire_send (self, "\n", 1);
  return wire_line (self);
}

static gboolean
is_closed (Wire *self)
{
  if (!self->closed)
    receive (self);
  return self->closed;
}

void
wire_wait_closed (Wire *self)
{
  WAIT_FOR (is_closed (self));
}
