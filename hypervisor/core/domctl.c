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
#include "core/watchdog.h"
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
pause (struct hv_domain *target, struct pv_domctl *op)
{
  bool paused = op->cmd == PV_DOMCTL_PAUSE;
  if (target->life != HV_LIFE_ALIVE || target->paused == paused)
    return -XEN_EBUSY;
  hv_domain_pause (target, paused);
  return 0;
}

static long
shut_down (struct hv_domain *target, struct pv_domctl *op)
{
  (void)op;
  if (target->life != HV_LIFE_ALIVE)
    return -XEN_EBUSY;
  target->shutdown_asked = true;
  hv_event_raise (target, PV_VIRQ_SHUTDOWN);
  return 0;
}

static long
destroy (struct hv_domain *target, struct pv_domctl *op)
{
  (void)op;
  if (target->life == HV_LIFE_DYING)
    return hv_domain_release (target);
  if (target->device_holds == 0)
    hv_domain_destroy (target);
  return -XEN_EAGAIN;
}

static long
rebuild (struct hv_domain *target, struct pv_domctl *op)
{
  (void)op;
  if (hv_build_is (target->id))
    return hv_build_slice ();
  if (target->device_holds == 0)
    hv_build_again (target);
  return -XEN_EAGAIN;
}

static long
max_mem (struct hv_domain *target, struct pv_domctl *op)
{
  return hv_domain_allow (target, op->u.max_mem.kib / (HV_PAGE_SIZE / 1024));
}

static long
affinity (struct hv_domain *target, struct pv_domctl *op)
{
  if (op->u.affinity.vcpu >= target->vcpus)
    return -XEN_EINVAL;
  return hv_sched_set_affinity (&target->vcpu[op->u.affinity.vcpu], op->u.affinity.processors);
}

static long
get_devices (struct hv_domain *target, struct pv_domctl *op)
{
  memcpy (op->u.devices, target->devices, sizeof target->devices);
  return target->devices_set ? 0 : -XEN_ENOENT;
}

static long
set_devices (struct hv_domain *target, struct pv_domctl *op)
{
  memcpy (target->devices, op->u.devices, sizeof target->devices);
  target->devices_set = true;
  return 0;
}

static long
get_guard (struct hv_domain *target, struct pv_domctl *op)
{
  hv_guard_get (target, &op->u.guard);
  return 0;
}

static long
set_guard (struct hv_domain *target, struct pv_domctl *op)
{
  return hv_guard_set (target, &op->u.guard);
}

