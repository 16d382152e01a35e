/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/watchdog.h"

#include <pv/arch.h>
#include <xen/errno.h>
#include <xen/sched.h>
#include "arch/arch.h"
#include "core/domain.h"
#include "core/sched.h"
#include "platform/platform.h"

#define ID          1u /* Xen has several a domain; one can be fed by all who want to */

/* Half of the time. */
static void
run_half (struct hv_domain *domain, hv_ticks now)
{
  hv_timer_set (&domain->watchdog, now + (hv_ticks)domain->watchdog_seconds * 500 * HV_MS);
}

/* Anew, or not at all. */
static void
start (struct hv_domain *domain)
{
  domain->watchdog_asked = false;
  hv_timer_cancel (&domain->watchdog);
  if (domain->watchdog_seconds != 0)
    run_half (domain, hv_platform_ticks ());
}

/* The vCPU that hangs is likely the one that runs. */
static struct hv_vcpu *
suspect (struct hv_domain *domain)
{
  for (uint32_t i = 0; i < domain->vcpus; i++)
    if (domain->vcpu[i].held == 0)
      return &domain->vcpu[i];
  return &domain->vcpu[0];
}

static void
bite (struct hv_timer *timer, hv_ticks now)
{
  struct hv_domain *domain = HV_LIST_ITEM (timer, struct hv_domain, watchdog);
  if (domain->life != HV_LIFE_ALIVE || domain->paused) { /* it could not feed it */
    start (domain);
  } else if (!domain->watchdog_asked) {
    domain->watchdog_asked = true;
    run_half (domain, now);
    hv_event_raise (domain, PV_VIRQ_WATCHDOG);
  } else {
    hv_doom_vcpu (suspect (domain), PV_CRASH_WATCHDOG);
  }
}

void
hv_watchdog_init (struct hv_domain *domain)
{
  hv_timer_init (&domain->watchdog, bite);
}

void
hv_watchdog_order (struct hv_domain *domain, uint32_t seconds, bool restart)
{
  domain->watchdog_seconds = seconds;
  domain->watchdog_ordered = seconds != 0;
  domain->watchdog_restart = restart;
  start (domain);
}

long
hv_watchdog_op (struct hv_domain *domain, uint32_t argument)
{
  struct sched_watchdog watchdog;
  if (hv_copy_from_guest (&watchdog, argument, sizeof watchdog))
    return -XEN_EFAULT;
  bool set = domain->watchdog_seconds != 0;
  if (watchdog.id > ID || watchdog.timeout > HV_WATCHDOG_SECONDS_MAX || (watchdog.id == ID && !set))
    return -XEN_EINVAL;
  if (watchdog.id == 0 && watchdog.timeout == 0)
    return -XEN_EINVAL;
  if (watchdog.id == 0 && set && !domain->watchdog_ordered)
    return -XEN_ENOSPC;
  if (!domain->watchdog_ordered)
    domain->watchdog_seconds = watchdog.timeout;
  start (domain);
  return watchdog.id == 0 ? (long)ID : 0;
}
