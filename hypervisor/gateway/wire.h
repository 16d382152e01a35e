/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <pv/stream.h>

G_BEGIN_DECLS

/* One end of a stream of records (pv/stream.h) on a socket. All calls block, but for what
 * @cancellable ends, and are for worker threads. */
typedef struct _DmcWire DmcWire;

/* A record; @payload is valid until the next call. */
typedef struct {
  guint32 type;
  gsize length;
  const guint8 *payload;
} DmcRecord;

/* Ends the connection, from any thread: whatever a worker waits for fails. */
void dmc_wire_break (DmcWire *self);
/* Connects to a socket of our own user or root. */
DmcWire *dmc_wire_connect (const char *path, GError **error);
/* @fd: (transfer full): a connected socket, or a file that is only received from */
DmcWire *dmc_wire_new (int fd);
void dmc_wire_free (DmcWire *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DmcWire, dmc_wire_free)
/* How long a call waits for the other side to take or give anything, in milliseconds; then it fails
   with DMC_ERROR_IO. -1, as at first: without end. */
void dmc_wire_set_patience (DmcWire *self, int ms);

/* Sends the magic and the nonce. */
gboolean
dmc_wire_greet (DmcWire *self, const guint8 *nonce, GCancellable *cancellable, GError **error);
/* Skips what comes before the other side's greeting with this nonce. */
gboolean dmc_wire_await_greeting (DmcWire *self,
                                  const guint8 *nonce,
                                  GCancellable *cancellable,
                                  GError **error);

/* Sends one record. Where the other side says FAIL before it is out, that is the error. */
gboolean dmc_wire_send (DmcWire *self,
                        guint32 type,
                        gconstpointer payload,
                        gsize length,
                        GCancellable *cancellable,
                        GError **error);
/* Takes the next record. A record FAIL is an error with its code; a broken one DMC_ERROR_INTEGRITY.
 */
gboolean
dmc_wire_receive (DmcWire *self, DmcRecord *record, GCancellable *cancellable, GError **error);
/* The same, but any other record than one of @type with @length bytes is an error too. */
gboolean dmc_wire_expect (DmcWire *self,
                          guint32 type,
                          gsize length,
                          DmcRecord *record,
                          GCancellable *cancellable,
                          GError **error);
/* What stands in @head's last word. */
guint32 dmc_wire_checksum (const struct pv_record *head, gconstpointer payload);
/* Tells the other side, as far as there is room for it, that it failed here. */
void dmc_wire_fail (DmcWire *self, const GError *why);

G_END_DECLS
