/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What control domains of tests do: create domains, look at them, wait for them. */
#ifndef GOVERN_H
#define GOVERN_H

#include "test.h"

#define MS 1000000ull

static struct pv_domctl op;

static inline uint32_t
free_kib (void)
{
  struct pv_sysctl info = { .cmd = PV_SYSCTL_PHYSINFO };
  pv_sysctl (&info);
  return info.u.physinfo.free_kib;
}

struct wish {
  const char *name, *image, *command_line;
  uint32_t memory_kib, weight, cap_percent, vcpus;
};

static inline long
create (struct wish wish)
{
  memset (&op, 0, sizeof op);
  op.cmd = PV_DOMCTL_CREATE;
  memcpy (op.u.create.name, wish.name, strlen (wish.name));
  memcpy (op.u.create.image, wish.image, strlen (wish.image));
  if (wish.command_line)
    memcpy (op.u.create.command_line, wish.command_line, strlen (wish.command_line));
  op.u.create.memory_kib = wish.memory_kib;
  op.u.create.weight = wish.weight;
  op.u.create.cap_percent = wish.cap_percent;
  op.u.create.vcpus = wish.vcpus ? wish.vcpus : 1;
  long error = pv_domctl (&op);
  return error < 0 ? error : (long)op.domain;
}

static inline long
command (uint32_t cmd, long domain)
{
  memset (&op, 0, sizeof op);
  op.cmd = cmd;
  op.domain = (uint32_t)domain;
  return pv_domctl (&op);
}

static inline long
start (struct wish wish)
{
  long domain = create (wish);
  if (domain < 0)
    report (false, "create %s: %d", wish.name, (int)domain);
  else
    command (PV_DOMCTL_UNPAUSE, domain);
  return domain;
}

static inline const struct pv_domain_info *
info_of (long domain)
{
  command (PV_DOMCTL_GET_INFO, domain);
  return &op.u.info;
}

static inline long
set_realtime (long domain, uint32_t budget_us, uint32_t period_us)
{
  memset (&op, 0, sizeof op);
  op.cmd = PV_DOMCTL_SCHEDULER;
  op.domain = (uint32_t)domain;
  op.u.scheduler.set = PV_SCHED_SET_REALTIME;
  op.u.scheduler.budget_us = budget_us;
  op.u.scheduler.period_us = period_us;
  return pv_domctl (&op);
}

static inline void
wait_ms (uint32_t ms)
{
  uint64_t until = pv_time_ns () + ms * MS;
  while (pv_time_ns () < until)
    pv_event_wait (until);
}

/* Waits until the domain has ended, at most `ms`. */
static inline bool
wait_end (long domain, uint32_t ms)
{
  uint64_t until = pv_time_ns () + ms * MS;
  for (;;) {
    uint32_t now = info_of (domain)->state;
    if (now == PV_STATE_SHUTDOWN || now == PV_STATE_CRASHED)
      return true;
    if (pv_time_ns () >= until)
      return false;
    pv_event_wait (until);
  }
}

#endif
