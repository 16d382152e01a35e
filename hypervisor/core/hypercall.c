/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hypercall.h"

#include "core/string.h"
#include <pv/arch.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/version.h>
#include "arch/arch.h"
#include "core/audit.h"
#include "core/channel.h"
#include "core/domain.h"
#include "core/grant.h"
#include "core/io.h"
#include "core/log.h"
#include "core/units.h"
#include "platform/platform.h"
#include "security/hooks.h"
#include "security/load.h"

#define MULTICALL_MAX  64u
#define MULTICALL_HOLD (50u * BOARD_TICKS_PER_US) /* then the rest is a call of its own */

static long
op_xen_version (struct hv_vcpu *vcpu, const uint32_t *args)
{
  static const xen_extraversion_t extra = "-domicile";
  (void)vcpu;
  switch (args[0]) {
  case XENVER_version:
    return HV_XEN_VERSION;
  case XENVER_extraversion:
    return hv_copy_to_guest (args[1], extra, sizeof extra);
  case XENVER_pagesize:
    return HV_PAGE_SIZE;
  default:
    return -XEN_ENOSYS;
  }
}

static long
op_console_io (struct hv_vcpu *vcpu, const uint32_t *args)
{
  int denied = hv_may (vcpu->domain, vcpu->domain, HV_CONSOLE_USE);
  if (denied)
    return denied;
  return hv_console_io (vcpu->domain, args[0], args[1], args[2]);
}

static long
op_event_channel (struct hv_vcpu *vcpu, const uint32_t *args)
{
  if (args[0] == EVTCHNOP_send)
    return hv_event_send (vcpu->domain, args[1]);
  return hv_event_op (vcpu->domain, args[0], args[1]);
}

static long
op_set_timer (struct hv_vcpu *vcpu, const uint32_t *args)
{
  uint64_t deadline = (uint64_t)args[1] << 32 | args[0];
  if (deadline == 0)
    hv_timer_cancel (&vcpu->timer);
  else
    hv_timer_set (&vcpu->timer, hv_ns_to_ticks (deadline));
  return 0;
}

static long
op_time (struct hv_vcpu *vcpu, const uint32_t *args)
{
  uint64_t ns = hv_ticks_to_ns (hv_platform_ticks ());
  (void)args;
  vcpu->arch.regs.r[1] = (uint32_t)(ns >> 32);
  return (long)(uint32_t)ns;
}

static long
op_debug (struct hv_vcpu *vcpu, const uint32_t *args)
{
  (void)args;
  int denied = hv_may (vcpu->domain, NULL, HV_HOST_POWER);
  if (denied)
    return denied;
  hv_log ("power off");
  hv_platform_power_off ();
}

/* Calls that change how the multicall itself goes on are not for its entries. */
static bool
may_be_batched (uint64_t op)
{
  return op < HV_HYPERCALLS && op != __HYPERVISOR_iret && op != __HYPERVISOR_multicall
         && op != __HYPERVISOR_sched_op && op != __HYPERVISOR_domctl && op != __HYPERVISOR_xsm_op
         && op != PV_HYPERVISOR_time_op;
}

/* What a refused call is recorded as that has not said so itself. */
static uint32_t
recorded_as (uint32_t op)
{
  static const uint16_t what[HV_HYPERCALLS] = {
    [__HYPERVISOR_mmu_update] = HV_AUDIT_OF (MEMORY, MAP_WRITE),
    [__HYPERVISOR_update_va_mapping] = HV_AUDIT_OF (MEMORY, MAP_WRITE),
    [__HYPERVISOR_mmuext_op] = HV_AUDIT_OF (MEMORY, MAP_WRITE),
    [__HYPERVISOR_memory_op] = HV_AUDIT_OF (MEMORY, INCREASE),
    [__HYPERVISOR_console_io] = HV_AUDIT_OF (CONSOLE, USE),
    [__HYPERVISOR_grant_table_op] = HV_AUDIT_OF (GRANT, SETUP),
    [__HYPERVISOR_event_channel_op] = HV_AUDIT_OF (EVENT, CREATE),
    [__HYPERVISOR_sysctl] = HV_AUDIT_OF (HOST, INFO),
    [__HYPERVISOR_domctl] = HV_AUDIT_OF (DOMAIN, INFO),
    [__HYPERVISOR_xsm_op] = HV_AUDIT_OF (POLICY, GET),
    [PV_HYPERVISOR_channel_op] = HV_AUDIT_OF (HOST, CHANNEL),
    [PV_HYPERVISOR_io_op] = HV_AUDIT_OF (STORAGE, READ),
    [PV_HYPERVISOR_hid_op] = HV_AUDIT_OF (DISPLAY, DRAW),
  };
  return op < HV_HYPERCALLS && what[op] != 0 ? what[op] : HV_AUDIT_OF (VCPU, SET_CONTEXT);
}

