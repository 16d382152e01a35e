/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain.save: the state of a domain into a file, which has its name only when it is whole. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rpc/json.h"
#include "state-file.h"
#include "transfer.h"

typedef struct {
  char *path, *partial;
  int fd;        /* of the partial file */
  gboolean kept; /* it has its name */
  gboolean keep_running;
  GChecksum *digest;
  gint64 bytes;
} Save;

static void
save_free (gpointer data)
{
  Save *self = data;

  if (self->fd >= 0) {
    close (self->fd);
  }
  g_checksum_free (self->digest);
  g_free (self->path);
  g_free (self->partial);
  g_free (self);
}

static gboolean
open_partial (Save *self, GError **error)
{
  if (faccessat (AT_FDCWD, self->path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
    g_propagate_error (error, dmc_state_file_error (EEXIST, self->path));
    return FALSE;
  }
  /* What a domain has in its memory is for nobody else to read. */
  self->fd = open (self->partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (self->fd < 0) {
    g_propagate_error (error, dmc_state_file_error (errno, self->partial));
    return FALSE;
  }
  return TRUE;
}

static gboolean
prepare (DmcTransfer *transfer, JsonObject *params, GError **error)
{
  Save *self = transfer->data = g_new0 (Save, 1);

  self->fd = -1;
  self->digest = g_checksum_new (G_CHECKSUM_SHA256);
  self->path = g_strdup (dmc_json_get_string (params, "path", ""));
  self->partial = g_strconcat (self->path, ".partial", NULL);
  self->keep_running = dmc_json_get_boolean (params, "keep_running", FALSE);
  transfer->id = dmc_json_get_int (params, "id", 0);
  transfer->text = "Suspending the domain";
  return dmc_state_file_check_path (self->path, error) && open_partial (self, error);
}

static void
describe (DmcTransfer *transfer, JsonObject *params)
{
  Save *self = transfer->data;

  json_object_set_boolean_member (params, "keep", self->keep_running);
}

static gboolean
put (Save *self, gconstpointer bytes, gsize length, GError **error)
{
  const guint8 *at = bytes;

  g_checksum_update (self->digest, bytes, (gssize)length);
  while (length > 0) {
    gssize done = write (self->fd, at, length);

    if (done < 0 && errno != EINTR) {
      g_propagate_error (error, dmc_state_file_error (errno, self->partial));
      return FALSE;
    }
    if (done > 0) {
      at += done;
      length -= (gsize)done;
      self->bytes += done;
    }
  }
  return TRUE;
}

/* Records keep the numbers that they have on the channel: the first is 0. */
static gboolean
put_record (Save *self, const DmcRecord *record, guint32 sequence, GError **error)
{
  struct pv_record head = { .type = record->type, .length = (guint32)record->length };

  head.sequence = sequence;
  head.crc = dmc_wire_checksum (&head, record->payload);
  return put (self, &head, sizeof head, error)
         && put (self, record->payload, record->length, error);
}

static gboolean
put_digest (Save *self, guint32 sequence, GError **error)
{
  guint8 digest[32];
  gsize length = sizeof digest;
  g_autoptr (GChecksum) before = g_checksum_copy (self->digest);
  DmcRecord record = { .type = PV_RECORD_DIGEST, .length = sizeof digest, .payload = digest };

  g_checksum_get_digest (before, digest, &length);
  return put_record (self, &record, sequence, error);
}

static gboolean
run (DmcTransfer *transfer, GCancellable *cancellable, GError **error)
{
  Save *self = transfer->data;
  DmcRecord record;
  guint32 sequence = 0;

  if (!put (self, PV_STREAM_MAGIC, PV_STREAM_MAGIC_SIZE, error)) {
    return FALSE;
  }
  do {
    if (!dmc_wire_receive (transfer->wire, &record, cancellable, error)
        || !dmc_transfer_count (transfer, &record, error)
        || !put_record (self, &record, sequence++, error)) {
      return FALSE;
    }
    dmc_transfer_set_text (transfer, "Writing its memory");
  } while (record.type != PV_RECORD_END);
  if (!put_digest (self, sequence, error)) {
    return FALSE;
  }
  if (fsync (self->fd) != 0) {
    g_propagate_error (error, dmc_state_file_error (errno, self->partial));
    return FALSE;
  }
  return TRUE;
}

static gboolean
keep (DmcTransfer *transfer, GError **error)
{
  Save *self = transfer->data;

  if (renameat2 (AT_FDCWD, self->partial, AT_FDCWD, self->path, RENAME_NOREPLACE) != 0) {
    g_propagate_error (error, dmc_state_file_error (errno, self->path));
    return FALSE;
  }
  self->kept = TRUE;
  return TRUE;
}

static void
undo (DmcTransfer *transfer, const GError *why)
{
  Save *self = transfer->data;

  if (self->fd >= 0) {
    unlink (self->kept ? self->path : self->partial);
  }
}

static JsonNode *
result (DmcTransfer *transfer, JsonNode *answer)
{
  Save *self = transfer->data;

  return dmc_json_node ("path:s", self->path, "bytes:i", self->bytes, NULL);
}

const DmcTransferKind dmc_save_kind = {
  .name = "domain.save",
  .outcome = "commit",
  .takes_turns = TRUE,
  .prepare = prepare,
  .describe = describe,
  .run = run,
  .keep = keep,
  .result = result,
  .undo = undo,
  .free = save_free,
};
