/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fair scheduler: every vCPU has a virtual time that grows as it runs, slower the heavier it
 * is; the one with the least runs next. Who comes back from sleep starts at the present, not at the
 * time that it slept through. A cap bounds the share of a processor over CAP_PERIOD.
 */
#ifndef HV_SCHED_H
#define HV_SCHED_H

#include "core/vcpu.h"

extern struct hv_cpu hv_cpus[HV_CPUS];

void hv_sched_init (void);
void hv_sched_vcpu_init (struct hv_vcpu *vcpu, uint32_t weight, uint32_t cap_percent);
void hv_sched_set_weight (struct hv_vcpu *vcpu, uint32_t weight);
void hv_sched_set_cap (struct hv_vcpu *vcpu, uint32_t cap_percent);
/* Call after `held` changed: takes it off the queue or puts it on. */
void hv_sched_update (struct hv_vcpu *vcpu);
static inline void
hv_sched_yield (struct hv_vcpu *vcpu)
{
  vcpu->arch.cpu->reschedule = HV_RESCHEDULE_YIELD;
}
/* Time it has run until now, the stretch under way included. */
hv_ticks hv_sched_run_ticks (const struct hv_vcpu *vcpu);
hv_ticks hv_sched_idle_ticks (const struct hv_cpu *cpu);
/* Chooses who runs next on this processor and switches to it; sleeps while there is nobody. */
struct hv_vcpu *hv_reschedule (struct hv_cpu *cpu);

#endif
