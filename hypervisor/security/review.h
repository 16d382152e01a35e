/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What domains hold by permissions that were asked for once: mapped grants, event channels, virtual
 * interrupts, the display. A review walks over all of it, some at a time, and asks a policy again:
 * before that takes over, to say what would end, and afterwards, to end it.
 */
#ifndef HV_SECURITY_REVIEW_H
#define HV_SECURITY_REVIEW_H

#include "core/domain.h"
#include "security/hook-table.h"
#include "security/policy.h"

#define HV_REVIEW_PART 64u /* entries looked at in one slice */

struct hv_review {
  const struct hv_policy *policy;
  bool revoke;     /* take back what is not allowed, and record that; else only count it */
  uint32_t step;   /* which kind is looked at */
  uint32_t cursor; /* where, within that kind */
  uint32_t grants, channels, interrupts, displays; /* not allowed */
};

/* Whether what `subject` has by this permission ends. `object` is NULL for the machine. */
bool hv_review_ends (const struct hv_review *review,
                     const struct hv_domain *subject,
                     const struct hv_domain *object,
                     enum hv_hook hook);
/* Looks at some more; -> whether all has been seen. */
bool hv_review_slice (struct hv_review *review);

#endif
