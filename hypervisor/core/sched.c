/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/sched.h"

#include <xen/errno.h>
#include "arch/arch.h"
#include "core/domain.h"
#include "core/realtime.h"
#include "core/share.h"
#include "platform/platform.h"

#define WAKE_LEAD  (1u * HV_MS) /* credit by which a woken vCPU must be ahead to preempt */
#define CAP_PERIOD (20u * HV_MS)

struct hv_cpu hv_cpus[HV_CPUS];
uint32_t hv_cpus_online = 1;
struct hv_list hv_run_queue;
static uint32_t sleeping; /* processors that are idle and that nobody has kicked, one bit each */

/* The timer is left alone at most switches, and may fire for a slice that has ended long ago. */
static void
slice_over (struct hv_timer *timer, hv_ticks now)
{
  struct hv_cpu *cpu = HV_LIST_ITEM (timer, struct hv_cpu, slice);
  int32_t rest = (int32_t)(cpu->slice_end - (uint32_t)now);
  if (!cpu->sliced)
    return;
  if (rest <= 0)
    cpu->reschedule |= HV_RESCHEDULE_LOOK;
  else
    hv_timer_set (timer, now + (uint32_t)rest);
}

void
hv_sched_init (void)
{
  hv_list_init (&hv_run_queue);
  for (uint32_t i = 0; i < HV_CPUS; i++) {
    hv_cpus[i].id = i;
    hv_list_init (&hv_cpus[i].realtime);
    hv_timer_init (&hv_cpus[i].slice, slice_over);
  }
  hv_share_init ();
}

void
hv_sched_vcpu_init (struct hv_vcpu *vcpu)
{
  hv_list_init (&vcpu->run_node);
  hv_timer_init (&vcpu->refill, hv_realtime_refill);
  vcpu->arch.cpu = &hv_cpus[0];
  vcpu->affinity = UINT8_MAX;
  vcpu->slice = HV_SLICE_MIN;
}

/* ---- the queue ---- */

void
hv_sched_enqueue (struct hv_vcpu *vcpu)
{
  struct hv_list *place = &hv_run_queue;
  while (place->prev != &hv_run_queue
         && HV_LIST_ITEM (place->prev, struct hv_vcpu, run_node)->credit < vcpu->credit)
    place = place->prev;
  hv_list_insert_after (place->prev, &vcpu->run_node);
}

static inline void
enqueue (struct hv_vcpu *vcpu)
{
  vcpu->queued = true;
  if (__builtin_expect (vcpu->credit >= HV_CREDIT_END, 0))
    hv_realtime_enqueue (vcpu);
  else
    hv_sched_enqueue (vcpu);
}

static inline void
dequeue (struct hv_vcpu *vcpu)
{
  hv_list_unlink (&vcpu->run_node);
  vcpu->queued = false;
}

/* Who of those that wait should run next on this processor; NULL: nobody. */
static inline struct hv_vcpu *
first (const struct hv_cpu *cpu)
{
  struct hv_list *node = cpu->realtime.next;
  if (__builtin_expect (node != &cpu->realtime, 0))
    return HV_LIST_ITEM (node, struct hv_vcpu, run_node);
  for (node = hv_run_queue.next; node != &hv_run_queue; node = node->next) {
    struct hv_vcpu *vcpu = HV_LIST_ITEM (node, struct hv_vcpu, run_node);
    if (!hv_smp () || (vcpu->affinity >> cpu->id & 1) != 0)
      return vcpu;
  }
  return NULL;
}

/* ---- time ---- */

/* A cap counts the time of all vCPUs of a domain together. */
static void
charge_cap (struct hv_domain *domain, hv_ticks ran)
{
  domain->cap_left -= (int64_t)ran;
  if (domain->cap_left > 0)
    return;
  for (uint32_t i = 0; i < domain->vcpus; i++) {
    domain->vcpu[i].held |= HV_HELD_THROTTLED;
    hv_sched_update (&domain->vcpu[i]);
  }
}