long
hv_hypercall_failed (struct hv_vcpu *vcpu, long result)
{
  const uint32_t *regs = vcpu->arch.regs.r;
  if (regs[12] == PV_HYPERVISOR_time_op) /* a time may look like an error */
    return result;
  return hv_refused (recorded_as (regs[12]), regs[1], result);
}

static long
op_multicall (struct hv_vcpu *vcpu, const uint32_t *args)
{
  uint32_t address = args[0], count = args[1], begun = hv_platform_ticks_low ();
  if (count > MULTICALL_MAX)
    return -XEN_E2BIG;
  for (uint32_t i = 0; i < count; i++, address += sizeof (struct multicall_entry)) {
    struct multicall_entry entry;
    uint32_t inner[6];
    if (hv_copy_from_guest (&entry, address, sizeof entry))
      return -XEN_EFAULT;
    for (uint32_t j = 0; j < 6; j++)
      inner[j] = (uint32_t)entry.args[j];
    vcpu->arch.recorded = 0; /* each may be recorded */
    long result
        = may_be_batched (entry.op) ? vcpu->arch.table[entry.op](vcpu, inner) : -XEN_ENOSYS;
    if (result < 0)
      hv_refused (recorded_as ((uint32_t)entry.op), inner[1], result);
    entry.result = (xen_ulong_t)(int64_t)result;
    if (hv_copy_to_guest (address + offsetof (struct multicall_entry, result), &entry.result,
                          sizeof entry.result))
      return -XEN_EFAULT;
    if (i + 1 < count && hv_platform_ticks_low () - begun > MULTICALL_HOLD) {
      vcpu->arch.regs.r[0] = address + sizeof entry;
      vcpu->arch.regs.r[1] = count - i - 1;
      return hv_arch_repeat (vcpu); /* others get the lock, and interrupts, in between */
    }
  }
  return 0;
}

static long
op_none (struct hv_vcpu *vcpu, const uint32_t *args)
{
  (void)vcpu;
  (void)args;
  return -XEN_ENOSYS;
}

/* Entries replace the one that fills the table. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
const hv_hypercall hv_hypercall_table[HV_HYPERCALLS + 1] = {
  [0 ... HV_HYPERCALLS] = op_none,
  [__HYPERVISOR_set_trap_table] = hv_arch_set_trap_table,
  [__HYPERVISOR_mmu_update] = hv_arch_mmu_update,
  [__HYPERVISOR_stack_switch] = hv_arch_stack_switch,
  [__HYPERVISOR_fpu_taskswitch] = hv_arch_fpu_taskswitch,
  [__HYPERVISOR_memory_op] = hv_memory_op,
  [__HYPERVISOR_multicall] = op_multicall,
  [__HYPERVISOR_update_va_mapping] = hv_arch_update_va_mapping,
  [__HYPERVISOR_set_timer_op] = op_set_timer,
  [__HYPERVISOR_xen_version] = op_xen_version,
  [__HYPERVISOR_console_io] = op_console_io,
  [__HYPERVISOR_iret] = hv_arch_iret,
  [__HYPERVISOR_set_segment_base] = hv_arch_set_segment_base,
  [__HYPERVISOR_vcpu_op] = hv_vcpu_op,
  [__HYPERVISOR_mmuext_op] = hv_arch_mmuext_op,
  [__HYPERVISOR_sched_op] = hv_sched_op,
  [__HYPERVISOR_grant_table_op] = hv_grant_op,
  [__HYPERVISOR_event_channel_op] = op_event_channel,
  [__HYPERVISOR_sysctl] = hv_sysctl,
  [__HYPERVISOR_domctl] = hv_domctl,
  [__HYPERVISOR_xsm_op] = hv_policy_op,
  [PV_HYPERVISOR_channel_op] = hv_channel_op,
  [PV_HYPERVISOR_time_op] = op_time,
  [PV_HYPERVISOR_debug_op] = op_debug,
  [PV_HYPERVISOR_io_op] = hv_io_op,
  [PV_HYPERVISOR_hid_op] = hv_hid_op,
};
#pragma GCC diagnostic pop
