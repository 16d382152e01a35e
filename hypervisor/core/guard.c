/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/guard.h"

#include <xen/errno.h>
#include "core/domain.h"
#include "core/sched.h"
#include "core/units.h"
#include "platform/platform.h"
#include "security/policy.h"

#define QUANTUM 64u /* a wait ends when a bucket holds one part in so many of a second's worth */
#define CPU_MIN 1u  /* percent: a domain never stands still for good */
#define REFUSED HV_MS /* that a domain waits which asks for more than it may hold */

/* Percent of their budgets that domains have now. */
static uint32_t scale = 100;

static uint32_t
scaled (const struct hv_domain *domain, uint32_t budget)
{
  if (domain->control || budget == PV_GUARD_UNLIMITED)
    return budget;
  return (uint32_t)((uint64_t)budget * scale / 100u);
}

/* Of a rate: at least one, so that every wait ends. */
static uint32_t
rate_of (const struct hv_domain *domain, uint32_t resource)
{
  uint32_t rate = scaled (domain, domain->guard.budget[resource]);
  if (rate > INT32_MAX)
    return INT32_MAX;
  return rate > 0 ? rate : 1;
}

static void
fill (struct hv_domain *domain, uint32_t resource, hv_ticks now)
{
  struct hv_bucket *bucket = &domain->guard.bucket[resource];
  uint32_t rate = rate_of (domain, resource);
  hv_ticks passed = now - bucket->filled;
  uint64_t more = passed >= HV_S ? rate : (uint64_t)passed * rate / HV_S;
  int64_t room = (int64_t)rate - bucket->credit;
  if (domain->guard.budget[resource] == PV_GUARD_UNLIMITED || (int64_t)more > room) {
    more = room > 0 ? (uint64_t)room : 0;
    bucket->filled = now;
  } else {
    bucket->filled += (more * HV_S + rate - 1) / rate; /* what is left of the time counts on */
  }
  bucket->credit += (int32_t)more;
  bucket->added += more;
}

/* Ticks until a bucket that is overdrawn has enough to go on. */
static hv_ticks
wait_of (const struct hv_domain *domain, uint32_t resource)
{
  uint32_t rate = rate_of (domain, resource);
  int64_t missing = (int64_t)(rate / QUANTUM + 1) - domain->guard.bucket[resource].credit;
  return missing > 0 ? (uint64_t)missing * HV_S / rate + 1 : 0;
}

static void
hold (struct hv_domain *domain, bool held)
{
  for (uint32_t i = 0; i < domain->vcpus; i++) {
    if (held)
      domain->vcpu[i].held |= HV_HELD_GUARD;
    else
      domain->vcpu[i].held &= (uint8_t)~HV_HELD_GUARD;
    hv_sched_update (&domain->vcpu[i]);
  }
}

static void
wait_over (struct hv_timer *timer, hv_ticks now)
{
  struct hv_domain *domain = HV_LIST_ITEM (timer, struct hv_domain, guard.timer);
  hv_ticks longest = 0;
  for (uint32_t i = 0; i < PV_GUARD_RATES; i++) {
    fill (domain, i, now);
    hv_ticks wait = domain->guard.bucket[i].credit < 0 ? wait_of (domain, i) : 0;
    if (wait > longest)
      longest = wait;
  }
  if (longest > 0)
    hv_timer_set (timer, now + longest);
  else
    hold (domain, false);
}

static void
wait_until (struct hv_domain *domain, hv_ticks then)
{
  hv_timer_set (&domain->guard.timer, then);
  hold (domain, true);
}

void
hv_guard_overdrawn (struct hv_domain *domain, uint32_t resource)
{
  struct hv_bucket *bucket = &domain->guard.bucket[resource];
  hv_ticks now = hv_platform_ticks ();
  fill (domain, resource, now);
  if (bucket->credit >= 0)
    return;
  bucket->throttled++;
  wait_until (domain, now + wait_of (domain, resource));
}

/* ---- budgets ---- */

static const uint8_t policy_resource[PV_GUARD_RESOURCES] = {
  [PV_GUARD_EVENTS] = POL_RESOURCE_EVENTS,   [PV_GUARD_GRANTS] = POL_RESOURCE_GRANTS,
  [PV_GUARD_PAGING] = POL_RESOURCE_PAGING,   [PV_GUARD_CONSOLE] = POL_RESOURCE_CONSOLE,
  [PV_GUARD_MEMORY] = POL_RESOURCE_MEMORY,   [PV_GUARD_CPU] = POL_RESOURCE_CPU,
  [PV_GUARD_ENERGY] = POL_RESOURCE_ENERGY,   [PV_GUARD_CHANNELS] = POL_RESOURCE_CHANNELS,
};

