/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "policy-fetch.h"
#include "rpc/server.h"

G_BEGIN_DECLS

typedef struct {
  DmcUpstream *upstream;
  DmcPolicyFetch *fetch;
  gboolean busy; /* one at a time */
} DmcPolicyLoader;

/* Answers policy.load: compiles the document, brings it to the hypervisor, has it tested against
 * what runs there, and lets it take over, unless that was only to be tried (dry_run). */
void dmc_policy_load (DmcPolicyLoader *loader, DmcRequest *request, JsonObject *params);

G_END_DECLS
