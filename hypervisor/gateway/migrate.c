/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domain.migrate: a domain to another machine while it runs. It stands still here before it may run
 * there, and is destroyed here only when it is known to run there, so that never two of it run.
 */
#include <string.h>

#include "peer.h"
#include "rpc/json.h"
#include "transfer.h"

typedef struct {
  char *to;
  DmcWire *peer; /* the other machine's gateway */
  gboolean told; /* it was told to start the domain */
  guint rounds;
  gint64 bytes, stopped_us, started_us;
} Migrate;

static void
migrate_free (gpointer data)
{
  Migrate *self = data;

  g_clear_pointer (&self->peer, dmc_wire_free);
  g_free (self->to);
  g_free (self);
}

static gboolean
prepare (DmcTransfer *transfer, JsonObject *params, GError **error)
{
  Migrate *self = transfer->data = g_new0 (Migrate, 1);

  self->to = g_strdup (dmc_json_get_string (params, "to", ""));
  transfer->id = dmc_json_get_int (params, "id", 0);
  transfer->text = "Asking the other machine";
  if (!g_path_is_absolute (self->to)) {
    g_propagate_error (error,
                       dmc_error_new_param ("to", "Connections over a network are not there yet.",
                                            "must be the path of the other machine's control socket"));
    return FALSE;
  }
  return TRUE;
}

static void
describe (DmcTransfer *transfer, JsonObject *params)
{
  json_object_set_boolean_member (params, "live", TRUE);
}

static gboolean
check (DmcTransfer *transfer, GCancellable *cancellable, GError **error)
{
  Migrate *self = transfer->data;

  return dmc_peer_look (self->to, dmc_transfers_get_folder (transfer->owner), cancellable, error);
}

static gboolean
take_round (DmcTransfer *transfer, const DmcRecord *record)
{
  Migrate *self = transfer->data;
  struct pv_stream_round round;

  if (record->length != sizeof round) {
    return FALSE;
  }
  memcpy (&round, record->payload, sizeof round);
  self->rounds = round.round;
  if (round.final && self->stopped_us == 0) {
    self->stopped_us = g_get_monotonic_time ();
    dmc_transfer_set_text (transfer, "Copying the rest while it stands still");
  } else if (!round.final) {
    dmc_transfer_set_text (transfer, "Copying what it wrote to meanwhile");
  }
  return TRUE;
}

static gboolean
send_state (DmcTransfer *transfer, GCancellable *cancellable, GError **error)
{
  Migrate *self = transfer->data;
  DmcRecord record;

  do {
    if (!dmc_wire_receive (transfer->wire, &record, cancellable, error)
        || !dmc_transfer_count (transfer, &record, error)) {
      return FALSE;
    }
    if (record.type == PV_RECORD_ROUND && !take_round (transfer, &record)) {
      g_propagate_error (error, dmc_error_new (DMC_ERROR_INTEGRITY, NULL,
                                               "The control domain told of an unknown round."));
      return FALSE;
    }
    self->bytes += (gint64)record.length;
    if (!dmc_wire_send (self->peer, record.type, record.payload, record.length, cancellable,
                        error)) {
      return FALSE;
    }
  } while (record.type != PV_RECORD_END);
  return TRUE;
}

static gboolean
run (DmcTransfer *transfer, GCancellable *cancellable, GError **error)
{
  Migrate *self = transfer->data;
  guint8 nonce[PV_STREAM_NONCE_SIZE];
  DmcRecord record;

  self->peer = dmc_peer_receive (self->to, nonce, cancellable, error);
  if (self->peer == NULL) {
    return FALSE;
  }
  dmc_transfers_limit (transfer->owner, self->peer);
  if (!dmc_wire_greet (self->peer, nonce, cancellable, error)) {
    return FALSE;
  }
  dmc_transfer_set_text (transfer, "Copying its memory while it runs");
  return send_state (transfer, cancellable, error)
         && dmc_wire_expect (self->peer, PV_RECORD_READY, sizeof (guint32), &record, cancellable,
                             error);
}

/* From here on it may run there: whatever happens, it does not run here by itself. */
static gboolean
after (DmcTransfer *transfer, GCancellable *cancellable, GError **error)
{
  Migrate *self = transfer->data;
  DmcRecord record;
  g_autoptr (GError) why = NULL;

  self->told = TRUE;
  if (dmc_wire_send (self->peer, PV_RECORD_START, NULL, 0, NULL, &why)
      && dmc_wire_expect (self->peer, PV_RECORD_RUNS, 0, &record, NULL, &why)) {
    self->started_us = g_get_monotonic_time ();
    return TRUE;
  }
  g_propagate_error (
      error,
      dmc_error_new (DMC_ERROR_IO,
                     "Look there. domain.destroy removes it here; domain.resume lets it go on "
                     "here, if it does not run there.",
                     "The other machine did not confirm that the domain runs there, where it may. "
                     "It stands still here. (%s)",
                     why->message));
  return FALSE;
}

static void
undo (DmcTransfer *transfer, const GError *why)
{
  Migrate *self = transfer->data;

  if (self->peer != NULL && !self->told) {
    dmc_wire_fail (self->peer, why);
  }
}

static JsonNode *
result (DmcTransfer *transfer, JsonNode *answer)
{
  Migrate *self = transfer->data;

  return dmc_json_node ("rounds:i", (gint64)self->rounds, "bytes:i", self->bytes, "downtime_us:i",
                        self->started_us - self->stopped_us, NULL);
}

const DmcTransferKind dmc_migrate_kind = {
  .name = "domain.migrate",
  .outcome = "hold",
  .afterwards = "domain.destroy",
  .takes_turns = TRUE,
  .prepare = prepare,
  .check = check,
  .describe = describe,
  .run = run,
  .after = after,
  .result = result,
  .undo = undo,
  .free = migrate_free,
};
