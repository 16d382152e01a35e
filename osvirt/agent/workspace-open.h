/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace.h"
#include "policy-doc/service.h"
#include "rpc/job.h"
#include "secret/passphrase.h"

G_BEGIN_DECLS

void workspace_open (AgentWorkspace *workspace,
                     DmcHelper      *helper,
                     const char     *user,
                     DmcPassphrase  *passphrase,
                     DmcPolicyService *policy,
                     gboolean        display,
                     const char     *desktop_address,
                     DmcJob         *job);

G_END_DECLS
