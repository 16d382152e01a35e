/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * dmc_handshake_async:
 * @stream: a fresh connection to the channel of the control domain
 * @cancellable: (nullable): ends the wait
 * @callback: called once, in the caller's main context
 * @user_data: for @callback
 *
 * Brings both ends of the channel to the start of a line. Whoever had the channel before may have
 * left half a request in it, and answers of theirs may still be on the way, so a nonce is sent and
 * everything up to the answer that carries it is thrown away. The control domain sends nothing
 * after that answer until it is asked, so that @stream then starts at a line of our own.
 */
void dmc_handshake_async (GIOStream *stream,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);

/**
 * dmc_handshake_finish:
 * @result: as given to the callback
 * @error: (out): G_IO_ERROR, or DMC_ERROR_UNSUPPORTED where the channel's version is not ours
 *
 * Returns: whether the channel is ready for requests
 */
gboolean dmc_handshake_finish (GAsyncResult *result, GError **error);

G_END_DECLS
