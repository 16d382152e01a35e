/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace-store.h"
#include "rpc/job.h"
#include "secret/passphrase.h"

G_BEGIN_DECLS

void workspace_destroy (AgentStore     *store,
                        AgentWorkspace *workspace,
                        DmcHelper      *helper,
                        const char     *user,
                        DmcPassphrase  *passphrase,
                        DmcJob         *job);

G_END_DECLS
