/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "policy-doc/document.h"

G_BEGIN_DECLS

/* Which label of the policy each app of a workspace has of its own: from the manifest of its bundle, or as it was installed.
 * It is kept in the vault by the key of the app's record, where no app can change it. */

/**
 * app_labels_load:
 * @vault: the vault's root directory
 * @error: %DMC_ERROR_INTEGRITY
 *
 * Returns: (transfer full) (nullable): key → label
 */
GHashTable *app_labels_load (int vault, GError **error);

/**
 * app_labels_store:
 * @vault: the vault's root directory
 * @key: of the app's record
 * @label: (nullable): %NULL: it has none any more
 * @error: %DMC_ERROR_IO, %DMC_ERROR_INTEGRITY
 *
 * Notes it on the medium; blocks. Whoever calls it has claimed the workspace for its work (package_work_claim()).
 */
gboolean app_labels_store (int vault, const char *key, const char *label, GError **error);

/**
 * app_labels_choose:
 * @document: the policy
 * @given: (nullable): the label that whoever installs it has chosen
 * @brought: (nullable): the label that its manifest asks for
 * @label: (out) (nullable): the one of the two that it gets
 * @error: %DMC_ERROR_NOT_FOUND: the policy has no label @given; %DMC_ERROR_DENIED: it lets no app bring @brought
 */
gboolean app_labels_choose (DmcPolicyDocument *document, const char *given, const char *brought, const char **label, GError **error);

/**
 * app_labels_take:
 * @vault: the vault's root directory
 * @policy: as for app_labels_choose()
 * @manifest: of a bundle that is about to be taken in
 * @given: (nullable): the label that whoever installs it has chosen
 * @label: (out) (nullable): the one that it gets; owned by the others
 * @error: as of app_labels_choose() and app_labels_store()
 *
 * Chooses a bundle's label and notes it; blocks.
 */
gboolean app_labels_take (int vault, DmcPolicyDocument *policy, JsonObject *manifest, const char *given, const char **label, GError **error);

G_END_DECLS
