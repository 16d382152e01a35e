/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domain.restore: a domain from a file, which is looked at as a whole before the control domain
   hears of it, and again record by record as it goes there. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc/json.h"
#include "state-file.h"
#include "transfer.h"

typedef struct {
  char *path, *name;
  int fd;
} Restore;

static void
restore_free (gpointer data)
{
  Restore *self = data;

  if (self->fd >= 0) {
    close (self->fd);
  }
  g_free (self->path);
  g_free (self->name);
  g_free (self);
}

static gboolean
open_file (Restore *self, GError **error)
{
  struct stat status;

  self->fd = open (self->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (self->fd < 0 || fstat (self->fd, &status) != 0) {
    g_propagate_error (error, dmc_state_file_error (errno, self->path));
    return FALSE;
  }
  if (!S_ISREG (status.st_mode)) {
    g_propagate_error (error,
                       dmc_error_new_param ("path", NULL, "%s is not a file", self->path));
    return FALSE;
  }
  return TRUE;
}

static gboolean
prepare (DmcTransfer *transfer, JsonObject *params, GError **error)
{
  Restore *self = transfer->data = g_new0 (Restore, 1);

  self->path = g_strdup (dmc_json_get_string (params, "path", ""));
  self->name = g_strdup (dmc_json_get_string (params, "name", NULL));
  self->fd = -1;
  transfer->text = "Checking the file";
  return dmc_state_file_check_path (self->path, error) && open_file (self, error);
}

static gboolean
check (DmcTransfer *transfer, GCancellable *cancellable, GError **error)
{
  Restore *self = transfer->data;

  return dmc_state_file_verify (self->fd, self->path, cancellable, error);
}

static void
describe (DmcTransfer *transfer, JsonObject *params)
{
  Restore *self = transfer->data;

  if (self->name != NULL) {
    json_object_set_string_member (params, "name", self->name);
  }
}

static gboolean
run (DmcTransfer *transfer, GCancellable *cancellable, GError **error)
{
  Restore *self = transfer->data;
  g_autoptr (DmcWire) file = dmc_wire_new (dup (self->fd));
  DmcRecord record;

  dmc_transfer_set_text (transfer, "Filling its memory");
  if (lseek (self->fd, PV_STREAM_MAGIC_SIZE, SEEK_SET) < 0) {
    g_propagate_error (error, dmc_state_file_error (errno, self->path));
    return FALSE;
  }
  do {
    if (!dmc_wire_receive (file, &record, cancellable, error)
        || !dmc_transfer_count (transfer, &record, error)
        || !dmc_wire_send (transfer->wire, record.type, record.payload, record.length, cancellable,
                           error)) {
      return FALSE;
    }
  } while (record.type != PV_RECORD_END);
  return dmc_wire_expect (transfer->wire, PV_RECORD_READY, sizeof (guint32), &record, cancellable,
                          error);
}

static JsonNode *
result (DmcTransfer *transfer, JsonNode *answer)
{
  return json_node_ref (answer);
}

const DmcTransferKind dmc_restore_kind = {
  .name = "domain.restore",
  .outcome = "commit",
  .takes_turns = TRUE,
  .prepare = prepare,
  .check = check,
  .describe = describe,
  .run = run,
  .result = result,
  .free = restore_free,
};