static long
set_handle (struct hv_domain *target, struct pv_domctl *op)
{
  memcpy (target->handle, op->u.handle.handle, sizeof target->handle);
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
  if ((set & PV_SCHED_SET_WATCHDOG) != 0
      && op->u.scheduler.watchdog_seconds > HV_WATCHDOG_SECONDS_MAX)
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
  if ((set & PV_SCHED_SET_WATCHDOG) != 0)
    hv_watchdog_order (target, op->u.scheduler.watchdog_seconds,
                       op->u.scheduler.watchdog_restart != 0);
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
flow (struct hv_domain *target, struct pv_domctl *op)
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
may_connect (struct hv_domain *target, struct pv_domctl *op)
{
  const struct hv_domain *peer = hv_domain_find (op->u.connect.peer);
  return peer ? hv_may (target, peer, HV_NETWORK_CONNECT) : -XEN_ESRCH;
}

/* On which domains a command works; of one that is not whole nobody else hears. */
#define ON_WHOLE   1u
#define ON_EMPTY   2u /* waits to be filled (PV_CREATE_EMPTY) */
#define ON_MADE    4u /* under way in core/build.c */
#define ON_DYING   8u
#define ON_CONTROL 16u /* on the control domain itself too */

static const struct command {
  uint16_t cmd;
  uint8_t hook; /* enum hv_hook: what the caller needs for it */
  uint8_t on;
  long (*act) (struct hv_domain *target, struct pv_domctl *op);
} commands[] = {
  { PV_DOMCTL_DESTROY, HV_DOMAIN_DESTROY, ON_WHOLE | ON_EMPTY | ON_DYING, destroy },
  { PV_DOMCTL_REBUILD, HV_DOMAIN_DESTROY, ON_WHOLE | ON_MADE, rebuild },
  { PV_DOMCTL_PAUSE, HV_DOMAIN_PAUSE, ON_WHOLE, pause },
  { PV_DOMCTL_UNPAUSE, HV_DOMAIN_RESUME, ON_WHOLE, pause },
  { PV_DOMCTL_SHUTDOWN, HV_DOMAIN_SHUTDOWN, ON_WHOLE, shut_down },
  { PV_DOMCTL_MAX_MEM, HV_DOMAIN_SET, ON_WHOLE, max_mem },
  { PV_DOMCTL_SCHEDULER, HV_DOMAIN_SET, ON_WHOLE | ON_CONTROL, scheduler },
  { PV_DOMCTL_GET_GUARD, HV_DOMAIN_INFO, ON_WHOLE | ON_CONTROL, get_guard },
  { PV_DOMCTL_SET_GUARD, HV_DOMAIN_SET, ON_WHOLE | ON_CONTROL, set_guard },
  { PV_DOMCTL_SET_AFFINITY, HV_VCPU_AFFINITY, ON_WHOLE | ON_CONTROL, affinity },
  { PV_DOMCTL_SET_HANDLE, HV_DOMAIN_SET, ON_WHOLE | ON_CONTROL, set_handle },
  { PV_DOMCTL_GET_DEVICES, HV_DOMAIN_INFO, ON_WHOLE, get_devices },
  { PV_DOMCTL_SET_DEVICES, HV_DOMAIN_SET, ON_WHOLE, set_devices },
  { PV_DOMCTL_CONSOLE_READ, HV_CONSOLE_READ, ON_WHOLE | ON_CONTROL, console },
  { PV_DOMCTL_CONSOLE_WRITE, HV_CONSOLE_WRITE, ON_WHOLE | ON_CONTROL, console },
  { PV_DOMCTL_FLOW, HV_DOMAIN_INFO, ON_WHOLE | ON_CONTROL, flow },
  { PV_DOMCTL_MAY_CONNECT, HV_DOMAIN_INFO, ON_WHOLE | ON_CONTROL, may_connect },
  { PV_DOMCTL_SUSPEND, HV_DOMAIN_SAVE, ON_WHOLE, hv_state_suspend },
  { PV_DOMCTL_UNSUSPEND, HV_DOMAIN_SAVE, ON_WHOLE, hv_state_unsuspend },
  { PV_DOMCTL_MEMORY_LIST, HV_DOMAIN_SAVE, ON_WHOLE | ON_EMPTY, hv_state_memory_list },
  { PV_DOMCTL_PAGES_READ, HV_DOMAIN_SAVE, ON_WHOLE, hv_state_pages_read },
  { PV_DOMCTL_GET_VCPU, HV_DOMAIN_SAVE, ON_WHOLE, hv_state_get_vcpu },
  { PV_DOMCTL_LOG_DIRTY, HV_DOMAIN_SAVE, ON_WHOLE, hv_state_log_dirty },
  { PV_DOMCTL_GET_LAYOUT, HV_DOMAIN_SAVE, ON_WHOLE, hv_state_get_layout },
  { PV_DOMCTL_PAGES_WRITE, HV_DOMAIN_RESTORE, ON_EMPTY, hv_state_pages_write },
  { PV_DOMCTL_PAGE_RELEASE, HV_DOMAIN_RESTORE, ON_EMPTY, hv_state_page_release },
  { PV_DOMCTL_PIN, HV_DOMAIN_RESTORE, ON_EMPTY, hv_state_pin },
  { PV_DOMCTL_SET_VCPU, HV_DOMAIN_RESTORE, ON_EMPTY, hv_state_set_vcpu },
  { PV_DOMCTL_COMPLETE, HV_DOMAIN_RESTORE, ON_EMPTY, hv_state_complete },
};

static uint32_t
stage_of (const struct hv_domain *domain)
{
  if (hv_build_is (domain->id))
    return ON_MADE;
  if (domain->life == HV_LIFE_BUILDING)
    return ON_EMPTY;
  return domain->life == HV_LIFE_DYING ? ON_DYING : ON_WHOLE;
}

/* A command on a domain that is not there is one on the machine. */
static long
act_on (struct hv_domain *caller, const struct command *command, struct pv_domctl *op)
{
  struct hv_domain *target = hv_domain_with_id (op->domain);
  uint32_t stage = target ? stage_of (target) : 0;
  if (target && (stage & (command->on | ON_WHOLE)) == 0)
    target = NULL;
  /* What is being filled is restored, and not saved. */
  bool restores = command->hook == HV_DOMAIN_SAVE && stage == ON_EMPTY;
  int denied
      = hv_may (caller, target, restores ? HV_DOMAIN_RESTORE : (enum hv_hook)command->hook);
  if (denied)
    return denied;
  if (!target)
    return -XEN_ESRCH;
  if (target->control && (command->on & ON_CONTROL) == 0)
    return -XEN_EPERM;
  if ((stage & command->on) == 0)
    return -XEN_EBUSY;
  return command->act (target, op);
}

static long
act (struct hv_domain *caller, struct pv_domctl *op)
{
  if (op->cmd == PV_DOMCTL_CREATE)
    return create (caller, op);
  if (op->cmd == PV_DOMCTL_GET_INFO)
    return get_info (caller, op);
  for (uint32_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
    if (commands[i].cmd == op->cmd)
      return act_on (caller, &commands[i], op);
  return -XEN_ENOSYS;
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
