/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The resource guard: a domain spends no more than the policy's budget for its label says.
 *
 * What happens often is metered by rate: each domain has a bucket that fills steadily up to a
 * second's worth. What is asked for is done at once, and may overdraw the bucket; then the
 * domain's vCPUs stand still until it has credit again. So nothing is lost that a guest relies on, and
 * an attacker pays with its own time. What is held is counted, and refused past the budget; who asks for it
 * waits a moment, too. Time and energy become a cap of the scheduler.
 */
#ifndef HV_GUARD_H
#define HV_GUARD_H

#include <stdbool.h>
#include <pv/guard.h>
#include "core/timer.h"

struct hv_domain;

struct hv_bucket {
  int32_t credit;     /* what may be done now; below 0: the domain waits */
  uint32_t throttled; /* how often that came to pass */
  hv_ticks filled;    /* until when it was filled */
  uint64_t added;     /* all that ever came in: `credit` less is what was spent */
};

struct hv_guard {
  struct hv_bucket bucket[PV_GUARD_RATES];
  uint32_t budget[PV_GUARD_RESOURCES]; /* PV_GUARD_UNLIMITED: none */
  uint32_t refused[PV_GUARD_RESOURCES];
  struct hv_timer timer; /* ends the wait */
  uint32_t cap_percent;  /* by the budgets of time and energy; 0: none */
};

/* Gives a domain the budgets of its label; its buckets are full. */
void hv_guard_init (struct hv_domain *domain);
/* The budgets of the policy that holds now, whatever was set before. */
void hv_guard_reload (struct hv_domain *domain);
void hv_guard_stop (struct hv_domain *domain);

/* Whether the domain may hold so much of PV_GUARD_MEMORY (KiB) or PV_GUARD_CHANNELS; counts a no. */
bool hv_guard_may_hold (struct hv_domain *domain, enum pv_guard_resource resource, uint32_t amount);

/* For commands of domctl: reports, and sets the budgets of the mask. 0, or -XEN_EINVAL. */
void hv_guard_get (const struct hv_domain *domain, struct pv_guard *guard);
long hv_guard_set (struct hv_domain *domain, const struct pv_guard *guard);
/* Tightens all budgets of domains but the control domain's to so many percent; 0 < percent <= 100. */
void hv_guard_scale (uint32_t percent);

/* The bucket is overdrawn: fills it, or has the domain wait. */
void hv_guard_overdrawn (struct hv_domain *domain, uint32_t resource);

#define hv_guard_spend(domain, resource, amount)                                                   \
  do {                                                                                             \
    struct hv_bucket *bucket_ = &(domain)->guard.bucket[resource];                                 \
    if (__builtin_expect ((bucket_->credit -= (int32_t)(amount)) < 0, 0))                          \
      hv_guard_overdrawn (domain, resource);                                                       \
  } while (0)

#endif
