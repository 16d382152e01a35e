/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sched_op: what a guest says about its own running. */
#include <pv/arch.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/sched.h>
#include "arch/arch.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "core/sched.h"
#include "core/units.h"
#include "core/watchdog.h"

/* Sleeps until an event is pending; unmasks delivery, as Xen does. */
static long
block (struct hv_vcpu *vcpu)
{
  struct vcpu_info *info = vcpu->arch.info;
  info->evtchn_upcall_mask = 0;
  if (!info->evtchn_upcall_pending) {
    vcpu->held |= HV_HELD_BLOCKED;
    hv_sched_update (vcpu);
  }
  return 0;
}

static bool
port_pending (const struct hv_domain *domain, uint32_t port)
{
  const uint32_t *pending = (const uint32_t *)(const void *)domain->shared->evtchn_pending;
  return pending[port / 32] >> (port & 31) & 1;
}

/* Sleeps until one port is pending, masked or not, or the time is over. */
static long __attribute__ ((noinline)) /* its locals are not for the other commands */
poll_port (struct hv_vcpu *vcpu, uint32_t argument)
{
  struct sched_poll poll;
  uint32_t port;
  if (hv_copy_from_guest (&poll, argument, sizeof poll))
    return -XEN_EFAULT;
  if (poll.nr_ports != 1)
    return -XEN_EINVAL;
  if (hv_copy_from_guest (&port, (uint32_t)poll.ports.p, sizeof port))
    return -XEN_EFAULT;
  if (port == 0 || port >= HV_EVENT_CHANNELS)
    return -XEN_EINVAL;
  if (port_pending (vcpu->domain, port))
    return 0;
  vcpu->poll_port = port;
  vcpu->held |= HV_HELD_BLOCKED;
  if (poll.timeout != 0)
    hv_timer_set (&vcpu->timer, hv_ns_to_ticks (poll.timeout));
  hv_sched_update (vcpu);
  return 0;
}

static long __attribute__ ((noinline)) shutdown (struct hv_vcpu *vcpu, uint32_t argument)
{
  struct sched_shutdown shutdown;
  if (hv_copy_from_guest (&shutdown, argument, sizeof shutdown))
    return -XEN_EFAULT;
  if (shutdown.reason > SHUTDOWN_MAX)
    return -XEN_EINVAL;
  if (shutdown.reason == SHUTDOWN_crash)
    hv_crash_vcpu (vcpu, PV_CRASH_GUEST);
  else
    hv_domain_shutdown (vcpu->domain, shutdown.reason);
  return 0;
}

long
hv_sched_op (struct hv_vcpu *vcpu, const uint32_t *args)
{
  switch (args[0]) {
  case SCHEDOP_yield:
    hv_sched_yield (vcpu);
    return 0;
  case SCHEDOP_block:
    return block (vcpu);
  case SCHEDOP_shutdown:
    return shutdown (vcpu, args[1]);
  case SCHEDOP_poll:
    return poll_port (vcpu, args[1]);
  case SCHEDOP_watchdog:
    return hv_watchdog_op (vcpu->domain, args[1]);
  default:
    return -XEN_ENOSYS;
  }
}
