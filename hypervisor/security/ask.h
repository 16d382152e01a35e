/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the domain that looks after the policy may ask about the one that holds (pv/policy.h). */
#ifndef HV_SECURITY_ASK_H
#define HV_SECURITY_ASK_H

#include "security/policy.h"

long hv_policy_status (struct pv_policy_op *op);
long hv_policy_read (struct pv_policy_op *op);
long hv_policy_check (struct pv_policy_op *op);
long hv_policy_history (struct pv_policy_op *op);
long hv_policy_add_history (struct pv_policy_op *op);

/* Adds what a subject of one policy has accessed and sunk to to the same under another. */
void hv_history_copy (const struct hv_policy *from,
                      uint32_t from_subject,
                      const struct hv_policy *to,
                      uint32_t to_subject);

#endif
