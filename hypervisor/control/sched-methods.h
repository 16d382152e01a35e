/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person may wish of the scheduler: class, budget and period, processors, a watchdog. */
#ifndef CONTROL_SCHED_METHODS_H
#define CONTROL_SCHED_METHODS_H

#include <pv/control.h>
#include "service.h"

struct sched_wish {
  bool class_set;
  uint32_t budget_us, period_us; /* period 0: a share */
  uint32_t affinities;           /* of so many vCPUs: */
  uint32_t affinity[PV_VCPUS_MAX]; /* as bits; 0: as it is */
  bool watchdog_set, watchdog_restart;
  uint32_t watchdog_seconds; /* 0: none */
};

/* Reads sched, budget_us, period_us, vcpu_affinity and watchdog of a call, for a domain of `vcpus`; false: it
   has failed. */
bool call_get_sched (struct call *call, uint32_t vcpus, struct sched_wish *wish);
/* 0 or a negative XEN_E*; what is asked of the class is then not changed. -XEN_EINVAL: no such
   processor; -XEN_ENOSPC: none has so much time left. */
long sched_apply (uint32_t domain, const struct sched_wish *wish);
/* All processors of the machine, as bits. */
uint32_t sched_all_processors (void);
/* false: the call has failed. */
bool call_apply_sched (struct call *call, uint32_t domain, const struct sched_wish *wish);

#endif
