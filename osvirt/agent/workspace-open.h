/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/helper-finder.h"
#include "agent/workspace.h"
#include "policy-doc/service.h"
#include "rpc/job.h"
#include "secret/passphrase.h"

G_BEGIN_DECLS

typedef enum {
  WORKSPACE_OPEN_COLD,   /* refuse if programs are suspended in it */
  WORKSPACE_OPEN_FORCE,  /* drop them */
  WORKSPACE_OPEN_RESUME, /* bring them back; needs an address */
} WorkspaceOpenHow;

/* Where its apps show their windows. */
typedef struct {
  gboolean    host;    /* they may use the host's display */
  const char *address; /* where to show a desktop of its own; NULL for none */
  guint       dpi;     /* that desktop is drawn for */
} WorkspaceShown;

void workspace_open (AgentWorkspace *workspace,
                     DmcHelper      *helper,
                     HelperFinder   *finder,
                     const char     *user,
                     DmcPassphrase  *passphrase,
                     DmcPolicyService *policy,
                     AgentGuard     *guard,
                     WorkspaceOpenHow how,
                     WorkspaceSettings *settings,
                     HostTraces     *traces,
                     const WorkspaceShown *shown,
                     DmcJob         *job);

G_END_DECLS