/* One period's budget from `start` on. What was used over the cap is paid back from it. */
static void
begin_cap (struct hv_domain *domain, hv_ticks start)
{
  int64_t budget = (int64_t)(CAP_PERIOD / 100u * domain->cap_now);
  domain->cap_left = domain->cap_left < 0 ? domain->cap_left + budget : budget;
  hv_timer_set (&domain->cap_refill, start + CAP_PERIOD);
  for (uint32_t i = 0; i < domain->vcpus && domain->cap_left > 0; i++) {
    domain->vcpu[i].held &= (uint8_t)~HV_HELD_THROTTLED;
    hv_sched_update (&domain->vcpu[i]);
  }
}

static void
refill_cap (struct hv_timer *timer, hv_ticks now)
{
  (void)now;
  begin_cap (HV_LIST_ITEM (timer, struct hv_domain, cap_refill), timer->deadline);
}

void
hv_sched_set_cap (struct hv_domain *domain, uint32_t percent)
{
  hv_timer_cancel (&domain->cap_refill);
  hv_timer_init (&domain->cap_refill, refill_cap);
  uint32_t most = domain->guard.cap_percent;
  domain->cap_percent = percent;
  domain->cap_now = most != 0 && (percent == 0 || most < percent) ? most : percent;
  domain->cap_left = 0;
  for (uint32_t i = 0; i < domain->vcpus; i++) {
    struct hv_vcpu *vcpu = &domain->vcpu[i];
    vcpu->limited = domain->cap_now > 0 || vcpu->realtime;
    if (!vcpu->realtime)
      vcpu->held &= (uint8_t)~HV_HELD_THROTTLED;
    hv_sched_update (vcpu);
  }
  if (domain->cap_now > 0)
    begin_cap (domain, hv_platform_ticks ());
}

static void __attribute__ ((noinline)) charge (struct hv_vcpu *vcpu, uint32_t ran)
{
  if (vcpu->realtime)
    hv_realtime_charge (vcpu, ran);
  else
    charge_cap (vcpu->domain, ran);
}

static inline __attribute__ ((always_inline)) void
account (struct hv_cpu *cpu, struct hv_vcpu *vcpu)
{
  uint32_t now = hv_platform_ticks_low (), ran = now - cpu->since;
  cpu->since = now;
  vcpu->run_ticks += ran;
  vcpu->credit -= (int32_t)ran;
  if (__builtin_expect (vcpu->limited, 0))
    charge (vcpu, ran);
}

void
hv_sched_account (struct hv_cpu *cpu)
{
  if (cpu->current)
    account (cpu, cpu->current);
}

/* Ticks that a limited vCPU may run on now. */
static uint32_t
limit_left (const struct hv_vcpu *vcpu)
{
  int64_t left = vcpu->realtime ? vcpu->budget_left : vcpu->domain->cap_left;
  if (!vcpu->realtime && left > (int64_t)HV_SLICE)
    left = HV_SLICE;
  return left > 0 ? (uint32_t)left : 0;
}

static void __attribute__ ((noinline)) set_slice_timer (struct hv_cpu *cpu)
{
  hv_ticks now = hv_platform_ticks ();
  int32_t rest = (int32_t)(cpu->slice_end - (uint32_t)now);
  hv_timer_set (&cpu->slice, rest > 0 ? now + (uint32_t)rest : now);
}

static inline __attribute__ ((always_inline)) void
start_slice (struct hv_cpu *cpu, const struct hv_vcpu *vcpu, uint32_t now)
{
  uint32_t length = vcpu->slice;
  if (__builtin_expect (vcpu->limited, 0)) {
    length = limit_left (vcpu);
  } else if (hv_list_empty (&hv_run_queue)) {
    cpu->sliced = false;
    return;
  }
  cpu->sliced = true;
  cpu->slice_end = now + length;
  if (hv_list_empty (&cpu->slice.node)
      || (int32_t)((uint32_t)cpu->slice.deadline - cpu->slice_end) > 0)
    set_slice_timer (cpu);
}

