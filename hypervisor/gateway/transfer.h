/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/job.h"
#include "upstream.h"
#include "wire.h"

G_BEGIN_DECLS

/*
 * A domain on its way out of the control domain or into it: a job in steps, of which those of
 * struct DmcTransferKind are different for saving, restoring, and the two ends of a migration. The
 * control domain takes one transfer at a time; others wait their turn, and what is checked before
 * takes nobody's.
 *
 *   prepare, [check], wait, state.begin, run, [keep], state.finish, [after], [afterwards]
 *
 * Where a step fails, state.finish gives the transfer up and undo takes back what was done here.
 */
typedef struct _DmcTransfers DmcTransfers;
typedef struct _DmcTransfer DmcTransfer;

typedef struct {
  const char *name;       /* of the job and the method */
  const char *outcome;    /* of state.finish when all went well */
  const char *afterwards; /* a method to call with the domain's id at last; or NULL */
  gboolean takes_turns;   /* whether it waits for others; else they are an error */

  /* In the main thread: looks at the parameters. */
  gboolean (*prepare) (DmcTransfer *self, JsonObject *params, GError **error);
  /* In a worker: what comes before the control domain is asked; may be NULL. */
  gboolean (*check) (DmcTransfer *self, GCancellable *cancellable, GError **error);
  /* Members of state.begin; may be NULL. */
  void (*describe) (DmcTransfer *self, JsonObject *params);
  /* In a worker: moves the records. */
  gboolean (*run) (DmcTransfer *self, GCancellable *cancellable, GError **error);
  /* In the main thread: makes it last; may be NULL. */
  gboolean (*keep) (DmcTransfer *self, GError **error);
  /* In a worker: may be NULL. */
  gboolean (*after) (DmcTransfer *self, GCancellable *cancellable, GError **error);
  /* @answer: (nullable): of state.finish. Returns: (transfer full): the job's result */
  JsonNode *(*result) (DmcTransfer *self, JsonNode *answer);
  /* What the method answers; NULL: {job} */
  JsonNode *(*reply) (DmcTransfer *self);
  void (*undo) (DmcTransfer *self, const GError *why);
  void (*free) (gpointer data);
} DmcTransferKind;

struct _DmcTransfer {
  const DmcTransferKind *kind;
  DmcTransfers *owner;
  GSource *leaving; /* while it waits: it is cancelled */
  DmcRequest *request; /* until it is answered */
  DmcJob *job;         /* from then on */
  DmcWire *wire;       /* to the control domain, from state.begin on */
  guint8 nonce[PV_STREAM_NONCE_SIZE];
  gint64 id; /* of a domain that leaves; -1: none */
  gboolean stood_still; /* before, too */
  guint tries;          /* to have it go on */
  gpointer data;
  JsonNode *answer; /* of state.finish */

  /* Set by workers, atomically: */
  gint pages_done, pages; /* 0: not known */
  const char *text;       /* static */
};

/* @patience_s: how long another machine may say nothing */
DmcTransfers *dmc_transfers_new (DmcServer *server,
                                 DmcUpstream *upstream,
                                 const char *state_path,
                                 int patience_s);
/* Cancels all and waits until they have ended. */
void dmc_transfers_free (DmcTransfers *self);

/* Handles a request for a transfer; a DmcMethodFunc but for its @kind. */
void dmc_transfers_start (DmcTransfers *self,
                          const DmcTransferKind *kind,
                          DmcRequest *request,
                          JsonObject *params);

/* Has a wire to another machine wait no longer than that. */
void dmc_transfers_limit (DmcTransfers *self, DmcWire *wire);
/* Folder of the sockets of this gateway. */
const char *dmc_transfers_get_folder (DmcTransfers *self);

/* For workers: */
void dmc_transfer_set_text (DmcTransfer *self, const char *text);
/* Counts what a record says about the progress; FALSE: it cannot be. */
gboolean dmc_transfer_count (DmcTransfer *self, const DmcRecord *record, GError **error);

extern const DmcTransferKind dmc_save_kind, dmc_restore_kind, dmc_migrate_kind, dmc_receive_kind;

G_END_DECLS
