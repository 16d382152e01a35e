/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person may wish of the scheduler: class, budget and period, processors. */
#ifndef CONTROL_SCHED_METHODS_H
#define CONTROL_SCHED_METHODS_H

#include <pv/control.h>
#include "service.h"

struct sched_wish {
  bool class_set;
  uint32_t budget_us, period_us; /* period 0: a share */
  uint32_t affinities;           /* of so many vCPUs: */
  uint32_t affinity[PV_VCPUS_MAX];
};

/* Reads sched, budget_us, period_us and vcpu_affinity of a call, for a domain of `vcpus`; false: it
   has failed. */
bool call_get_sched (struct call *call, uint32_t vcpus, struct sched_wish *wish);
/* false: the call has failed; what is asked of the class is then not changed. */
bool call_apply_sched (struct call *call, uint32_t domain, const struct sched_wish *wish);

#endif
