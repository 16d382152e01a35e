/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "crc32.h"
#include "rpc/error.h"

#define GREETING_SIZE (PV_STREAM_MAGIC_SIZE + PV_STREAM_NONCE_SIZE)

struct _DmcWire {
  int fd;
  int patience_ms; /* -1: endless */
  guint32 sent, received; /* records */
  guint8 payload[PV_RECORD_MAX + 1];
};

DmcWire *
dmc_wire_new (int fd)
{
  DmcWire *self = g_new0 (DmcWire, 1);

  self->fd = fd;
  self->patience_ms = -1;
  return self;
}

void
dmc_wire_set_patience (DmcWire *self, int ms)
{
  self->patience_ms = ms;
}

void
dmc_wire_free (DmcWire *self)
{
  close (self->fd);
  g_free (self);
}

void
dmc_wire_break (DmcWire *self)
{
  shutdown (self->fd, SHUT_RDWR);
}

static GError *
error_of (int number, const char *what)
{
  return dmc_error_new (DMC_ERROR_IO, NULL, "%s: %s", what, g_strerror (number));
}

/* The state of a domain is all that it knows: neither give it to anybody else, nor take it. */
static gboolean
check_peer (int fd, GError **error)
{
  struct ucred peer;
  socklen_t size = sizeof peer;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    g_propagate_error (error, error_of (errno, "Cannot tell whose socket it is"));
    return FALSE;
  }
  if (peer.uid != geteuid () && peer.uid != 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_DENIED, NULL,
                                             "The socket for states belongs to another user (%u).",
                                             (unsigned)peer.uid));
    return FALSE;
  }
  return TRUE;
}

DmcWire *
dmc_wire_connect (const char *path, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  if (strlen (path) >= sizeof address.sun_path) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_PARAMS, NULL,
                                             "The path of the socket %s is too long.", path));
    return NULL;
  }
  strcpy (address.sun_path, path);
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect (fd, (struct sockaddr *)&address, sizeof address) != 0) {
    g_autofree char *what = g_strdup_printf ("Cannot connect to %s", path);

    g_propagate_error (error, error_of (errno, what));
    if (fd >= 0) {
      close (fd);
    }
    return NULL;
  }
  if (!check_peer (fd, error)) {
    close (fd);
    return NULL;
  }
  return dmc_wire_new (fd);
}

/* Waits for @events. Returns: those that came, 0 with @error set where it was cancelled, or nothing
   came for too long. */
static short
wait_for (DmcWire *self, short events, GCancellable *cancellable, GError **error)
{
  GPollFD fds[2] = { { .fd = self->fd, .events = (gushort)events } };
  guint count = 1;
  int ready;
  gboolean woken = cancellable != NULL && g_cancellable_make_pollfd (cancellable, &fds[1]);

  if (woken) {
    count = 2;
  }
  do {
    ready = g_poll (fds, count, self->patience_ms);
  } while (ready < 0 && errno == EINTR);
  if (woken) {
    g_cancellable_release_fd (cancellable);
  }
  if (g_cancellable_set_error_if_cancelled (cancellable, error)) {
    return 0;
  }
  if (ready == 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL,
                                             "The other side has said nothing for %d seconds.",
                                             self->patience_ms / 1000));
    return 0;
  }
  return (short)fds[0].revents;
}

static gboolean
read_all (DmcWire *self, void *buffer, gsize length, GCancellable *cancellable, GError **error)
{
  guint8 *at = buffer;

  while (length > 0) {
    gssize got = read (self->fd, at, length);

    if (got > 0) {
      at += got;
      length -= (gsize)got;
    } else if (got == 0) {
      g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The other side has left."));
      return FALSE;
    } else if (errno != EAGAIN && errno != EINTR) {
      g_propagate_error (error, error_of (errno, "The state cannot be read"));
      return FALSE;
    } else if (wait_for (self, G_IO_IN, cancellable, error) == 0) {
      return FALSE;
    }
  }
  return TRUE;
}

/* There is no room, and the other side says something before it has all: that it failed. */
static gboolean
heed_interruption (DmcWire *self, GCancellable *cancellable, GError **error)
{
  DmcRecord record;

  if (dmc_wire_receive (self, &record, cancellable, error)) {
    g_propagate_error (
        error, dmc_error_new (DMC_ERROR_IO, NULL, "The other side said something unexpected."));
  }
  return FALSE;
}

static gboolean
write_all (
    DmcWire *self, gconstpointer buffer, gsize length, GCancellable *cancellable, GError **error)
{
  const guint8 *at = buffer;

  while (length > 0) {
    gssize done = send (self->fd, at, length, MSG_NOSIGNAL);
    short events;

    if (done > 0) {
      at += done;
      length -= (gsize)done;
      continue;
    }
    if (done < 0 && (errno == EPIPE || errno == ECONNRESET)) {
      return heed_interruption (self, cancellable, error); /* it may have said why it left */
    }
    if (done < 0 && errno != EAGAIN && errno != EINTR) {
      g_propagate_error (error, error_of (errno, "The state cannot be sent"));
      return FALSE;
    }
    events = wait_for (self, G_IO_OUT | G_IO_IN, cancellable, error);
    if (events == 0) {
      return FALSE;
    }
    if ((events & G_IO_OUT) == 0) {
      return heed_interruption (self, cancellable, error);
    }
  }
  return TRUE;
}

