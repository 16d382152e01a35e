/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "rpc/job.h"
#include "secret/passphrase.h"

G_BEGIN_DECLS

void workspace_passwd (AgentWorkspace *workspace,
                       const char     *user,
                       DmcPassphrase  *passphrase,
                       DmcPassphrase  *new_passphrase,
                       DmcJob         *job);

G_END_DECLS
