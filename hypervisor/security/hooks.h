/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where core asks whether a domain may do something to another, to itself or to the machine.
 *
 * What was decided is remembered twice: by labels in the policy engine, and, for what happens all
 * the time, in the object itself.
 */
#ifndef HV_SECURITY_HOOKS_H
#define HV_SECURITY_HOOKS_H

#include <xen/errno.h>
#include "core/domain.h"
#include "security/hook-table.h"

/* 0, or -XEN_EPERM and a record of the refusal. */
int hv_decide (const struct hv_domain *subject, const struct hv_domain *object, enum hv_hook hook);
/* The same; `*kept` becomes true where the answer holds as long as the policy. */
int hv_decide_keep (const struct hv_domain *subject,
                    const struct hv_domain *object,
                    enum hv_hook hook,
                    bool *kept);
/* Whether the subject may have a domain of this label: HV_DOMAIN_CREATE. */
int hv_may_create (const struct hv_domain *subject, const struct pol_label *label)
    __attribute__ ((warn_unused_result));

/* 0, or -XEN_EPERM. `object` is NULL for the machine. */
static inline int __attribute__ ((warn_unused_result))
hv_may (const struct hv_domain *subject, const struct hv_domain *object, enum hv_hook hook)
{
  if (object == subject && (subject->may_own[hook / 32u] >> hook % 32u & 1u) != 0)
    return 0;
  return hv_decide (subject, object, hook);
}

/* The same for an object that keeps the permission: `kept` is false in a new one. */
static inline int __attribute__ ((warn_unused_result)) hv_may_keep (const struct hv_domain *subject,
                                                                    const struct hv_domain *object,
                                                                    enum hv_hook hook,
                                                                    bool *kept)
{
  if (*kept)
    return 0;
  return hv_decide_keep (subject, object, hook, kept);
}

struct hv_policy;
/* Whether a policy, which need not be the one that holds, allows this; object by its index. One that
   only watches allows everything. Nothing is recorded. */
bool hv_may_under (const struct hv_policy *policy,
                   const struct pol_label *subject,
                   uint32_t object,
                   enum hv_hook hook);
/* Records that something was taken back that this permission had been needed for. */
void hv_audit_revoked (const struct hv_domain *subject,
                       const struct hv_domain *object,
                       enum hv_hook hook);

#endif
