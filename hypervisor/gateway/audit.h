/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "rpc/server.h"

G_BEGIN_DECLS

/* audit.list; @user_data is the DmcUpstream. The machine has no clock: what it refused is dated by
 * the time since then. */
void dmc_audit_list (DmcRequest *request, JsonObject *params, gpointer user_data);
/* An event of topic audit, dated in the same way: (transfer full) */
JsonNode *dmc_audit_date (JsonNode *data);

G_END_DECLS
