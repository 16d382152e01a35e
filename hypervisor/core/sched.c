/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/sched.h"

#include "arch/arch.h"
#include "core/domain.h"
#include "platform/platform.h"

#define MS          (1000u * BOARD_TICKS_PER_US)
#define SLICE       (6u * MS)
#define WAKE_LEAD   (1u * MS) /* virtual time by which a woken vCPU must be behind to preempt */
#define WAKE_CREDIT (3u * MS) /* how far behind the present a sleeper may start */
#define NEVER       UINT64_MAX
#define CAP_PERIOD  (20u * MS)

struct hv_cpu hv_cpus[HV_CPUS];

/* The timer is left alone at most switches, and may fire for a slice that has ended long ago. */
static void
slice_over (struct hv_timer *timer, hv_ticks now)
{
  struct hv_cpu *cpu = HV_LIST_ITEM (timer, struct hv_cpu, slice);
  if (now >= cpu->slice_end)
    cpu->reschedule = 1;
  else if (cpu->slice_end != NEVER)
    hv_timer_set (timer, cpu->slice_end);
}

void
hv_sched_init (void)
{
  for (uint32_t i = 0; i < HV_CPUS; i++) {
    hv_cpus[i].id = i;
    hv_list_init (&hv_cpus[i].run_queue);
    hv_timer_init (&hv_cpus[i].slice, slice_over);
  }
}

static void
hold (struct hv_vcpu *vcpu, uint8_t reason, bool held)
{
  vcpu->held = held ? vcpu->held | reason : vcpu->held & (uint8_t)~reason;
}

static void
enqueue (struct hv_cpu *cpu, struct hv_vcpu *vcpu)
{
  struct hv_list *place = &cpu->run_queue;
  while (place->prev != &cpu->run_queue
         && HV_LIST_ITEM (place->prev, struct hv_vcpu, run_node)->virtual_time > vcpu->virtual_time)
    place = place->prev;
  hv_list_insert_after (place->prev, &vcpu->run_node);
  vcpu->queued = true;
}

static void
dequeue (struct hv_vcpu *vcpu)
{
  hv_list_unlink (&vcpu->run_node);
  vcpu->queued = false;
}

/* One period's budget from `start` on. What was used over the cap is paid back from it. */
static void
begin_period (struct hv_vcpu *vcpu, hv_ticks start)
{
  int64_t budget = (int64_t)(CAP_PERIOD / 100u * vcpu->cap_percent);
  vcpu->cap_left = vcpu->cap_left < 0 ? vcpu->cap_left + budget : budget;
  hold (vcpu, HV_HELD_THROTTLED, vcpu->cap_left <= 0);
  hv_timer_set (&vcpu->refill, start + CAP_PERIOD);
  hv_sched_update (vcpu);
}

static void
refill (struct hv_timer *timer, hv_ticks now)
{
  (void)now;
  begin_period (HV_LIST_ITEM (timer, struct hv_vcpu, refill), timer->deadline);
}

void
hv_sched_vcpu_init (struct hv_vcpu *vcpu, uint32_t weight, uint32_t cap_percent)
{
  struct hv_cpu *cpu = &hv_cpus[0];
  hv_list_init (&vcpu->run_node);
  hv_timer_init (&vcpu->refill, refill);
  vcpu->arch.cpu = cpu;
  vcpu->virtual_time = cpu->present;
  hv_sched_set_weight (vcpu, weight);
  hv_sched_set_cap (vcpu, cap_percent);
}

void
hv_sched_set_weight (struct hv_vcpu *vcpu, uint32_t weight)
{
  vcpu->scale = (PV_WEIGHT_DEFAULT << 16) / weight;
}

void
hv_sched_set_cap (struct hv_vcpu *vcpu, uint32_t cap_percent)
{
  vcpu->cap_percent = cap_percent;
  if (cap_percent > 0) {
    begin_period (vcpu, hv_platform_ticks ());
    return;
  }
  hv_timer_cancel (&vcpu->refill);
  vcpu->cap_left = 0;
  hold (vcpu, HV_HELD_THROTTLED, false);
  hv_sched_update (vcpu);
}

/* The present is the least virtual time of all that want to run; it never goes back. */
static void
advance_present (struct hv_cpu *cpu, uint64_t least)
{
  if (!hv_list_empty (&cpu->run_queue)) {
    uint64_t first = HV_LIST_ITEM (cpu->run_queue.next, struct hv_vcpu, run_node)->virtual_time;
    if (first < least)
      least = first;
  }
  if (least > cpu->present)
    cpu->present = least;
}

