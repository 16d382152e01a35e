/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "agent/guard.h"
#include "launcher/view.h"
#include "policy-doc/service.h"
#include "policy-doc/state.h"

G_BEGIN_DECLS

/* Stands between the programs of one open workspace and what has a label. At launch it turns a program's label into rules
 * for the launcher; while the program runs it answers what depends on history, and keeps that history in the vault; when
 * another policy is loaded it takes back what that no longer allows. */
#define AGENT_TYPE_MEDIATOR (agent_mediator_get_type ())
G_DECLARE_FINAL_TYPE (AgentMediator, agent_mediator, AGENT, MEDIATOR, GObject)

/**
 * agent_mediator_new:
 * @policy: whose policy holds
 * @guard: (transfer none): what holds its programs to their budgets; outlives it
 * @view: whose programs
 * @vault: the vault's root directory; duplicated
 * @workspace: the workspace's id, for the audit trail
 * @error: %DMC_ERROR_INTEGRITY: the history in the vault is damaged
 *
 * Returns: (transfer full): the mediator, or %NULL
 */
AgentMediator *agent_mediator_new (DmcPolicyService *policy, AgentGuard *guard, DmcView *view, int vault, const char *workspace, GError **error);

/* The name by which contexts give the session of a desktop, and what is started from its menus, a label. Without it they have
 * none. */
#define AGENT_MEDIATOR_SESSION "desktop-session"

/* One program that is to be started. */
typedef struct {
  guint id;
  const char *subject; /* its label; NULL where the policy gives apps none */
  GStrv rules;         /* NULL: nothing has to be confined */
  int joins[4];        /* control groups to enter */
  guint n_joins;
  gboolean asks_network; /* only TCP will work */
} AgentConfinement;

void agent_confinement_clear (AgentConfinement *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AgentConfinement, agent_confinement_clear)

/**
 * agent_mediator_confine:
 * @self: the mediator
 * @app: (nullable): the app's id; NULL for a bare command
 * @record: (nullable): the key of its record, if it was installed in the workspace
 * @subject: (nullable): a label to start it under instead of its own and the policy's
 * @confinement: (out): what to start it with
 * @error: %DMC_ERROR_DENIED: the policy has no label for it; %DMC_ERROR_NOT_FOUND: there is no label @subject
 *
 * Turns the label of an app into rules. The program counts as running from now until agent_mediator_failed() or its end.
 */
gboolean agent_mediator_confine (AgentMediator *self, const char *app, const char *record, const char *subject,
                                 AgentConfinement *confinement, GError **error);
void agent_mediator_started (AgentMediator *self, guint id, int pid);
void agent_mediator_failed (AgentMediator *self, guint id);

/**
 * agent_mediator_may_cross:
 * @self: the mediator
 * @out: from the desktop to who looks at it, or the other way
 *
 * Whether the clipboard may cross the border of the workspace's desktop: by the label of its session, which speaks for all of its
 * apps, since X cannot tell them apart. A denial is recorded.
 */
gboolean agent_mediator_may_cross (AgentMediator *self, gboolean out);

/* The label that an app would be started under: (transfer none) (nullable) */
const char *agent_mediator_subject_for (AgentMediator *self, const char *app, const char *record);

/* The label that an app has of its own since it was installed, by the key of its record: (transfer none) (nullable). Setting it is
 * for this time that the workspace is open; app_labels_store() is for good. */
const char *agent_mediator_get_own_label (AgentMediator *self, const char *record);
void        agent_mediator_set_own_label (AgentMediator *self, const char *record, const char *label);

/* The label that the program which @pid (in the workspace) was started as has: (transfer none) (nullable) */
const char *agent_mediator_subject_of (AgentMediator *self, int pid);

/* What each program with a budget uses: (transfer full): an array of {workspace, app?, pid, label, memory, cpu, processes} */
JsonArray *agent_mediator_usage (AgentMediator *self);

/**
 * agent_mediator_set_budget:
 * @self: the mediator
 * @pid: of a program that it has started, in the workspace
 * @wish: members memory, cpu and processes: numbers, or null for none; what is missing stays
 *
 * Gives a running program another budget, which holds until it ends or another policy is loaded.
 *
 * Returns: (transfer full) (nullable): what agent_mediator_usage() says of it now, or NULL with @error set
 */
JsonObject *agent_mediator_set_budget (AgentMediator *self, gint64 pid, JsonObject *wish, GError **error);

/* What is to be known of the programs that run, to be given to agent_mediator_adopt() when they have been resumed:
 * (transfer full) */
JsonArray *agent_mediator_to_record (AgentMediator *self);

/**
 * agent_mediator_adopt_async:
 * @self: the mediator of a view that has just come back, with the programs that @record tells of
 * @record: (nullable): from agent_mediator_to_record()
 *
 * Goes on mediating for them. What the policy that holds now does not allow them is taken back, and they get their budgets again.
 */
void     agent_mediator_adopt_async (AgentMediator *self, JsonArray *record, GAsyncReadyCallback callback, gpointer user_data);
gboolean agent_mediator_adopt_finish (GAsyncResult *result, GError **error);

/* What loading @document would take back: (transfer full): an array of {workspace, app?, pid, label, effect, reason} */
JsonArray *agent_mediator_preview (AgentMediator *self, DmcPolicyDocument *document);

/* Takes back what the policy that holds now no longer allows; the task returns how much. */
void agent_mediator_revoke_async (AgentMediator *self, GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
