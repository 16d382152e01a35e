/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks a desktop's server for screens, by a short connection of its own beside the viewer's, whose library asks for one
 * screen only. The protocol is RFB 3.8 (RFC 6143) with the extension ExtendedDesktopSize and SetDesktopSize.
 * What the server says is hostile until it is checked. */
#include "screen-request.h"

#include <gio/gunixsocketaddress.h>
#include <string.h>

#define VERSION "RFB 003.008\n"

#define SECURITY_NONE 1

#define SET_ENCODINGS    2
#define UPDATE_REQUEST   3
#define SET_DESKTOP_SIZE 251

#define UPDATE   0
#define BELL     2
#define CUT_TEXT 3

#define RAW                   0
#define EXTENDED_DESKTOP_SIZE (-308)

#define REASON_THIS_CLIENT 1

#define SECONDS    60          /* without a word from the server */
#define BYTES_MAX  (4u << 20)  /* of it all: a clipboard may come in between */
#define SERVER_MAX 255         /* screens, by the protocol */

typedef struct {
  char *address;
  DmcScreenLayout layout;
} Request;

typedef struct {
  GInputStream *in;
  GOutputStream *out;
  GCancellable *cancellable;
  guint bytes;           /* read so far */
  guint pixel;           /* bytes of one */
  gboolean known;        /* whether the server has told its screens */
  guint n_ids;
  guint32 ids[SERVER_MAX], flags[SERVER_MAX];
} Talk;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_free (request->address);
  g_free (request);
}

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s", what);
  return FALSE;
}

/* --- reading ------------------------------------------------------------------------------------------------- */

static gboolean
read_bytes (Talk *talk, void *buffer, gsize length, GError **error)
{
  gsize done;

  if (length > BYTES_MAX - talk->bytes)
    return fail (error, "the server says too much");
  talk->bytes += (guint)length;
  if (!g_input_stream_read_all (talk->in, buffer, length, &done, talk->cancellable, error))
    return FALSE;
  return done == length || fail (error, "the server hung up");
}

static gboolean
skip_bytes (Talk *talk, gsize length, GError **error)
{
  guint8 piece[512];

  for (gsize some; length > 0; length -= some) {
    some = MIN (length, sizeof piece);
    if (!read_bytes (talk, piece, some, error))
      return FALSE;
  }
  return TRUE;
}

static guint16
get_16 (const guint8 *bytes)
{
  return (guint16)(bytes[0] << 8 | bytes[1]);
}

static guint32
get_32 (const guint8 *bytes)
{
  return (guint32)get_16 (bytes) << 16 | get_16 (bytes + 2);
}

/* One rectangle of an update. @answer is set where it answers what was asked for. */
static gboolean
read_rectangle (Talk *talk, int *answer, GError **error)
{
  guint8 head[12], count[4], screen[16];
  gint32 encoding;

  if (!read_bytes (talk, head, sizeof head, error))
    return FALSE;
  encoding = (gint32)get_32 (head + 8);
  if (encoding == RAW) { /* not more of the picture was asked for than one pixel */
    gsize pixels = (gsize)get_16 (head + 4) * get_16 (head + 6);
    return pixels <= 1 ? skip_bytes (talk, pixels * talk->pixel, error) : fail (error, "the server sends pixels nobody asked for");
  }
  if (encoding != EXTENDED_DESKTOP_SIZE)
    return fail (error, "the server sends what was not announced");
  if (!read_bytes (talk, count, sizeof count, error))
    return FALSE;
  talk->known = TRUE;
  talk->n_ids = count[0];
  for (guint i = 0; i < talk->n_ids; i++) {
    if (!read_bytes (talk, screen, sizeof screen, error))
      return FALSE;
    talk->ids[i] = get_32 (screen);
    talk->flags[i] = get_32 (screen + 12);
  }
  if (get_16 (head) == REASON_THIS_CLIENT)
    *answer = get_16 (head + 2);
  return TRUE;
}

/* One message. A server may have something else to say first. */
static gboolean
read_message (Talk *talk, int *answer, GError **error)
{
  guint8 type, rest[7];

  if (!read_bytes (talk, &type, 1, error))
    return FALSE;
  switch (type) {
  case BELL:
    return TRUE;
  case CUT_TEXT:
    return read_bytes (talk, rest, 7, error) && skip_bytes (talk, get_32 (rest + 3), error);
  case UPDATE:
    if (!read_bytes (talk, rest, 3, error))
      return FALSE;
    for (guint i = get_16 (rest + 1); i > 0; i--)
      if (!read_rectangle (talk, answer, error))
        return FALSE;
    return TRUE;
  default:
    return fail (error, "the server sends an unknown message");
  }
}

/* --- writing ------------------------------------------------------------------------------------------------- */

static gboolean
send_bytes (Talk *talk, GByteArray *bytes, GError **error)
{
  return g_output_stream_write_all (talk->out, bytes->data, bytes->len, NULL, talk->cancellable, error);
}

static void
put_8 (GByteArray *bytes, guint8 value)
{
  g_byte_array_append (bytes, &value, 1);
}

static void
put_16 (GByteArray *bytes, int value)
{
  put_8 (bytes, (guint8)(value >> 8));
  put_8 (bytes, (guint8)value);
}

static void
put_32 (GByteArray *bytes, guint32 value)
{
  put_16 (bytes, (int)(value >> 16));
  put_16 (bytes, (int)(value & 0xffff));
}

