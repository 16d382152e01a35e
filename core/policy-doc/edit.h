/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes of a policy document as JSON: what is declared, where that is used, and another name for it everywhere. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What a policy declares by name. */
typedef enum {
  DMC_POLICY_NAME_TYPE,
  DMC_POLICY_NAME_ATTRIBUTE,
  DMC_POLICY_NAME_LEVEL,
  DMC_POLICY_NAME_CATEGORY,
  DMC_POLICY_NAME_INTEGRITY,
  DMC_POLICY_NAME_CONFLICT_CLASS,
  DMC_POLICY_NAME_DATASET,
  DMC_POLICY_NAME_SUBJECT,
  DMC_POLICY_NAME_OBJECT,
  DMC_POLICY_N_NAMES,
} DmcPolicyNameKind;

/**
 * dmc_policy_count_uses:
 * @policy: a policy document, valid or not
 * @kind: of which names
 *
 * Returns: (transfer full): a name to in how many places it is used, its declaration not counted (GUINT_TO_POINTER)
 */
GHashTable *dmc_policy_count_uses (JsonObject *policy, DmcPolicyNameKind kind);

/**
 * dmc_policy_is_declared:
 *
 * Returns: whether @policy declares @name as one of @kind; types and attributes are one name space
 */
gboolean dmc_policy_is_declared (JsonObject *policy, DmcPolicyNameKind kind, const char *name);

/**
 * dmc_policy_rename:
 * @policy: is changed
 *
 * Gives @from another name where it is declared and in every place that uses it. Does nothing where @to is declared already:
 * two would become one.
 *
 * Returns: whether it has the name @to now
 */
gboolean dmc_policy_rename (JsonObject *policy, DmcPolicyNameKind kind, const char *from, const char *to);

/**
 * dmc_policy_rename_member:
 *
 * Gives a member of @object another name and leaves it in its place. @to must not be there.
 */
void dmc_policy_rename_member (JsonObject *object, const char *from, const char *to);

/**
 * dmc_policy_own_object:
 *
 * Returns: (transfer none): the object that is @member of @object, which it gets where it has none
 */
JsonObject *dmc_policy_own_object (JsonObject *object, const char *member);

/* The same for an array: (transfer none) */
JsonArray *dmc_policy_own_array (JsonObject *object, const char *member);

/**
 * dmc_policy_swap_elements:
 *
 * Changes places of two elements of @array, which may be any numbers.
 *
 * Returns: whether both are there
 */
gboolean dmc_policy_swap_elements (JsonArray *array, int one, int other);

/**
 * dmc_policy_path:
 * @path: (nullable): where the object is
 *
 * Returns: (transfer full): the place of @member in it, as problems name it
 */
char *dmc_policy_path (const char *path, const char *member);

G_END_DECLS
