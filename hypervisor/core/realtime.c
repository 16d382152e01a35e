/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/realtime.h"

#include <xen/errno.h>
#include "core/domain.h"
#include "core/sched.h"
#include "platform/platform.h"

bool
hv_realtime_better (const struct hv_vcpu *vcpu, const struct hv_vcpu *other)
{
  return vcpu->realtime && (!other->realtime || vcpu->deadline < other->deadline);
}

void
hv_realtime_enqueue (struct hv_vcpu *vcpu)
{
  struct hv_list *queue = &hv_cpus[vcpu->home].realtime, *place = queue;
  while (place->prev != queue
         && HV_LIST_ITEM (place->prev, struct hv_vcpu, run_node)->deadline > vcpu->deadline)
    place = place->prev;
  hv_list_insert_after (place->prev, &vcpu->run_node);
  vcpu->queued = true;
}

static void
put_on_queue (struct hv_vcpu *vcpu)
{
  struct hv_cpu *cpu = &hv_cpus[vcpu->home];
  hv_realtime_enqueue (vcpu);
  if (!cpu->current || hv_realtime_better (vcpu, cpu->current))
    hv_sched_kick (cpu);
}

static hv_ticks
budget_of (const struct hv_domain *domain)
{
  return domain->realtime.budget_us * BOARD_TICKS_PER_US;
}

static hv_ticks
period_of (const struct hv_domain *domain)
{
  return domain->realtime.period_us * BOARD_TICKS_PER_US;
}

/* A period goes on after a wait only if what is left of the budget is not more than its share of what
   is left of the period: more would be taken from others. */
void
hv_realtime_wake (struct hv_vcpu *vcpu, hv_ticks now)
{
  hv_ticks budget = budget_of (vcpu->domain), period = period_of (vcpu->domain);
  if (now >= vcpu->deadline
      || (hv_ticks)vcpu->budget_left * period > (vcpu->deadline - now) * budget) {
    vcpu->deadline = now + period;
    vcpu->budget_left = (int64_t)budget;
  }
  put_on_queue (vcpu);
}

void
hv_realtime_charge (struct hv_vcpu *vcpu, hv_ticks ran)
{
  vcpu->credit = HV_CREDIT_REALTIME; /* it has no share to use up */
  vcpu->budget_left -= (int64_t)ran;
  if (vcpu->budget_left > 0)
    return;
  vcpu->held |= HV_HELD_THROTTLED;
  hv_timer_set (&vcpu->refill, vcpu->deadline);
  hv_sched_update (vcpu);
}

void
hv_realtime_refill (struct hv_timer *timer, hv_ticks now)
{
  struct hv_vcpu *vcpu = HV_LIST_ITEM (timer, struct hv_vcpu, refill);
  hv_ticks period = period_of (vcpu->domain);
  vcpu->deadline = vcpu->deadline + period > now ? vcpu->deadline + period : now + period;
  vcpu->budget_left += (int64_t)budget_of (vcpu->domain);
  vcpu->held &= (uint8_t)~HV_HELD_THROTTLED;
  if (vcpu->held == 0 && !vcpu->queued && !hv_sched_runs (vcpu))
    put_on_queue (vcpu);
}

/* ---- admission ---- */

static uint32_t
load_of (uint32_t budget_us, uint32_t period_us)
{
  return (budget_us * 1000 + period_us - 1) / period_us;
}

/* Thousandths of each processor that are promised, without those to `except`. */
static void
promised (const struct hv_domain *except, uint32_t load[HV_CPUS])
{
  for (uint32_t i = 0; i < HV_CPUS; i++)
    load[i] = 0;
  for (uint32_t i = 0; i < HV_DOMAINS; i++) {
    const struct hv_domain *domain = &hv_domains[i];
    if (domain->life == HV_LIFE_FREE || domain == except || domain->realtime.period_us == 0)
      continue;
    for (uint32_t j = 0; j < domain->vcpus; j++)
      load[domain->vcpu[j].home] += load_of (domain->realtime.budget_us, domain->realtime.period_us);
  }
}

/* The processor with the least load, of those that the vCPU may run on; -XEN_ENOSPC. */
static long
place (const struct hv_vcpu *vcpu, uint32_t wanted, uint32_t load[HV_CPUS])
{
  uint32_t best = HV_CPUS;
  for (uint32_t i = 0; i < hv_cpus_online; i++)
    if ((vcpu->affinity >> i & 1) != 0 && (best == HV_CPUS || load[i] < load[best]))
      best = i;
  if (best == HV_CPUS || load[best] + wanted > HV_REALTIME_LOAD_MAX)
    return -XEN_ENOSPC;
  load[best] += wanted;
  return (long)best;
}

/* Off its queue and on again, as `change` made it; when it runs, as soon as it is off its processor. */
static void
change_class (struct hv_vcpu *vcpu, bool realtime, uint32_t home)
{
  vcpu->held |= HV_HELD_MOVING;
  vcpu->held &= (uint8_t)~HV_HELD_THROTTLED;
  hv_sched_update (vcpu);
  hv_timer_cancel (&vcpu->refill);
  vcpu->realtime = realtime;
  vcpu->limited = realtime || vcpu->domain->cap_percent > 0;
  vcpu->home = (uint8_t)home;
  vcpu->deadline = 0;
  vcpu->budget_left = (int64_t)budget_of (vcpu->domain);
  vcpu->counted_ticks = vcpu->run_ticks;
  vcpu->credit = realtime ? HV_CREDIT_REALTIME : 0;
  if (hv_sched_runs (vcpu))
    return;
  vcpu->held &= (uint8_t)~HV_HELD_MOVING;
  hv_sched_update (vcpu);
}

long
hv_realtime_set (struct hv_domain *domain, uint32_t budget_us, uint32_t period_us)
{
  uint32_t load[HV_CPUS];
  long home[HV_VCPUS] = { 0 };
  if (period_us != 0
      && (period_us < HV_REALTIME_PERIOD_MIN || period_us > HV_REALTIME_PERIOD_MAX
          || budget_us < HV_REALTIME_BUDGET_MIN || budget_us > period_us))
    return -XEN_EINVAL;
  promised (domain, load);
  for (uint32_t i = 0; period_us != 0 && i < domain->vcpus; i++) {
    home[i] = place (&domain->vcpu[i], load_of (budget_us, period_us), load);
    if (home[i] < 0)
      return home[i];
  }
  domain->realtime.budget_us = period_us != 0 ? budget_us : 0;
  domain->realtime.period_us = period_us;
  for (uint32_t i = 0; i < domain->vcpus; i++)
    change_class (&domain->vcpu[i], period_us != 0, (uint32_t)home[i]);
  return 0;
}

long
hv_realtime_move (struct hv_vcpu *vcpu)
{
  const struct hv_domain *domain = vcpu->domain;
  uint32_t load[HV_CPUS], wanted = load_of (domain->realtime.budget_us, domain->realtime.period_us);
  promised (NULL, load);
  load[vcpu->home] -= wanted;
  long home = place (vcpu, wanted, load);
  if (home < 0)
    return home;
  change_class (vcpu, true, (uint32_t)home);
  return 0;
}