hv_ticks
hv_sched_run_ticks (const struct hv_vcpu *vcpu)
{
  const struct hv_cpu *cpu = vcpu->arch.cpu;
  return vcpu->run_ticks + (cpu->current == vcpu ? hv_platform_ticks_low () - cpu->since : 0);
}

hv_ticks
hv_sched_idle_ticks (const struct hv_cpu *cpu)
{
  return cpu->idle_ticks + (cpu->current ? 0 : hv_platform_ticks () - cpu->idle_since);
}

/* ---- waking and stopping ---- */

void
hv_sched_signal (const struct hv_cpu *cpu)
{
  if (cpu != hv_this_cpu ())
    hv_platform_signal (1u << cpu->id);
}

void
hv_sched_kick (struct hv_cpu *cpu)
{
  cpu->reschedule |= HV_RESCHEDULE_LOOK;
  if (hv_smp ()) {
    sleeping &= ~(1u << cpu->id);
    hv_sched_signal (cpu);
  }
}

/* The end of a slice comes now that somebody waits. */
static void __attribute__ ((noinline)) limit_slice (struct hv_cpu *cpu)
{
  if (cpu == hv_this_cpu ())
    start_slice (cpu, cpu->current, hv_platform_ticks_low ());
  else
    hv_sched_kick (cpu);
}

/* Finds a processor for a vCPU that is on the queue: one that sleeps, else the one whose vCPU is
   furthest behind it, else it waits for the end of a slice. */
static void __attribute__ ((noinline)) find_processor (const struct hv_vcpu *vcpu)
{
  uint32_t idle = sleeping & vcpu->affinity;
  struct hv_cpu *worst = NULL;
  int32_t least = vcpu->credit - (int32_t)WAKE_LEAD;
  if (idle != 0) {
    hv_sched_kick (&hv_cpus[__builtin_ctz (idle)]);
    return;
  }
  for (struct hv_cpu *cpu = hv_cpus; cpu < hv_cpus + hv_cpus_online; cpu++) {
    if ((vcpu->affinity >> cpu->id & 1) == 0 || !cpu->current)
      continue;
    if (!cpu->sliced)
      limit_slice (cpu);
    if (cpu->current->credit < least) {
      least = cpu->current->credit;
      worst = cpu;
    }
  }
  if (worst)
    hv_sched_kick (worst);
}

static void
wake (struct hv_vcpu *vcpu)
{
  if (__builtin_expect (vcpu->realtime, 0)) {
    hv_realtime_wake (vcpu, hv_platform_ticks ());
    return;
  }
  struct hv_cpu *cpu = vcpu->arch.cpu;
  enqueue (vcpu);
  hv_share_start ();
  if (hv_smp ())
    find_processor (vcpu);
  else if (!cpu->current || cpu->current->credit < vcpu->credit - (int32_t)WAKE_LEAD)
    cpu->reschedule |= HV_RESCHEDULE_LOOK;
  else if (!cpu->sliced)
    limit_slice (cpu);
}

void
hv_sched_update (struct hv_vcpu *vcpu)
{
  if (hv_sched_runs (vcpu)) {
    if (vcpu->held != 0)
      hv_sched_kick (vcpu->arch.cpu);
    return;
  }
  if ((vcpu->held == 0) == vcpu->queued)
    return;
  if (vcpu->queued)
    dequeue (vcpu);
  else
    wake (vcpu);
}

long
hv_sched_set_affinity (struct hv_vcpu *vcpu, uint32_t processors)
{
  if ((processors & ((1u << hv_cpus_online) - 1)) == 0)
    return -XEN_EINVAL;
  vcpu->affinity = (uint8_t)processors;
  if (vcpu->realtime)
    return hv_realtime_move (vcpu);
  /* Off and on again: it finds one of its processors. */
  vcpu->held |= HV_HELD_MOVING;
  hv_sched_update (vcpu);
  if (!hv_sched_runs (vcpu)) {
    vcpu->held &= (uint8_t)~HV_HELD_MOVING;
    hv_sched_update (vcpu);
  }
  return 0;
}

