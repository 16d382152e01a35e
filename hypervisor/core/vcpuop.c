/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vcpu_op: a guest starts and stops its own virtual processors. */
#include <pv/arch.h>
#include <xen/errno.h>
#include <xen/vcpu.h>
#include "arch/arch.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "core/sched.h"
#include "core/units.h"
#include "platform/platform.h"
#include "security/hooks.h"

static long
initialise (struct hv_vcpu *caller, struct hv_vcpu *target, uint32_t argument)
{
  struct pv_vcpu_start context;
  int denied = hv_may (caller->domain, caller->domain, HV_VCPU_CREATE);
  if (denied)
    return denied;
  if (hv_copy_from_guest (&context, argument, sizeof context))
    return -XEN_EFAULT;
  if (target->initialised)
    return -XEN_EEXIST;
  int error = hv_arch_vcpu_start (target, caller, &context);
  target->initialised = error == 0;
  return error;
}

static long
up (struct hv_vcpu *target)
{
  if (!target->initialised)
    return -XEN_EINVAL;
  target->held &= (uint8_t)~HV_HELD_DOWN;
  hv_sched_update (target);
  return 0;
}

/* It goes on where it stopped when it is taken up again: somebody must be left to do so. */
static long
down (struct hv_vcpu *target)
{
  struct hv_domain *domain = target->domain;
  uint32_t others = 0;
  for (uint32_t i = 0; i < domain->vcpus; i++)
    others += &domain->vcpu[i] != target && (domain->vcpu[i].held & HV_HELD_DOWN) == 0;
  if (others == 0)
    return -XEN_EBUSY;
  target->held |= HV_HELD_DOWN;
  hv_sched_update (target);
  return 0;
}

static long
runstate (const struct hv_vcpu *target, uint32_t argument)
{
  struct vcpu_runstate_info info = { .state = RUNSTATE_runnable };
  if ((target->held & HV_HELD_DOWN) != 0)
    info.state = RUNSTATE_offline;
  else if (target->held != 0)
    info.state = RUNSTATE_blocked;
  else if (target->arch.cpu->current == target)
    info.state = RUNSTATE_running;
  info.time[RUNSTATE_running] = hv_ticks_to_ns (hv_sched_run_ticks (target));
  return hv_copy_to_guest (argument, &info, sizeof info);
}

static long
physical (const struct hv_vcpu *target, uint32_t argument)
{
  struct vcpu_get_physid id = { .phys_id = target->arch.cpu->id };
  return hv_copy_to_guest (argument, &id, sizeof id);
}

static long
set_timer (struct hv_vcpu *target, uint32_t argument)
{
  struct vcpu_set_singleshot_timer set;
  if (hv_copy_from_guest (&set, argument, sizeof set))
    return -XEN_EFAULT;
  hv_ticks deadline = hv_ns_to_ticks (set.timeout_abs_ns);
  if ((set.flags & VCPU_SSHOTTMR_future) != 0 && deadline <= hv_platform_ticks ())
    return -XEN_ETIME;
  hv_timer_set (&target->timer, deadline);
  return 0;
}

long
hv_vcpu_op (struct hv_vcpu *vcpu, const uint32_t *args)
{
  uint32_t cmd = args[0], id = args[1], argument = args[2];
  struct hv_domain *domain = vcpu->domain;
  if (id >= domain->vcpus)
    return -XEN_ENOENT;
  struct hv_vcpu *target = &domain->vcpu[id];
  switch (cmd) {
  case VCPUOP_initialise: {
    long result = initialise (vcpu, target, argument);
    return result == -XEN_EAGAIN && args == vcpu->arch.regs.r ? hv_arch_repeat (vcpu) : result;
  }
  case VCPUOP_up:
    return up (target);
  case VCPUOP_down:
    return down (target);
  case VCPUOP_is_up:
    return (target->held & HV_HELD_DOWN) == 0;
  case VCPUOP_get_runstate_info:
    return runstate (target, argument);
  case VCPUOP_get_physid:
    return physical (target, argument);
  case VCPUOP_stop_periodic_timer: /* there is none */
    return 0;
  case VCPUOP_set_singleshot_timer:
    return target == vcpu ? set_timer (target, argument) : -XEN_EINVAL;
  case VCPUOP_stop_singleshot_timer:
    hv_timer_cancel (&target->timer);
    return 0;
  default:
    return -XEN_ENOSYS;
  }
}
