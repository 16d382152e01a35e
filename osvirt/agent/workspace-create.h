/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace-store.h"
#include "helper/helper-client.h"
#include "rpc/job.h"
#include "secret/passphrase.h"

G_BEGIN_DECLS

char    *workspace_path_check (const char *path, GError **error);
gboolean workspace_create_check (const char *path, const WorkspaceFile *file, GError **error);
void     workspace_create (AgentStore          *store,
                           DmcHelper           *helper,
                           const char          *path,
                           const WorkspaceFile *file,
                           const char          *user,
                           DmcPassphrase       *passphrase,
                           DmcJob              *job);

G_END_DECLS
