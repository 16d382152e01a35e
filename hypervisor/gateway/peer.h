/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "wire.h"

G_BEGIN_DECLS

/* The gateway of another machine, to which a domain is moved. All calls block, for a few seconds at
 * most, and are for worker threads. */

/**
 * dmc_peer_look:
 * @to: path of its control socket
 * @folder: where the sockets of this gateway are
 * @cancellable: (nullable): to give up
 *
 * Asks who is there.
 *
 * Returns: whether it is a control endpoint, and another than this one. Errors: DMC_ERROR_IO: nobody
 * listens, or does not answer in time
 */
gboolean
dmc_peer_look (const char *to, const char *folder, GCancellable *cancellable, GError **error);

/**
 * dmc_peer_receive:
 * @to: path of its control socket
 * @nonce: (out): the word by which it knows us, PV_STREAM_NONCE_SIZE bytes
 * @cancellable: (nullable): to give up
 *
 * Asks it to take a domain.
 *
 * Returns: (transfer full): where it wants the state; or NULL with its error, or DMC_ERROR_IO
 */
DmcWire *
dmc_peer_receive (const char *to, guint8 *nonce, GCancellable *cancellable, GError **error);

G_END_DECLS
