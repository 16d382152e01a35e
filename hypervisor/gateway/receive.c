/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain.receive: the other end of domain.migrate. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rpc/json.h"
#include "transfer.h"

/* Whoever asked connects at once. */
#define CONNECT_MAX_MS 10000

typedef struct {
  char *path;
  int listener;
  guint8 nonce[PV_STREAM_NONCE_SIZE];
  DmcWire *peer;
} Receive;

static void
receive_free (gpointer data)
{
  Receive *self = data;

  if (self->listener >= 0) {
    close (self->listener);
    unlink (self->path);
  }
  g_clear_pointer (&self->peer, dmc_wire_free);
  g_free (self->path);
  g_free (self);
}

static gboolean
listen_at (Receive *self, const char *folder, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  mode_t before;
  int bound;

  /* One domain is taken at a time; whoever connects must know the nonce. */
  self->path = g_build_filename (folder, "receive.sock", NULL);
  if (strlen (self->path) >= sizeof address.sun_path) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_INTERNAL, NULL,
                                             "The path of the socket %s is too long.", self->path));
    return FALSE;
  }
  strcpy (address.sun_path, self->path);
  self->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  unlink (self->path); /* of a gateway that was killed */
  before = umask (0177);
  bound = self->listener < 0 ? -1
                             : bind (self->listener, (struct sockaddr *)&address, sizeof address);
  umask (before);
  if (bound != 0 || listen (self->listener, 1) != 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "Cannot listen on %s: %s",
                                             self->path, g_strerror (errno)));
    return FALSE;
  }
  return TRUE;
}

static gboolean
prepare (DmcTransfer *transfer, JsonObject *params, GError **error)
{
  Receive *self = transfer->data = g_new0 (Receive, 1);

  self->listener = -1;
  for (gsize i = 0; i < sizeof self->nonce; i++) {
    self->nonce[i] = (guint8)g_random_int ();
  }
  transfer->text = "Waiting for the other machine";
  return listen_at (self, dmc_transfers_get_folder (transfer->owner), error);
}

static JsonNode *
reply (DmcTransfer *transfer)
{
  Receive *self = transfer->data;
  g_autoptr (GString) nonce = g_string_new (NULL);

  for (gsize i = 0; i < sizeof self->nonce; i++) {
    g_string_append_printf (nonce, "%02x", self->nonce[i]);
  }
  return dmc_json_node ("job:s", dmc_job_get_id (transfer->job), "socket:s", self->path, "nonce:s",
                        nonce->str, NULL);
}

static gboolean
wait_for_peer (Receive *self, GCancellable *cancellable, GError **error)
{
  GPollFD fds[2] = { { .fd = self->listener, .events = G_IO_IN } };
  gboolean woken = g_cancellable_make_pollfd (cancellable, &fds[1]);
  int ready = g_poll (fds, woken ? 2 : 1, CONNECT_MAX_MS);

  if (woken) {
    g_cancellable_release_fd (cancellable);
  }
  if (g_cancellable_set_error_if_cancelled (cancellable, error)) {
    return FALSE;
  }
  if (ready <= 0) {
    g_propagate_error (
        error, dmc_error_new (DMC_ERROR_IO, NULL, "The other machine did not send anything."));
    return FALSE;
  }
  return TRUE;
}

static gboolean
check (DmcTransfer *transfer, GCancellable *cancellable, GError **error)
{
  Receive *self = transfer->data;
  int fd;

  if (!wait_for_peer (self, cancellable, error)) {
    return FALSE;
  }
  fd = accept4 (self->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    g_propagate_error (error, dmc_error_new (DMC_ERROR_IO, NULL, "The other machine has left."));
    return FALSE;
  }
  self->peer = dmc_wire_new (fd);
  dmc_transfers_limit (transfer->owner, self->peer);
  return dmc_wire_await_greeting (self->peer, self->nonce, cancellable, error);
}

static gboolean
run (DmcTransfer *transfer, GCancellable *cancellable, GError **error)
{
  Receive *self = transfer->data;
  DmcRecord record;

  dmc_transfer_set_text (transfer, "Taking its memory");
  do {
    if (!dmc_wire_receive (self->peer, &record, cancellable, error)
        || !dmc_transfer_count (transfer, &record, error)
        || !dmc_wire_send (transfer->wire, record.type, record.payload, record.length, cancellable,
                           error)) {
      return FALSE;
    }
  } while (record.type != PV_RECORD_END);
  return dmc_wire_expect (transfer->wire, PV_RECORD_READY, sizeof (guint32), &record, cancellable,
                          error)
         && dmc_wire_send (self->peer, PV_RECORD_READY, record.payload, record.length, cancellable,
                           error)
         && dmc_wire_expect (self->peer, PV_RECORD_START, 0, &record, cancellable, error);
}

static gboolean
after (DmcTransfer *transfer, GCancellable *cancellable, GError **error)
{
  Receive *self = transfer->data;

  return dmc_wire_send (self->peer, PV_RECORD_RUNS, NULL, 0, NULL, error);
}

static void
undo (DmcTransfer *transfer, const GError *why)
{
  Receive *self = transfer->data;

  if (self->peer != NULL) {
    dmc_wire_fail (self->peer, why);
  }
}

static JsonNode *
result (DmcTransfer *transfer, JsonNode *answer)
{
  return json_node_ref (answer);
}

const DmcTransferKind dmc_receive_kind = {
  .name = "domain.receive",
  .outcome = "commit",
  .prepare = prepare,
  .check = check,
  .run = run,
  .after = after,
  .result = result,
  .reply = reply,
  .undo = undo,
  .free = receive_free,
};
