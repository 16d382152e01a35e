/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stream/http-source.h"

#include <errno.h>
#include <libsoup/soup.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "rpc/error.h"
#include "rpc/json.h"
#include "stream/http-deadline.h"

/* How long a server may say nothing, and how long it is then left alone: who waits for a file gets an error, not a hang. */
#define TIMEOUT_S 10
#define REST_US   (3 * G_USEC_PER_SEC)

#define SAVE_BYTES (256 * 1024)

struct HttpSource {
  SoupSession *session;
  GUri *uri;
  char *host;
  GMutex lock;
  gint64 rests_until; /* monotonic */
};

/**
 * http_source_new:
 * @url: of http or https
 * @error: %DMC_ERROR_PARAMS
 *
 * Asks nobody yet.
 *
 * Returns: (transfer full) (nullable): the file there
 */
HttpSource *
http_source_new (const char *url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  HttpSource *self;

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || (!g_str_equal (g_uri_get_scheme (uri), "http") && !g_str_equal (g_uri_get_scheme (uri), "https"))) {
    g_propagate_error (error, dmc_error_new_param ("url", NULL, "must be an address that begins with http:// or https://"));
    return NULL;
  }
  self = g_new0 (HttpSource, 1);
  g_mutex_init (&self->lock);
  self->host = g_strdup (g_uri_get_host (uri));
  self->uri = g_steal_pointer (&uri);
  self->session = soup_session_new_with_options ("timeout", TIMEOUT_S, "idle-timeout", 60, "user-agent", "Domicile", NULL);
  return self;
}

void
http_source_free (HttpSource *self)
{
  g_object_unref (self->session);
  g_uri_unref (self->uri);
  g_mutex_clear (&self->lock);
  g_free (self->host);
  g_free (self);
}

/* --- errors ------------------------------------------------------------------------------------------------ */

static gboolean
too_slow (HttpSource *self, GError **error)
{
  self->rests_until = g_get_monotonic_time () + REST_US;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, "Try again later, or ask whoever keeps the server.",
                                           "The server “%s” gives hardly anything: it is too slow.", self->host));
  return FALSE;
}

static gboolean
unreachable (HttpSource *self, HttpDeadline *deadline, const GError *why, GError **error)
{
  if (http_deadline_is_over (deadline))
    return too_slow (self, error);
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_CANCELLED, NULL, "The work was cancelled."));
    return FALSE;
  }
  if (why->domain == SOUP_SESSION_ERROR || why->domain == G_TLS_ERROR) { /* it can be reached, but what it says leads nowhere */
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, "Check the address; whoever keeps the server can mend the rest.",
                                             "The server “%s” cannot be used: %s.", self->host, why->message));
    return FALSE;
  }
  self->rests_until = g_get_monotonic_time () + REST_US;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, "Check the network, and that the server runs; then try again.",
                                           "The server “%s” cannot be reached: %s.", self->host, why->message));
  return FALSE;
}

static gboolean
changed (HttpSource *self, GError **error)
{
  g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, "If the app is installed, remove it and install it again; or else ask whoever keeps the server.",
                                           "The file on the server “%s” is not the bundle that it should be: its length is another.", self->host));
  return FALSE;
}

static gboolean
refused (HttpSource *self, SoupMessage *message, GError **error)
{
  guint status = soup_message_get_status (message);

  if (status == SOUP_STATUS_REQUESTED_RANGE_NOT_SATISFIABLE)
    return changed (self, error);
  if (status == SOUP_STATUS_OK) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_UNSUPPORTED, "Install it without streaming from another server, or from a file.",
                                             "The server “%s” gives files only as a whole.", self->host));
    dmc_error_set_data (*error, "needs", json_node_init_string (json_node_alloc (), "http-ranges"));
  } else
    g_propagate_error (error, dmc_error_new (status == SOUP_STATUS_NOT_FOUND ? DMC_ERROR_NOT_FOUND : DMC_ERROR_IO,
                                             "Check the address.", "The server “%s” answers %u (%s) for “%s”.", self->host, status,
                                             soup_status_get_phrase (status), g_uri_get_path (self->uri)));
  return FALSE;
}

