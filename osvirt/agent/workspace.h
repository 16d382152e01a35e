/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "agent/desktop.h"
#include "agent/host-traces.h"
#include "agent/launchpad.h"
#include "agent/mediator.h"
#include "agent/translator.h"
#include "agent/workspace-file.h"
#include "apps/layer.h"
#include "apps/process-table.h"
#include "launcher/view.h"
#include "storage/medium.h"
#include "vault/vault.h"

G_BEGIN_DECLS

typedef enum {
  WORKSPACE_CLOSED,
  WORKSPACE_OPENING,
  WORKSPACE_OPEN,
  WORKSPACE_CLOSING,
  WORKSPACE_SUSPENDING, /* still open if that fails */
  WORKSPACE_SUSPENDED,  /* closed, and its programs wait in an image */
  WORKSPACE_LOST,
} WorkspaceState;

typedef enum {
  WORKSPACE_EVENT_OPEN,   /* somebody asked to open it */
  WORKSPACE_EVENT_FAILED, /* opening did not work out and was undone */
  WORKSPACE_EVENT_READY,  /* vault and view stand */
  WORKSPACE_EVENT_CLOSE,  /* somebody asked to close it, or its view ended by itself */
  WORKSPACE_EVENT_DONE,   /* everything is detached */
  WORKSPACE_EVENT_LOSE,   /* its folder went away or is damaged */
  WORKSPACE_EVENT_FIND,   /* its folder is there */
  WORKSPACE_EVENT_SUSPEND, /* somebody asked to suspend it */
  WORKSPACE_EVENT_KEPT,    /* the image is safe; what runs ends */
} WorkspaceEvent;

/* One workspace that this host knows: what its medium says about it, its state, and while it is open
 * its vault, its view and what runs in it.
 * Signals: "changed" (): to_json() gives something else now.
 *          "started" (int pid, const char *app), "exited" (int pid, int wait_status, const char *app): a
 *          program of agent_workspace_started(); @app is NULL for a bare command.
 *          "ended" (): its view or its vault ended without having been asked to.
 *          "desktop-failed" (): its desktop did. */
#define AGENT_TYPE_WORKSPACE (agent_workspace_get_type ())
G_DECLARE_FINAL_TYPE (AgentWorkspace, agent_workspace, AGENT, WORKSPACE, GObject)

AgentWorkspace *agent_workspace_new (const char *path, const WorkspaceFile *file);
AgentWorkspace *agent_workspace_new_lost (const char *path, const char *id, const char *name);

const char          *agent_workspace_get_id (AgentWorkspace *self);
const char          *agent_workspace_get_name (AgentWorkspace *self);
const char          *agent_workspace_get_path (AgentWorkspace *self);
const WorkspaceFile *agent_workspace_get_file (AgentWorkspace *self);
LayerBelow agent_workspace_get_layer_below (AgentWorkspace *self, gboolean reduced);
WorkspaceState       agent_workspace_get_state (AgentWorkspace *self);
const char          *agent_workspace_get_state_name (AgentWorkspace *self);
DmcView             *agent_workspace_get_view (AgentWorkspace *self);
DmcVault            *agent_workspace_get_vault (AgentWorkspace *self);
ProcessTable        *agent_workspace_get_processes (AgentWorkspace *self);
GPtrArray           *agent_workspace_get_catalog (AgentWorkspace *self);
AgentDesktop        *agent_workspace_get_desktop (AgentWorkspace *self);
AgentMediator       *agent_workspace_get_mediator (AgentWorkspace *self);
AgentLaunchpad      *agent_workspace_get_launchpad (AgentWorkspace *self);
/* What it lies on; NULL unless it is open. */
const Medium        *agent_workspace_get_medium (AgentWorkspace *self);

gboolean agent_workspace_step (AgentWorkspace *self, WorkspaceEvent event, GError **error);
gboolean agent_workspace_is_at_rest (AgentWorkspace *self);
gboolean agent_workspace_require_not_suspended (AgentWorkspace *self, GError **error);
gboolean agent_workspace_require_open (AgentWorkspace *self, GError **error);

void agent_workspace_found (AgentWorkspace *self, const char *path, const WorkspaceFile *file);
AgentSession *agent_workspace_get_session (AgentWorkspace *self);
void     agent_workspace_set_bound (AgentWorkspace *self, const WorkspaceSettings *settings, AgentSession *session,
                                    AgentTranslator *translator);
const WorkspaceSettings *agent_workspace_get_bound (AgentWorkspace *self);
/* (transfer none) (nullable): of its network; NULL without one */
AgentTranslator *agent_workspace_get_translator (AgentWorkspace *self);
void     agent_workspace_set_translator (AgentWorkspace *self, AgentTranslator *translator);
gboolean agent_workspace_configure (AgentWorkspace *self, const char *name, JsonObject *changes, GError **error);
gboolean agent_workspace_set_suspended (AgentWorkspace *self, gint64 suspended_us, GError **error);
const char *agent_workspace_get_problem (AgentWorkspace *self);
void agent_workspace_lost (AgentWorkspace *self, const char *problem);
/* What is wrong with it while it is still in use, a sentence for a person; told with the next change. */
void agent_workspace_set_problem (AgentWorkspace *self, const char *problem);
void agent_workspace_set_used (AgentWorkspace *self, guint64 used_bytes);
void agent_workspace_attach (AgentWorkspace *self, DmcVault *vault, DmcView *view, AgentMediator *mediator);
/* (transfer full): what the host was before it was opened */
void        agent_workspace_set_traces (AgentWorkspace *self, HostTraces *traces);
HostTraces *agent_workspace_steal_traces (AgentWorkspace *self);
void agent_workspace_set_desktop (AgentWorkspace *self, AgentDesktop *desktop);
void agent_workspace_set_launchpad (AgentWorkspace *self, AgentLaunchpad *launchpad);
void agent_workspace_set_recovered (AgentWorkspace *self, const char *recovered);
void agent_workspace_add_note (AgentWorkspace *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void agent_workspace_detach (AgentWorkspace *self);
void agent_workspace_started (AgentWorkspace *self, int pid, const char *app);
void agent_workspace_set_catalog (AgentWorkspace *self, GPtrArray *catalog, const char *icon_dir);
void agent_workspace_changed (AgentWorkspace *self);

JsonNode *agent_workspace_to_json (AgentWorkspace *self);

G_END_DECLS
