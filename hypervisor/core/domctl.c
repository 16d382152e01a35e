/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domctl: the control domain governs the others. */
#include "core/string.h"
#include <xen/errno.h>
#include "arch/arch.h"
#include "core/build.h"
#include "core/domain.h"
#include "core/grant.h"
#include "core/hypercall.h"
#include "core/image.h"
#include "core/realtime.h"
#include "core/sched.h"
#include "core/state.h"
#include "security/hooks.h"
#include "security/policy.h"

/* The label that was asked for, or the image's, or that of every guest; NULL: there is none. */
static const struct pol_label *
label_of (const char asked[PV_NAME_MAX], const struct hv_image *image)
{
  if (asked[PV_NAME_MAX - 1] != 0)
    return NULL;
  if (asked[0])
    return hv_policy_label (asked);
  return hv_policy_label (image->label[0] ? image->label : HV_LABEL_GUEST);
}

/* -XEN_EAGAIN: the domain that op->domain names is under way. */
static long
create (struct hv_domain *caller, struct pv_domctl *op)
{
  struct hv_domain_config config = { .memory_kib = op->u.create.memory_kib,
                                     .max_memory_kib = op->u.create.max_memory_kib,
                                     .vcpus = op->u.create.vcpus,
                                     .weight = op->u.create.weight,
                                     .cap_percent = op->u.create.cap_percent,
                                     .flags = op->u.create.flags,
                                     .low_pages = op->u.create.low_pages };
  int denied = hv_may (caller, NULL, HV_DOMAIN_CREATE);
  if (denied)
    return denied;
  if (hv_build_is (op->domain))
    return hv_build_slice ();
  config.image = hv_image_find (op->u.create.image);
  if (!config.image)
    return -XEN_ENOENT;
  config.label = label_of (op->u.create.label, config.image);
  if (!config.label)
    return -XEN_ESRCH;
  denied = hv_may_create (caller, config.label);
  if (denied)
    return denied;
  if (config.memory_kib == 0)
    config.memory_kib = config.image->memory_kib;
  if (config.weight == 0)
    config.weight = config.image->weight;
  memcpy (config.name, op->u.create.name, sizeof config.name);
  memcpy (config.handle, op->u.create.handle, sizeof config.handle);
  memcpy (config.command_line, op->u.create.command_line, sizeof config.command_line);
  long id = hv_build_begin (&config);
  if (id < 0)
    return id;
  op->domain = (uint32_t)id;
  return -XEN_EAGAIN;
}

static long
pause (struct hv_domain *target, bool paused)
{
  if (target->life != HV_LIFE_ALIVE || target->paused == paused)
    return -XEN_EBUSY;
  hv_domain_pause (target, paused);
  return 0;
}

static long
scheduler (struct hv_domain *target, struct pv_domctl *op)
{
  uint32_t set = op->u.scheduler.set;
  uint32_t weight = op->u.scheduler.weight, cap = op->u.scheduler.cap_percent;
  if ((set & PV_SCHED_SET_WEIGHT) != 0 && (weight < PV_WEIGHT_MIN || weight > PV_WEIGHT_MAX))
    return -XEN_EINVAL;
  if ((set & PV_SCHED_SET_CAP) != 0 && cap > 100 * target->vcpus)
    return -XEN_EINVAL;
  if ((set & PV_SCHED_SET_REALTIME) != 0) {
    long error
        = hv_realtime_set (target, op->u.scheduler.budget_us, op->u.scheduler.period_us);
    if (error)
      return error;
  }
  if ((set & PV_SCHED_SET_WEIGHT) != 0)
    target->weight = weight;
  if ((set & PV_SCHED_SET_CAP) != 0)
    hv_sched_set_cap (target, cap);
  op->u.scheduler.weight = target->weight;
  op->u.scheduler.cap_percent = target->cap_percent;
  op->u.scheduler.budget_us = target->realtime.budget_us;
  op->u.scheduler.period_us = target->realtime.period_us;
  return 0;
}

static long
console (struct hv_domain *target, struct pv_domctl *op)
{
  long result;
  if (op->cmd == PV_DOMCTL_CONSOLE_READ)
    result = hv_console_read (&target->console, op->u.console.buffer, op->u.console.length,
                              &op->u.console.since, &op->u.console.next);
  else
    result = hv_console_type (target, op->u.console.buffer, op->u.console.length);
  if (result < 0)
    return result;
  op->u.console.length = (uint32_t)result;
  return 0;
}

static long
get_info (struct hv_domain *caller, struct pv_domctl *op)
{
  struct hv_domain *target = hv_domain_from (op->domain);
  int denied = hv_may (caller, target, HV_DOMAIN_INFO);
  if (denied)
    return denied;
  if (!target)
    return -XEN_ESRCH;
  op->domain = target->id;
  hv_domain_info (target, &op->u.info);
  return 0;
}

/* What goes from one domain to the next one with which it has to do. */
static long
flow (const struct hv_domain *target, struct pv_domctl *op)
{
  const struct hv_domain *peer;
  for (uint32_t id = op->u.flow.peer; (peer = hv_domain_from (id)); id = peer->id + 1u) {
    op->u.flow.peer = peer->id;
    op->u.flow.events = hv_events_between (target, peer);
    op->u.flow.grants = hv_grant_uses (target, peer);
    if (peer != target && (op->u.flow.events | op->u.flow.grants) != 0)
      return 0;
  }
  return -XEN_ENOENT;
}

/* Asks for the bridge: the domains themselves, and not the caller, are who may or may not. */
static long
may_connect (const struct hv_domain *target, const struct pv_domctl *op)
{
  const struct hv_domain *peer = hv_domain_find (op->u.connect.peer);
  return peer ? hv_may (target, peer, HV_NETWORK_CONNECT) : -XEN_ESRCH;
}