/* --- asking ------------------------------------------------------------------------------------------------ */

static GInputStream *
ask (HttpSource *self, SoupMessage *message, guint wanted, HttpDeadline *deadline, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GInputStream) stream = NULL;

  if (g_get_monotonic_time () < self->rests_until) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The server “%s” did not answer a moment ago.", self->host));
    return NULL;
  }
  stream = soup_session_send (self->session, message, http_deadline_get_cancellable (deadline), &local);
  if (stream == NULL) {
    unreachable (self, deadline, local, error);
    return NULL;
  }
  if (soup_message_get_status (message) == wanted)
    return g_steal_pointer (&stream);
  refused (self, message, error);
  return NULL;
}

/* Reads until @length bytes have come, or all. Returns how many, or -1. */
static gssize
read_up_to (HttpSource *self, GInputStream *stream, guint8 *buffer, gsize length, HttpDeadline *deadline, GError **error)
{
  g_autoptr (GError) local = NULL;
  gsize done = 0;
  gssize got = 1;

  while (done < length && got > 0) {
    got = g_input_stream_read (stream, buffer + done, length - done, http_deadline_get_cancellable (deadline), &local);
    if (got > 0) {
      http_deadline_got (deadline, (gsize) got);
      done += (gsize) got;
    }
  }
  if (got >= 0)
    return (gssize) done;
  unreachable (self, deadline, local, error);
  return -1;
}

static gboolean
take (HttpSource *self, GInputStream *stream, guint8 *buffer, gsize length, HttpDeadline *deadline, GError **error)
{
  gssize got = read_up_to (self, stream, buffer, length, deadline, error);

  if (got < 0)
    return FALSE;
  if ((gsize) got == length)
    return TRUE;
  g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, "Try again.", "The server “%s” ended its answer too early.", self->host));
  return FALSE;
}

static gboolean
read_range (HttpSource *self, SoupMessage *message, guint8 *buffer, gsize length, gint64 *offset, gint64 *total,
            GCancellable *cancellable, GError **error)
{
  g_autoptr (HttpDeadline) deadline = http_deadline_new (cancellable);
  g_autoptr (GInputStream) stream = ask (self, message, SOUP_STATUS_PARTIAL_CONTENT, deadline, error);
  goffset first, last, all;

  if (stream == NULL)
    return FALSE;
  if (!soup_message_headers_get_content_range (soup_message_get_response_headers (message), &first, &last, &all) || all < 0
      || first < 0 || last < first || (guint64) (last - first) != length - 1)
    return changed (self, error);
  *offset = first;
  *total = all;
  return take (self, stream, buffer, length, deadline, error);
}

/**
 * http_source_read_end:
 * @buffer: (out) (array length=length): the last bytes of the file
 * @length: how many
 * @total: (out): bytes of the whole file
 * @cancellable: (nullable): to stop
 * @error: %DMC_ERROR_IO, %DMC_ERROR_NOT_FOUND, %DMC_ERROR_UNSUPPORTED (data "needs": "http-ranges"), %DMC_ERROR_INTEGRITY,
 *   %DMC_ERROR_CANCELLED
 */
gboolean
http_source_read_end (HttpSource *self, guint8 *buffer, gsize length, guint64 *total, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (SoupMessage) message = soup_message_new_from_uri (SOUP_METHOD_GET, self->uri);
  gint64 offset = 0, all = 0;

  soup_message_headers_set_range (soup_message_get_request_headers (message), -(goffset) length, -1);
  if (!read_range (self, message, buffer, length, &offset, &all, cancellable, error))
    return FALSE;
  *total = (guint64) all;
  return TRUE;
}

/* Reads @length bytes from @offset on; errors as of http_source_read_end(). */
gboolean
http_source_read (HttpSource *self, guint64 offset, guint8 *buffer, gsize length, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (SoupMessage) message = soup_message_new_from_uri (SOUP_METHOD_GET, self->uri);
  gint64 first = 0, total = 0;

  soup_message_headers_set_range (soup_message_get_request_headers (message), (goffset) offset, (goffset) (offset + length - 1));
  if (!read_range (self, message, buffer, length, &first, &total, cancellable, error))
    return FALSE;
  return (guint64) first == offset || changed (self, error);
}