static uint32_t
policy_budget (const struct pol_label *label, uint32_t resource)
{
  if (!hv_policy
      || (hv_policy->bundle.image.header->models & POL_BIT (POL_MODEL_GUARD)) == 0)
    return PV_GUARD_UNLIMITED;
  return hv_policy->bundle.image.subjects[label->subject].budget[policy_resource[resource]];
}

/* Time and energy are one thing to the scheduler: a share of a processor. */
static void
set_cap (struct hv_domain *domain)
{
  struct hv_guard *guard = &domain->guard;
  uint32_t cpu = scaled (domain, guard->budget[PV_GUARD_CPU]);
  uint32_t energy = scaled (domain, guard->budget[PV_GUARD_ENERGY]);
  uint32_t cap = cpu;
  if (energy != PV_GUARD_UNLIMITED && (uint64_t)energy * 100u / BOARD_ACTIVE_MW < cap)
    cap = (uint32_t)((uint64_t)energy * 100u / BOARD_ACTIVE_MW);
  if (cap >= 100u * domain->vcpus)
    cap = 0;
  else if (cap < CPU_MIN)
    cap = CPU_MIN;
  if (cap != guard->cap_percent) {
    guard->cap_percent = cap;
    hv_sched_set_cap (domain, domain->cap_percent);
  }
}

/* After a change: time and energy as they are now, and who waits may not have to any more. */
static void
apply (struct hv_domain *domain)
{
  set_cap (domain);
  if ((domain->vcpu[0].held & HV_HELD_GUARD) != 0)
    wait_over (&domain->guard.timer, hv_platform_ticks ());
}

static void
set_budget (struct hv_domain *domain, uint32_t resource, uint32_t budget)
{
  struct hv_guard *guard = &domain->guard;
  guard->budget[resource] = budget;
  if (resource < PV_GUARD_RATES && guard->bucket[resource].credit > (int32_t)rate_of (domain, resource)) {
    guard->bucket[resource].added
        -= (uint32_t)(guard->bucket[resource].credit - (int32_t)rate_of (domain, resource));
    guard->bucket[resource].credit = (int32_t)rate_of (domain, resource);
  }
  if (resource < PV_GUARD_RATES)
    fill (domain, resource, hv_platform_ticks ());
}

void
hv_guard_reload (struct hv_domain *domain)
{
  for (uint32_t i = 0; i < PV_GUARD_RESOURCES; i++)
    set_budget (domain, i, policy_budget (domain->label, i));
  apply (domain);
}

void
hv_guard_init (struct hv_domain *domain)
{
  hv_timer_init (&domain->guard.timer, wait_over);
  for (uint32_t i = 0; i < PV_GUARD_RATES; i++)
    domain->guard.bucket[i].filled = hv_platform_ticks () - HV_S; /* they begin full */
  hv_guard_reload (domain);
}

void
hv_guard_stop (struct hv_domain *domain)
{
  hv_timer_cancel (&domain->guard.timer);
}

bool
hv_guard_may_hold (struct hv_domain *domain, enum pv_guard_resource resource, uint32_t amount)
{
  if (amount <= scaled (domain, domain->guard.budget[resource]))
    return true;
  domain->guard.refused[resource]++;
  const struct hv_vcpu *caller = hv_this_cpu ()->current;
  if (caller && caller->domain == domain) /* not where another asks for it */
    wait_until (domain, hv_platform_ticks () + REFUSED);
  return false;
}

void
hv_guard_get (const struct hv_domain *domain, struct pv_guard *out)
{
  const struct hv_guard *guard = &domain->guard;
  *out = (struct pv_guard){ .scale = domain->control ? 100 : scale,
                            .active_mw = BOARD_ACTIVE_MW,
                            .cap_percent = guard->cap_percent };
  for (uint32_t i = 0; i < PV_GUARD_RESOURCES; i++) {
    out->budget[i] = guard->budget[i];
    out->throttled[i] = i < PV_GUARD_RATES ? guard->bucket[i].throttled : guard->refused[i];
    if (i < PV_GUARD_RATES)
      out->used[i] = guard->bucket[i].added - (uint64_t)(int64_t)guard->bucket[i].credit;
  }
  out->used[PV_GUARD_MEMORY] = domain->pages * (HV_PAGE_SIZE / 1024u);
  out->used[PV_GUARD_CHANNELS] = domain->events_used;
}

long
hv_guard_set (struct hv_domain *domain, const struct pv_guard *guard)
{
  if (guard->set >> PV_GUARD_RESOURCES != 0)
    return -XEN_EINVAL;
  for (uint32_t i = 0; i < PV_GUARD_RESOURCES; i++)
    if ((guard->set >> i & 1) != 0)
      set_budget (domain, i, guard->budget[i]);
  apply (domain);
  return 0;
}

void
hv_guard_scale (uint32_t percent)
{
  scale = percent;
  for (uint32_t i = 0; i < HV_DOMAINS; i++)
    if (hv_domains[i].life > HV_LIFE_BUILDING)
      apply (&hv_domains[i]);
}
