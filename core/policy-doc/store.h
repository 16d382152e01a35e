/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "policy-doc/document.h"

G_BEGIN_DECLS

/**
 * dmc_policy_store_read:
 * @path: the file of the loaded policy
 * @error: return location: %DMC_ERROR_INTEGRITY where the file holds no valid policy, %DMC_ERROR_IO
 * where it cannot be read
 *
 * Reads the policy that holds: the one in @path, or the default one where there is no such file.
 *
 * Returns: (transfer full): the policy
 */
DmcPolicyDocument *dmc_policy_store_read (const char *path, GError **error);

/**
 * dmc_policy_store_write:
 * @path: the file of the loaded policy
 * @document: the policy
 * @error: return location: %DMC_ERROR_IO
 *
 * Replaces the file as a whole; whoever reads it sees the old or the new policy, after a power cut
 * too.
 */
gboolean
dmc_policy_store_write (const char *path, const DmcPolicyDocument *document, GError **error);

G_END_DECLS
