/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scheduler: who runs next on each processor.
 *
 * Real-time vCPUs come first, the one with the earliest deadline (core/realtime.c); each has one
 * processor. The others share what is left: one queue for all processors, so that none idles while
 * somebody waits. It is sorted by credit, the time by which a vCPU is behind its share; credit is spent
 * by running and given out by core/share.c, which divides what was used anew every few milliseconds.
 */
#ifndef HV_SCHED_H
#define HV_SCHED_H

#include "core/vcpu.h"

#define HV_MS    (1000u * BOARD_TICKS_PER_US)
#define HV_S     (1000u * HV_MS)
#define HV_SLICE (6u * HV_MS)
#define HV_SLICE_MIN (HV_MS)

extern struct hv_cpu hv_cpus[HV_CPUS];
extern uint32_t hv_cpus_online;
/* vCPUs of no real-time class that wait for a processor, most credit first. */
extern struct hv_list hv_run_queue;

void hv_sched_init (void);
void hv_sched_vcpu_init (struct hv_vcpu *vcpu);
/* Call after `held` changed: takes it off its queue or its processor, or finds it one. */
void hv_sched_update (struct hv_vcpu *vcpu);
static inline void
hv_sched_yield (struct hv_vcpu *vcpu)
{
  vcpu->arch.cpu->reschedule = HV_RESCHEDULE_YIELD;
}
/* The processors that a vCPU may run on, one bit each; -XEN_EINVAL: none that is online. */
long hv_sched_set_affinity (struct hv_vcpu *vcpu, uint32_t processors);
/* Percent of one processor's time that all vCPUs of a domain may use together; 0: no cap. */
void hv_sched_set_cap (struct hv_domain *domain, uint32_t percent);
/* Charges what runs on a processor for its time until now. */
void hv_sched_account (struct hv_cpu *cpu);
/* Puts a vCPU where its credit belongs in the queue. */
void hv_sched_enqueue (struct hv_vcpu *vcpu);
/* Makes another processor take an interrupt; on this one nothing happens. */
void hv_sched_signal (const struct hv_cpu *cpu);
/* Makes a processor look who should run. */
void hv_sched_kick (struct hv_cpu *cpu);
/* Whether a vCPU is on a processor now. */
static inline bool
hv_sched_runs (const struct hv_vcpu *vcpu)
{
  return vcpu->arch.cpu->current == vcpu;
}
/* Waits until none of a domain's vCPUs that are held is on another processor. The lock is given up
   meanwhile: what the caller knew of other domains may have changed. */
void hv_sched_wait_off (const struct hv_domain *domain);
/* Time it has run until now, the stretch under way included. */
hv_ticks hv_sched_run_ticks (const struct hv_vcpu *vcpu);
hv_ticks hv_sched_idle_ticks (const struct hv_cpu *cpu);
/* Chooses who runs next on this processor and switches to it; sleeps while there is nobody. */
struct hv_vcpu *hv_reschedule (struct hv_cpu *cpu);

#endif
