/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy that holds. */
#ifndef HV_SECURITY_POLICY_H
#define HV_SECURITY_POLICY_H

#include <policy/bundle.h>

/* The names of the labels that must be there. */
#define HV_LABEL_CONTROL "control_t"
#define HV_LABEL_GUEST   "guest_t"
#define HV_LABEL_MACHINE "machine"

/* Takes the policy in flash, or the built-in rules where there is none; one that is damaged ends
 * the start-up. */
void hv_policy_init (const void *flash, uint32_t size);
/* The label of this name (at most POL_LABEL_MAX bytes, ended), or NULL. */
const struct pol_label *hv_policy_label (const char *type);
/* PV_POLICY_*, for the host's information. */
uint32_t hv_policy_state (void);

#endif
