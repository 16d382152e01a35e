/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/server.h"
#include "transfer.h"
#include "upstream.h"

G_BEGIN_DECLS

/**
 * dmc_service_attach:
 * @server: (transfer none): what clients talk to; must live as long as @upstream
 * @upstream: (transfer none): the control domain
 * @transfers: (transfer none): of the same control domain; must live as long as @server answers
 *
 * Gives @server the methods and topics of the control endpoint. Each call is handed on to the
 * control domain and its answer handed back as it came; events go to whoever subscribed them.
 */
void dmc_service_attach (DmcServer *server, DmcUpstream *upstream, DmcTransfers *transfers);

G_END_DECLS