/* Asked for anew, one pixel brings what the screens are; else it only lets an answer come. */
static void
put_update_request (GByteArray *bytes, gboolean anew)
{
  put_8 (bytes, UPDATE_REQUEST);
  put_8 (bytes, !anew);
  put_16 (bytes, 0);
  put_16 (bytes, 0);
  put_16 (bytes, 1);
  put_16 (bytes, 1);
}

static guint32
free_id (const Talk *talk)
{
  guint32 id = 1;

  for (guint i = 0; i < talk->n_ids; i++)
    if (talk->ids[i] == id) {
      id++;
      i = (guint)-1; /* from the first again */
    }
  return id;
}

/* Screens that the server has keep their numbers, and so their names inside. */
static void
put_layout (Talk *talk, GByteArray *bytes, const DmcScreenLayout *layout)
{
  put_8 (bytes, SET_DESKTOP_SIZE);
  put_8 (bytes, 0);
  put_16 (bytes, layout->width);
  put_16 (bytes, layout->height);
  put_8 (bytes, (guint8)layout->n_screens);
  put_8 (bytes, 0);
  for (guint i = 0; i < layout->n_screens; i++) {
    const GdkRectangle *screen = &layout->screens[i];
    if (i >= talk->n_ids) {
      talk->ids[i] = free_id (talk);
      talk->flags[i] = 0;
      talk->n_ids = i + 1;
    }
    put_32 (bytes, talk->ids[i]);
    put_16 (bytes, screen->x);
    put_16 (bytes, screen->y);
    put_16 (bytes, screen->width);
    put_16 (bytes, screen->height);
    put_32 (bytes, talk->flags[i]);
  }
}

/* --- the talk ------------------------------------------------------------------------------------------------ */

/* Version, security, and what each side is. */
static gboolean
greet (Talk *talk, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 version[sizeof VERSION - 1], count, types[255], result[4], server[24];

  if (!read_bytes (talk, version, sizeof version, error))
    return FALSE;
  if (memcmp (version, VERSION, sizeof version) != 0)
    return fail (error, "the server speaks another version");
  g_byte_array_append (bytes, version, sizeof version);
  if (!send_bytes (talk, bytes, error) || !read_bytes (talk, &count, 1, error) || !read_bytes (talk, types, count, error))
    return FALSE;
  if (memchr (types, SECURITY_NONE, count) == NULL)
    return fail (error, "the server asks for a password");
  g_byte_array_set_size (bytes, 0);
  put_8 (bytes, SECURITY_NONE);
  put_8 (bytes, TRUE); /* beside others */
  if (!send_bytes (talk, bytes, error) || !read_bytes (talk, result, sizeof result, error))
    return FALSE;
  if (get_32 (result) != 0)
    return fail (error, "the server refuses the connection");
  if (!read_bytes (talk, server, sizeof server, error))
    return FALSE;
  talk->pixel = server[4] / 8;
  return skip_bytes (talk, get_32 (server + 20), error); /* its name */
}

/* Reads on to an answer, or to the first word on the screens. Each update that comes uses up a request for one. */
static gboolean
read_on (Talk *talk, gboolean to_answer, int *answer, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  put_update_request (bytes, FALSE);
  for (;;) {
    if (!read_message (talk, answer, error))
      return FALSE;
    if (to_answer ? *answer >= 0 : talk->known)
      return TRUE;
    if (!send_bytes (talk, bytes, error))
      return FALSE;
  }
}

static gboolean
ask (Talk *talk, const DmcScreenLayout *layout, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  int answer = -1;

  put_8 (bytes, SET_ENCODINGS);
  put_8 (bytes, 0);
  put_16 (bytes, 1);
  put_32 (bytes, (guint32)EXTENDED_DESKTOP_SIZE);
  put_update_request (bytes, TRUE);
  if (!send_bytes (talk, bytes, error) || !read_on (talk, FALSE, &answer, error))
    return FALSE;
  g_byte_array_set_size (bytes, 0);
  put_layout (talk, bytes, layout);
  put_update_request (bytes, FALSE);
  answer = -1;
  if (!send_bytes (talk, bytes, error) || !read_on (talk, TRUE, &answer, error))
    return FALSE;
  if (answer == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "the server refuses the screens (%d)", answer);
  return FALSE;
}

static void
request_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  const Request *request = task_data;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (request->address);
  g_autoptr (GSocketConnection) connection = NULL;
  Talk talk = { .cancellable = cancellable };
  GError *error = NULL;

  g_socket_client_set_timeout (client, SECONDS);
  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), cancellable, &error);
  if (connection != NULL) {
    talk.in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
    talk.out = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  }
  if (connection != NULL && greet (&talk, &error) && ask (&talk, &request->layout, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * dmc_screen_request_async:
 * @address: path of the socket that the desktop is shown at
 * @layout: the screens that it shall have
 * @cancellable: (nullable): to stop
 * @callback: called when the server has answered
 * @user_data: for @callback
 *
 * Errors: those of G_IO_ERROR; NOT_SUPPORTED where the server does not want to, INVALID_DATA where it does not keep to the protocol.
 */
void
dmc_screen_request_async (const char *address, const DmcScreenLayout *layout, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Request *request = g_new (Request, 1);

  *request = (Request){ g_strdup (address), *layout };
  g_task_set_source_tag (task, dmc_screen_request_async);
  g_task_set_task_data (task, request, request_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, request_in_thread);
}

gboolean
dmc_screen_request_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
