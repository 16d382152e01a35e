/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "policy-doc/document.h"
#include "policy/bundle.h"

G_BEGIN_DECLS

/**
 * dmc_policy_bundle_new:
 * @document: a policy
 * @error: return location: %DMC_ERROR_PARAMS naming the label that is not complete
 *
 * Makes what the hypervisor loads (policy/bundle.h). A subject label NAME of a domain has an object
 * NAME, which is the domain to others, and an object NAME:self, which it is to itself; its type
 * names it and is that of no other. The object `machine` stands for what belongs to no domain.
 *
 * Returns: (transfer full) (nullable): the bundle
 */
GBytes *dmc_policy_bundle_new (const DmcPolicyDocument *document, GError **error);

/**
 * dmc_policy_bundle_read:
 * @bytes: a bundle, from anywhere: nothing in it is believed
 * @error: return location: %DMC_ERROR_INTEGRITY
 *
 * Takes the document out that a bundle was made of, and checks that the bundle is what it makes.
 *
 * Returns: (transfer full) (nullable): the document
 */
DmcPolicyDocument *dmc_policy_bundle_read (GBytes *bytes, GError **error);

G_END_DECLS