/* Charges the running vCPU up to `now`. */
static inline __attribute__ ((always_inline)) void
account (struct hv_cpu *cpu, hv_ticks now)
{
  struct hv_vcpu *vcpu = cpu->current;
  hv_ticks ran = now - cpu->since;
  cpu->since = now;
  if (!vcpu) {
    cpu->idle_ticks += ran;
    return;
  }
  vcpu->run_ticks += ran;
  vcpu->virtual_time += ran * vcpu->scale >> 16;
  advance_present (cpu, vcpu->virtual_time);
  if (vcpu->cap_percent > 0) {
    vcpu->cap_left -= (int64_t)ran;
    hold (vcpu, HV_HELD_THROTTLED, vcpu->cap_left <= 0);
  }
}

static inline __attribute__ ((always_inline)) void
start_slice (struct hv_cpu *cpu, const struct hv_vcpu *vcpu, hv_ticks now)
{
  hv_ticks end = now + SLICE;
  bool capped = vcpu->cap_percent > 0;
  if (!capped && hv_list_empty (&cpu->run_queue)) {
    cpu->slice_end = NEVER;
    return;
  }
  if (capped && vcpu->cap_left < (int64_t)SLICE)
    end = now + (hv_ticks)vcpu->cap_left;
  cpu->slice_end = end;
  if (hv_list_empty (&cpu->slice.node) || cpu->slice.deadline > end)
    hv_timer_set (&cpu->slice, end);
}

void
hv_sched_update (struct hv_vcpu *vcpu)
{
  struct hv_cpu *cpu = vcpu->arch.cpu;
  if (vcpu == cpu->current) {
    if (vcpu->held != 0)
      cpu->reschedule = 1;
    return;
  }
  if ((vcpu->held == 0) == vcpu->queued)
    return;
  if (vcpu->queued) {
    dequeue (vcpu);
    return;
  }
  if (vcpu->virtual_time + WAKE_CREDIT < cpu->present)
    vcpu->virtual_time = cpu->present - WAKE_CREDIT;
  enqueue (cpu, vcpu);
  if (!cpu->current || cpu->current->virtual_time > vcpu->virtual_time + WAKE_LEAD)
    cpu->reschedule = 1;
  else
    start_slice (cpu, cpu->current, hv_platform_ticks ());
}

hv_ticks
hv_sched_run_ticks (const struct hv_vcpu *vcpu)
{
  const struct hv_cpu *cpu = vcpu->arch.cpu;
  return vcpu->run_ticks + (cpu->current == vcpu ? hv_platform_ticks () - cpu->since : 0);
}

hv_ticks
hv_sched_idle_ticks (const struct hv_cpu *cpu)
{
  return cpu->idle_ticks + (cpu->current ? 0 : hv_platform_ticks () - cpu->since);
}

static void __attribute__ ((noinline)) idle (struct hv_cpu *cpu, struct hv_vcpu *previous)
{
  if (previous)
    hv_arch_switch_idle (previous);
  cpu->current = NULL;
  while (hv_list_empty (&cpu->run_queue)) {
    hv_arch_wait ();
    cpu->interrupts += hv_platform_interrupts ();
  }
  account (cpu, hv_platform_ticks ());
}

/* Whether `vcpu`, which runs now, should go on. */
static bool
keeps_running (const struct hv_cpu *cpu, const struct hv_vcpu *vcpu)
{
  if (!vcpu || vcpu->held != 0)
    return false;
  if (hv_list_empty (&cpu->run_queue))
    return true;
  return cpu->reschedule != HV_RESCHEDULE_YIELD
         && vcpu->virtual_time
                <= HV_LIST_ITEM (cpu->run_queue.next, struct hv_vcpu, run_node)->virtual_time;
}

struct hv_vcpu *
hv_reschedule (struct hv_cpu *cpu)
{
  struct hv_vcpu *from = cpu->current, *next = from;
  account (cpu, hv_platform_ticks ());
  if (!keeps_running (cpu, from)) {
    if (__builtin_expect (hv_list_empty (&cpu->run_queue), 0)) {
      idle (cpu, from);
      from = NULL;
    }
    next = HV_LIST_ITEM (cpu->run_queue.next, struct hv_vcpu, run_node);
    dequeue (next);
    if (from && from->held == 0)
      enqueue (cpu, from);
    cpu->current = next;
    cpu->switches++;
    hv_arch_switch (from, next);
  }
  cpu->reschedule = 0;
  start_slice (cpu, next, cpu->since);
  return next;
}