void
hv_sched_wait_off (const struct hv_domain *domain)
{
  for (uint32_t i = 0; i < domain->vcpus; i++) {
    const struct hv_vcpu *vcpu = &domain->vcpu[i];
    while (vcpu->held != 0 && hv_sched_runs (vcpu) && vcpu->arch.cpu != hv_this_cpu ()) {
      hv_unlock ();
      hv_lock ();
    }
  }
}

/* ---- switching ---- */

/* What becomes of a vCPU that is held and has left its processor. */
static void __attribute__ ((noinline)) left (struct hv_vcpu *vcpu)
{
  if ((vcpu->held & HV_HELD_MOVING) == 0)
    return;
  vcpu->held &= (uint8_t)~HV_HELD_MOVING;
  if (vcpu->held == 0)
    wake (vcpu);
}

static struct hv_vcpu *__attribute__ ((noinline))
idle (struct hv_cpu *cpu, struct hv_vcpu *previous)
{
  struct hv_vcpu *next;
  cpu->current = NULL;
  if (previous) {
    hv_arch_switch_idle (previous);
    left (previous);
  }
  cpu->idle_since = hv_platform_ticks ();
  while (!(next = first (cpu))) {
    cpu->reschedule = 0;
    sleeping |= 1u << cpu->id;
    hv_arch_wait ();
    cpu->interrupts += hv_platform_interrupts ();
  }
  sleeping &= ~(1u << cpu->id);
  cpu->reschedule = 0;
  hv_ticks now = hv_platform_ticks ();
  cpu->idle_ticks += now - cpu->idle_since;
  cpu->since = (uint32_t)now;
  return next;
}

/* Whether `vcpu`, which runs now, should go on. */
static inline bool
keeps_running (uint32_t reschedule, const struct hv_vcpu *vcpu, const struct hv_vcpu *best)
{
  if (vcpu->held != 0)
    return false;
  if (!best)
    return true;
  if (__builtin_expect (best->credit >= HV_CREDIT_END, 0))
    return !hv_realtime_better (best, vcpu);
  if ((reschedule & HV_RESCHEDULE_YIELD) != 0)
    return vcpu->realtime;
  return vcpu->credit >= best->credit;
}

/* To a processor that sleeps, or to all at the end of a slice. */
static void __attribute__ ((noinline)) offer (const struct hv_vcpu *vcpu)
{
  uint32_t idle_for_it = sleeping & vcpu->affinity;
  if (idle_for_it != 0) {
    hv_sched_kick (&hv_cpus[__builtin_ctz (idle_for_it)]);
    return;
  }
  for (struct hv_cpu *cpu = hv_cpus; cpu < hv_cpus + hv_cpus_online; cpu++)
    if (!cpu->sliced && cpu->current && cpu != hv_this_cpu ())
      hv_sched_kick (cpu); /* it starts one */
}

/* A vCPU that gives way waits on the queue, unless another processor is free for it. */
static inline void
give_way (struct hv_vcpu *vcpu)
{
  enqueue (vcpu);
  if (hv_smp () && !vcpu->realtime)
    offer (vcpu);
}

struct hv_vcpu *
hv_reschedule (struct hv_cpu *cpu)
{
  struct hv_vcpu *from = cpu->current, *next;
  if (__builtin_expect (from != NULL, 1))
    account (cpu, from);
  next = first (cpu);
  uint32_t reschedule = cpu->reschedule;
  cpu->reschedule = 0;
  if (from && keeps_running (reschedule, from, next)) {
    start_slice (cpu, from, cpu->since);
    return from;
  }
  if (__builtin_expect (!next, 0)) {
    next = idle (cpu, from);
    from = NULL;
  }
  dequeue (next);
  cpu->current = next;
  next->arch.cpu = cpu;
  cpu->switches++;
  if (from && from->held == 0)
    give_way (from);
  else if (from)
    left (from);
  hv_arch_switch (from, next);
  start_slice (cpu, next, cpu->since);
  return next;
}