static void
make_greeting (guint8 *greeting, const guint8 *nonce)
{
  memcpy (greeting, PV_STREAM_MAGIC, PV_STREAM_MAGIC_SIZE);
  memcpy (greeting + PV_STREAM_MAGIC_SIZE, nonce, PV_STREAM_NONCE_SIZE);
}

gboolean
dmc_wire_greet (DmcWire *self, const guint8 *nonce, GCancellable *cancellable, GError **error)
{
  guint8 greeting[GREETING_SIZE];

  make_greeting (greeting, nonce);
  return write_all (self, greeting, sizeof greeting, cancellable, error);
}

gboolean
dmc_wire_await_greeting (DmcWire *self,
                         const guint8 *nonce,
                         GCancellable *cancellable,
                         GError **error)
{
  guint8 greeting[GREETING_SIZE], last[GREETING_SIZE] = { 0 };

  make_greeting (greeting, nonce);
  do {
    memmove (last, last + 1, sizeof last - 1);
    if (!read_all (self, last + sizeof last - 1, 1, cancellable, error)) {
      return FALSE;
    }
  } while (memcmp (last, greeting, sizeof last) != 0);
  return TRUE;
}

guint32
dmc_wire_checksum (const struct pv_record *head, gconstpointer payload)
{
  guint32 crc = crc32_update (0, head, G_STRUCT_OFFSET (struct pv_record, crc));

  return crc32_update (crc, payload, head->length);
}

gboolean
dmc_wire_send (DmcWire *self,
               guint32 type,
               gconstpointer payload,
               gsize length,
               GCancellable *cancellable,
               GError **error)
{
  struct pv_record head = { .type = type, .length = (guint32)length, .sequence = self->sent++ };

  head.crc = dmc_wire_checksum (&head, payload);
  return write_all (self, &head, sizeof head, cancellable, error)
         && write_all (self, payload, length, cancellable, error);
}

static gboolean
fail_broken (GError **error)
{
  g_propagate_error (
      error,
      dmc_error_new (DMC_ERROR_INTEGRITY, "It was cut off, changed or damaged; use another copy.",
                     "The state of the domain is damaged: a part of it is not as it was."));
  return FALSE;
}

/* A text and a hint, each ended by a zero; the payload has one more behind it. */
static gboolean
fail_as_told (const DmcRecord *record, GError **error)
{
  struct pv_stream_fail fail;
  const char *text, *hint = "";

  if (record->length < sizeof fail + 1) {
    return fail_broken (error);
  }
  memcpy (&fail, record->payload, sizeof fail);
  text = (const char *)record->payload + sizeof fail;
  if (sizeof fail + strlen (text) + 1 < record->length) {
    hint = text + strlen (text) + 1;
  }
  if (dmc_error_kind ((int)fail.code) == NULL || !g_utf8_validate (text, -1, NULL)
      || !g_utf8_validate (hint, -1, NULL)) {
    return fail_broken (error);
  }
  g_propagate_error (error,
                     dmc_error_new ((DmcError)fail.code, *hint != '\0' ? hint : NULL, "%s", text));
  return FALSE;
}

gboolean
dmc_wire_receive (DmcWire *self, DmcRecord *record, GCancellable *cancellable, GError **error)
{
  struct pv_record head;

  if (!read_all (self, &head, sizeof head, cancellable, error)) {
    return FALSE;
  }
  if (head.length > PV_RECORD_MAX || head.sequence != self->received) {
    return fail_broken (error);
  }
  if (!read_all (self, self->payload, head.length, cancellable, error)) {
    return FALSE;
  }
  if (dmc_wire_checksum (&head, self->payload) != head.crc) {
    return fail_broken (error);
  }
  self->received++;
  self->payload[head.length] = 0;
  *record = (DmcRecord){ .type = head.type, .length = head.length, .payload = self->payload };
  return head.type != PV_RECORD_FAIL || fail_as_told (record, error);
}

gboolean
dmc_wire_expect (DmcWire *self,
                 guint32 type,
                 gsize length,
                 DmcRecord *record,
                 GCancellable *cancellable,
                 GError **error)
{
  if (!dmc_wire_receive (self, record, cancellable, error)) {
    return FALSE;
  }
  return (record->type == type && record->length == length) || fail_broken (error);
}

void
dmc_wire_fail (DmcWire *self, const GError *why)
{
  g_autoptr (GByteArray) record = g_byte_array_new ();
  const char *hint = dmc_error_get_hint (why);
  gboolean ours = why->domain == DMC_ERROR && why->code > 0;
  gboolean cancelled = g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  struct pv_stream_fail fail = {
    .code = ours        ? (guint32)why->code
            : cancelled ? DMC_ERROR_CANCELLED
                        : DMC_ERROR_IO,
  };
  struct pv_record head = { .type = PV_RECORD_FAIL, .sequence = self->sent++ };

  g_byte_array_append (record, (const guint8 *)&fail, sizeof fail);
  g_byte_array_append (record, (const guint8 *)why->message, (guint)strlen (why->message) + 1);
  g_byte_array_append (record, (const guint8 *)(hint != NULL ? hint : ""),
                       hint != NULL ? (guint)strlen (hint) + 1 : 1);
  head.length = MIN (record->len, PV_RECORD_MAX);
  head.crc = dmc_wire_checksum (&head, record->data);
  g_byte_array_prepend (record, (const guint8 *)&head, sizeof head);
  /* It may not fit; then the end of the connection tells. */
  if (send (self->fd, record->data, record->len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    g_debug ("The other side could not be told of a failure: %s", g_strerror (errno));
  }
}
