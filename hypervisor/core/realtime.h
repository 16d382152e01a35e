/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real-time class: each vCPU of such a domain has a budget of time in every period, on one
 * processor, before all that is not of this class. Earliest deadline first, which keeps every deadline as long
 * as the budgets of a processor are not more than its time: admission sees to that. Who has used its
 * budget waits for the next period (a hard constant-bandwidth server).
 */
#ifndef HV_REALTIME_H
#define HV_REALTIME_H

#include "core/vcpu.h"

#define HV_REALTIME_PERIOD_MIN 1000u /* microseconds */
#define HV_REALTIME_PERIOD_MAX 1000000u
#define HV_REALTIME_BUDGET_MIN 100u
#define HV_REALTIME_LOAD_MAX   900u /* thousandths of each processor */

/* Puts a domain into the class, or, with a period of 0, back to the shares. -XEN_EINVAL: numbers;
   -XEN_ENOSPC: no processor has so much left, nothing is changed. */
long hv_realtime_set (struct hv_domain *domain, uint32_t budget_us, uint32_t period_us);
/* Its processors have changed: finds it one of them; errors as above, with the old one kept. */
long hv_realtime_move (struct hv_vcpu *vcpu);

/* For core/sched.c. */
bool hv_realtime_better (const struct hv_vcpu *vcpu, const struct hv_vcpu *other);
void hv_realtime_enqueue (struct hv_vcpu *vcpu);
void hv_realtime_wake (struct hv_vcpu *vcpu, hv_ticks now);
void hv_realtime_charge (struct hv_vcpu *vcpu, hv_ticks ran);
void hv_realtime_refill (struct hv_timer *timer, hv_ticks now);

#endif