static gboolean
write_all (int fd, const guint8 *data, gsize length, guint64 offset, GError **error)
{
  while (length > 0) {
    ssize_t written = pwrite (fd, data, length, (off_t) offset);

    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0) {
      g_propagate_error (error, dmc_error_new (errno == ENOSPC || errno == EDQUOT ? DMC_ERROR_RESOURCE : DMC_ERROR_IO,
                                               "Remove something, or make the workspace larger.", "The file cannot be kept: %s.",
                                               g_strerror (errno)));
      return FALSE;
    }
    data += written;
    length -= (gsize) written;
    offset += (guint64) written;
  }
  return TRUE;
}

/* Leaves some: a server that never ends does not fill a medium that nothing else limits. */
static guint64
room_for (int fd)
{
  struct statvfs info;

  return fstatvfs (fd, &info) == 0 ? (guint64) info.f_bavail * info.f_frsize / 100 * 95 : G_MAXUINT64;
}

static gboolean
fits (guint64 bytes, guint64 room, GError **error)
{
  if (bytes > room)
    g_propagate_error (error, dmc_error_new (DMC_ERROR_RESOURCE, "Remove something, or make the workspace larger.",
                                             "What the server gives does not fit into the workspace."));
  return bytes <= room;
}

/**
 * http_source_save:
 * @fd: a file to write all of it to
 * @progress: told bytes
 * @data: for @progress
 * @cancellable: (nullable): to stop
 * @error: as of http_source_read_end(), and %DMC_ERROR_RESOURCE
 *
 * Reads the file as a whole, which every server gives.
 */
gboolean
http_source_save (HttpSource *self, int fd, HttpSourceProgress progress, gpointer data, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (SoupMessage) message = soup_message_new_from_uri (SOUP_METHOD_GET, self->uri);
  g_autoptr (HttpDeadline) deadline = http_deadline_new (cancellable);
  g_autoptr (GInputStream) stream = NULL;
  g_autofree guint8 *buffer = g_malloc (SAVE_BYTES);
  guint64 done = 0, total, room = room_for (fd);
  gssize got;

  soup_message_disable_feature (message, SOUP_TYPE_CONTENT_DECODER); /* a packed length would be another one */
  stream = ask (self, message, SOUP_STATUS_OK, deadline, error);
  if (stream == NULL)
    return FALSE;
  total = (guint64) MAX (soup_message_headers_get_content_length (soup_message_get_response_headers (message)), 0);
  if (!fits (total, room, error))
    return FALSE;
  while ((got = read_up_to (self, stream, buffer, SAVE_BYTES, deadline, error)) > 0) {
    if (!fits (done + (guint64) got, room, error) || !write_all (fd, buffer, (gsize) got, done, error))
      return FALSE;
    done += (guint64) got;
    progress (done, total, data);
  }
  return got == 0;
}

/* Returns: (transfer full) (nullable): a file of at most @max bytes; a larger one is %DMC_ERROR_RESOURCE */
GBytes *
http_source_read_whole (HttpSource *self, gsize max, GCancellable *cancellable, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (SoupMessage) message = soup_message_new_from_uri (SOUP_METHOD_GET, self->uri);
  g_autoptr (HttpDeadline) deadline = http_deadline_new (cancellable);
  g_autoptr (GInputStream) stream = ask (self, message, SOUP_STATUS_OK, deadline, error);
  g_autofree guint8 *data = NULL;
  gssize got;

  if (stream == NULL)
    return NULL;
  data = g_malloc (max + 1);
  got = read_up_to (self, stream, data, max + 1, deadline, error);
  if (got < 0)
    return NULL;
  if ((gsize) got > max) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_RESOURCE, NULL, "“%s” of the server “%s” has more than the %" G_GSIZE_FORMAT " bytes that are allowed.",
                                             g_uri_get_path (self->uri), self->host, max));
    return NULL;
  }
  return g_bytes_new (data, (gsize) got);
}