/* Commands that change another domain's life; nobody does that to itself. */
static long
control (struct hv_domain *target, struct pv_domctl *op)
{
  if (target->control && op->cmd != PV_DOMCTL_SCHEDULER
      && op->cmd != PV_DOMCTL_SET_AFFINITY && op->cmd != PV_DOMCTL_SET_HANDLE)
    return -XEN_EPERM;
  switch (op->cmd) {
  case PV_DOMCTL_DESTROY:
    if (target->life == HV_LIFE_DYING)
      return hv_domain_release (target);
    if (target->device_holds == 0)
      hv_domain_destroy (target);
    return -XEN_EAGAIN;
  case PV_DOMCTL_REBUILD:
    if (hv_build_is (target->id))
      return hv_build_slice ();
    if (target->device_holds == 0)
      hv_build_again (target);
    return -XEN_EAGAIN;
  case PV_DOMCTL_MAX_MEM:
    return hv_domain_allow (target, op->u.max_mem.kib / (HV_PAGE_SIZE / 1024));
  case PV_DOMCTL_PAUSE:
    return pause (target, true);
  case PV_DOMCTL_UNPAUSE:
    return pause (target, false);
  case PV_DOMCTL_SHUTDOWN:
    if (target->life != HV_LIFE_ALIVE)
      return -XEN_EBUSY;
    target->shutdown_asked = true;
    hv_event_raise (target, PV_VIRQ_SHUTDOWN);
    return 0;
  case PV_DOMCTL_SCHEDULER:
    return scheduler (target, op);
  case PV_DOMCTL_SET_AFFINITY:
    if (op->u.affinity.vcpu >= target->vcpus)
      return -XEN_EINVAL;
    return hv_sched_set_affinity (&target->vcpu[op->u.affinity.vcpu], op->u.affinity.processors);
  case PV_DOMCTL_GET_DEVICES:
    memcpy (op->u.devices, target->devices, sizeof target->devices);
    return target->devices_set ? 0 : -XEN_ENOENT;
  case PV_DOMCTL_SET_DEVICES:
    memcpy (target->devices, op->u.devices, sizeof target->devices);
    target->devices_set = true;
    return 0;
  case PV_DOMCTL_SET_HANDLE:
    memcpy (target->handle, op->u.handle.handle, sizeof target->handle);
    return 0;
  default:
    return -XEN_ENOSYS;
  }
}

/* A command on a domain that is not there is one on the machine. */
static enum hv_hook
hook_of (uint32_t cmd)
{
  switch (cmd) {
  case PV_DOMCTL_DESTROY:
  case PV_DOMCTL_REBUILD:
    return HV_DOMAIN_DESTROY;
  case PV_DOMCTL_PAUSE:
    return HV_DOMAIN_PAUSE;
  case PV_DOMCTL_SET_AFFINITY:
    return HV_VCPU_AFFINITY;
  case PV_DOMCTL_UNPAUSE:
    return HV_DOMAIN_RESUME;
  case PV_DOMCTL_SHUTDOWN:
    return HV_DOMAIN_SHUTDOWN;
  case PV_DOMCTL_CONSOLE_READ:
    return HV_CONSOLE_READ;
  case PV_DOMCTL_FLOW:
  case PV_DOMCTL_MAY_CONNECT:
  case PV_DOMCTL_GET_DEVICES:
    return HV_DOMAIN_INFO;
  case PV_DOMCTL_CONSOLE_WRITE:
    return HV_CONSOLE_WRITE;
  default:
    return HV_DOMAIN_SET;
  }
}

/* The domain that a command is for, which the command itself may have made invisible. */
static struct hv_domain *
target_of (const struct pv_domctl *op)
{
  struct hv_domain *target = hv_domain_find (op->domain);
  bool rebuilt = op->cmd == PV_DOMCTL_REBUILD && hv_build_is (op->domain);
  if (!target && (op->cmd == PV_DOMCTL_DESTROY || rebuilt))
    target = hv_domain_dying (op->domain);
  if (!target && (op->cmd == PV_DOMCTL_DESTROY || op->cmd == PV_DOMCTL_REBUILD))
    target = hv_domain_building (op->domain);
  if (target && hv_build_is (op->domain) && op->cmd != PV_DOMCTL_REBUILD)
    target = NULL;
  return target;
}

static long
act (struct hv_domain *caller, struct pv_domctl *op)
{
  if (op->cmd == PV_DOMCTL_CREATE)
    return create (caller, op);
  if (op->cmd == PV_DOMCTL_GET_INFO)
    return get_info (caller, op);
  if (hv_state_command (op->cmd))
    return hv_state_domctl (caller, op);
  struct hv_domain *target = target_of (op);
  int denied = hv_may (caller, target, hook_of (op->cmd));
  if (denied)
    return denied;
  if (!target)
    return -XEN_ESRCH;
  if (op->cmd == PV_DOMCTL_CONSOLE_READ || op->cmd == PV_DOMCTL_CONSOLE_WRITE)
    return console (target, op);
  if (op->cmd == PV_DOMCTL_FLOW)
    return flow (target, op);
  if (op->cmd == PV_DOMCTL_MAY_CONNECT)
    return may_connect (target, op);
  return control (target, op);
}

long
hv_domctl (struct hv_vcpu *vcpu, const uint32_t *args)
{
  struct pv_domctl op;
  if (hv_copy_from_guest (&op, args[0], sizeof op))
    return -XEN_EFAULT;
  long result = act (vcpu->domain, &op);
  bool again = result == -XEN_EAGAIN;
  if ((result == 0 || again) && hv_copy_to_guest (args[0], &op, sizeof op))
    return -XEN_EFAULT;
  return again ? hv_arch_repeat (vcpu) : result;
}
