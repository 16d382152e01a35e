/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * dmc_policy_record_access:
 * @policy: a policy document
 * @record: a record of an audit trail: an agent's names labels, a hypervisor's names types
 *
 * Which question @record is the answer to.
 *
 * Returns: (transfer full) (nullable): {subject, object, class, permission} as policy.check takes them; NULL where
 *   @policy has no such labels (any more)
 */
JsonObject *dmc_policy_record_access (JsonObject *policy, JsonObject *record);

/**
 * dmc_policy_propose_rule:
 * @policy: a policy document
 * @access: of dmc_policy_record_access()
 *
 * The narrowest rule of Type Enforcement that allows @access: between two types, one permission.
 *
 * Returns: (transfer full) (nullable): {source, target, class, permissions}; NULL where a label has no type, so that no
 *   rule can
 */
JsonObject *dmc_policy_propose_rule (JsonObject *policy, JsonObject *access);

/**
 * dmc_policy_merge_rule:
 * @policy: is changed
 * @member: of "te", as "allow"
 * @rule: as in te.allow
 *
 * Adds @rule: to the rule between the same types where there is one, else behind the others.
 *
 * Returns: the index of the rule that has it now
 */
guint dmc_policy_merge_rule (JsonObject *policy, const char *member, JsonObject *rule);

/**
 * dmc_policy_add_rule:
 * @policy: a policy document
 * @rule: as in te.allow
 *
 * A copy of @policy that has @rule, too, as dmc_policy_merge_rule() does it.
 *
 * Returns: (transfer full): the copy
 */
JsonNode *dmc_policy_add_rule (JsonNode *policy, JsonObject *rule);

G_END_DECLS
