/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/workspace-settings.h"
#include "launcher/view.h"

G_BEGIN_DECLS

/* Where CUPS takes what is to be printed, in the workspace and, unless the environment says otherwise, on the host. */
#define AGENT_PRINTERS_SOCKET "/run/cups/cups.sock"

/* What a view is bound to of this host, as its launcher takes it. */
typedef struct {
  GPtrArray *rules;  /* texts, NULL-terminated once collected */
  GArray    *shared; /* descriptors */
} AgentBindings;

AgentBindings *agent_bindings_collect (const WorkspaceSettings *settings, gboolean suspendable, GError **error);
void           agent_bindings_configure (const AgentBindings *self, DmcViewConfig *config);
void           agent_bindings_free (AgentBindings *self);
const char    *agent_bindings_get_printers (void); /* the host's socket, which may not be there */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AgentBindings, agent_bindings_free)

G_END_DECLS
