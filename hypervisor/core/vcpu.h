/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A virtual processor and a real one. */
#ifndef HV_VCPU_H
#define HV_VCPU_H

#include "arch/arch.h"
#include "core/config.h"
#include "core/timer.h"

struct hv_domain;

#define HV_HELD_BLOCKED   1u /* waits for an event */
#define HV_HELD_THROTTLED 2u /* its cap is used up until refill fires */
#define HV_HELD_STOPPED   4u /* its domain is paused or has ended */
#define HV_HELD_MOVING    16u /* its processors or its class change */
#define HV_HELD_GUARD     32u /* its domain has overdrawn a budget (core/guard.c) */
#define HV_HELD_DOWN      8u /* not started, or taken down (vcpu_op) */

struct hv_vcpu {
  struct hv_arch_vcpu arch; /* first: assembly finds it by the vCPU's address */
  struct hv_domain *domain;
  uint32_t id;
  uint8_t doomed;   /* PV_CRASH_*: its domain ends when it leaves its processor; 0: no */
  bool initialised; /* it has registers to start with (vcpu_op) */

  /* Scheduling (core/sched.c). */
  uint8_t held;     /* HV_HELD_*: why it may not run; 0: it may */
  bool queued;      /* waits for a processor */
  bool limited;     /* it has a cap or a budget: time on a processor is charged to it */
  bool realtime;    /* its class; else it has a share */
  uint8_t affinity; /* processors that it may run on, one bit each */
  struct hv_list run_node;
  int32_t credit;         /* ticks by which it is behind its share; HV_CREDIT_REALTIME: of that class */
  uint32_t slice;         /* ticks that it runs at a time while others wait */
  hv_ticks run_ticks;     /* exact time on a processor */
  hv_ticks counted_ticks; /* run_ticks when the period began (core/share.c) */

  /* Real-time class (core/realtime.c). */
  uint8_t home;        /* its processor */
  int64_t budget_left; /* ticks that it may still run before `deadline` */
  hv_ticks deadline;   /* end of its period */
  struct hv_timer refill;

  uint32_t poll_port;    /* SCHEDOP_poll: the port it waits for, 0: none */
  uint32_t timer_port;   /* its VIRQ_TIMER, 0: not bound */
  struct hv_timer timer; /* set_timer_op */
};

/* struct hv_cpu.reschedule: look who should run; `current` wants it to be somebody else. */
#define HV_RESCHEDULE_LOOK  1u
#define HV_RESCHEDULE_YIELD 2u

/* Credit of the real-time class; what is less than half of it is a share's. */
#define HV_CREDIT_REALTIME (1 << 30)
#define HV_CREDIT_END      (1 << 29)

struct hv_cpu {
  uint32_t stack;      /* where the hypervisor's stack ends; offset CPU_STACK */
  uint32_t reschedule; /* offset CPU_RESCHEDULE; 0, or HV_RESCHEDULE_* */
  uint32_t id;
  struct hv_vcpu *current; /* NULL while idle */
  uint32_t since;          /* low word of the time up to which `current` is charged */
  hv_ticks idle_since;     /* when idling began */
  struct hv_list realtime; /* its real-time vCPUs that wait, by deadline; `current` is not on it */
  struct hv_timer slice;   /* fires at slice_end or before; then it is set again */
  bool sliced;             /* `current` has a slice; */
  uint32_t slice_end;      /* low word of the time at which it ends */
  hv_ticks idle_ticks;
  uint32_t switches, interrupts;
};

_Static_assert(offsetof (struct hv_cpu, stack) == CPU_STACK, "CPU_STACK");
_Static_assert(offsetof (struct hv_cpu, reschedule) == CPU_RESCHEDULE, "CPU_RESCHEDULE");

#endif
