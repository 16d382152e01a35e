/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "policy-doc/document.h"

G_BEGIN_DECLS

/* The resource guard of a host: holds apps to the budgets of their labels by control groups, of version 2 where they are
 * delegated to this process, of version 1 where it may make them, and by limits of each process where there are none. */
typedef struct _AgentGuard AgentGuard;

AgentGuard *agent_guard_new (void);
void        agent_guard_free (AgentGuard *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AgentGuard, agent_guard_free)

/* "cgroup2", "cgroup1" or "rlimit" */
const char *agent_guard_get_backend (AgentGuard *self);

/**
 * agent_guard_open:
 * @self: the guard
 * @name: of the app's group; unique, letters and digits
 * @budget: what it may use
 * @joins: (out caller-allocates) (array length=n_joins): descriptors for DmcViewLabel; to be closed by the caller
 * @rules: what to add to the rules of the launch where there are no groups
 *
 * Makes the group of an app that is about to be started.
 */
void agent_guard_open (AgentGuard *self, const char *name, const DmcPolicyBudget *budget, int joins[4], guint *n_joins,
                       GStrvBuilder *rules);

/* Other budgets for a group, or the same after the host's state has changed. */
void agent_guard_set (AgentGuard *self, const char *name, const DmcPolicyBudget *budget);

/* (nullable) (transfer none): what the group may use, before battery and pressure tighten it */
const DmcPolicyBudget *agent_guard_get_budget (AgentGuard *self, const char *name);

/* Removes the group of an app that has ended. */
void agent_guard_close (AgentGuard *self, const char *name);

/* {memory: {budget, used, throttled}, cpu: …, processes: …}: KiB, percent (used: ns of processor time), number: (transfer full) */
JsonObject *agent_guard_usage (AgentGuard *self, const char *name);

/* Folders that groups are made in, of each hierarchy: (transfer full) */
GStrv agent_guard_list_folders (AgentGuard *self);

/* How much of their processor budget apps get now, in percent: less on a low battery and under pressure. */
guint agent_guard_get_share (AgentGuard *self);

/* {percent, discharging, pressure}: (transfer full) */
JsonObject *agent_guard_describe (AgentGuard *self);

G_END_DECLS
