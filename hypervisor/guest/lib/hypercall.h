/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hypercalls, one inline function each. What they do, their arguments and errors:
 * docs/hypercalls.md. All return zero or a count, or -XEN_Exxx.
 */
#ifndef PV_LIB_HYPERCALL_H
#define PV_LIB_HYPERCALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pv/arch.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <pv/channel.h>
#include <pv/control.h>
#include <pv/io.h>
#include <pv/policy.h>

static inline long
pv_hypercall4 (uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
  register uint32_t r0 asm("r0") = a;
  register uint32_t r1 asm("r1") = b;
  register uint32_t r2 asm("r2") = c;
  register uint32_t r3 asm("r3") = d;
  register uint32_t r12 asm("r12") = number;
  asm volatile("svc #0" : "+r"(r0), "+r"(r1) : "r"(r2), "r"(r3), "r"(r12) : "memory");
  return (long)r0;
}

#define pv_hypercall3(n, a, b, c) pv_hypercall4 (n, a, b, c, 0)
#define pv_hypercall2(n, a, b)    pv_hypercall4 (n, a, b, 0, 0)
#define pv_hypercall1(n, a)       pv_hypercall4 (n, a, 0, 0, 0)

static inline long
pv_xen_version (uint32_t cmd, void *buffer)
{
  return pv_hypercall2 (__HYPERVISOR_xen_version, cmd, (uint32_t)buffer);
}

static inline long
pv_set_trap_table (const struct pv_trap_table *table)
{
  return pv_hypercall1 (__HYPERVISOR_set_trap_table, (uint32_t)table);
}

/* The kernel stack for the next trap from a user process; eight-byte aligned. */
static inline long
pv_stack_switch (uint32_t stack_end)
{
  return pv_hypercall1 (__HYPERVISOR_stack_switch, stack_end);
}

/* Whether the next instruction for the floating-point unit is an upcall (PV_UNDEFINED_FPU). */
static inline long
pv_fpu_taskswitch (bool trap)
{
  return pv_hypercall1 (__HYPERVISOR_fpu_taskswitch, trap);
}

/* Sets TPIDRURO. */
static inline long
pv_set_thread_register (uint32_t value)
{
  return pv_hypercall2 (__HYPERVISOR_set_segment_base, PV_SEGBASE_THREAD, value);
}

static inline long
pv_mmu_update (const struct mmu_update *updates, uint32_t count, uint32_t *done)
{
  return pv_hypercall4 (__HYPERVISOR_mmu_update, (uint32_t)updates, count, (uint32_t)done,
                        DOMID_SELF);
}

/* Writes one page-table entry: `entry_address` is its machine address. Fits small changes: the
   entry and the flush of `va` need one call. */
static inline long
pv_update_va_mapping (uint32_t va, uint32_t entry, uint32_t flags)
{
  return pv_hypercall3 (__HYPERVISOR_update_va_mapping, va, entry, flags);
}

static inline long
pv_mmuext_op (const struct mmuext_op *ops, uint32_t count, uint32_t *done)
{
  return pv_hypercall4 (__HYPERVISOR_mmuext_op, (uint32_t)ops, count, (uint32_t)done, DOMID_SELF);
}

/* XENMEM_*: memory given back and taken again. */
static inline long
pv_memory_op (uint32_t cmd, void *argument)
{
  return pv_hypercall2 (__HYPERVISOR_memory_op, cmd, (uint32_t)argument);
}

static inline long
pv_multicall (struct multicall_entry *calls, uint32_t count)
{
  return pv_hypercall2 (__HYPERVISOR_multicall, (uint32_t)calls, count);
}

/* Added to the hypervisor's time: a guest's own goes on where it was suspended (lib/suspend.c). */
extern int64_t pv_time_offset;

/* One event VIRQ_TIMER at `deadline_ns` of pv_time_ns(); 0 cancels it. */
static inline long
pv_set_timer (uint64_t deadline_ns)
{
  if (deadline_ns != 0)
    deadline_ns -= (uint64_t)pv_time_offset;
  return pv_hypercall2 (__HYPERVISOR_set_timer_op, (uint32_t)deadline_ns,
                        (uint32_t)(deadline_ns >> 32));
}

static inline long
pv_sched_op (uint32_t cmd, void *argument)
{
  return pv_hypercall2 (__HYPERVISOR_sched_op, cmd, (uint32_t)argument);
}

static inline long
pv_event_channel_op (uint32_t cmd, void *argument)
{
  return pv_hypercall2 (__HYPERVISOR_event_channel_op, cmd, (uint32_t)argument);
}

/* `operations`: `count` of the structure that belongs to GNTTABOP_*. */
static inline long
pv_grant_table_op (uint32_t cmd, void *operations, uint32_t count)
{
  return pv_hypercall3 (__HYPERVISOR_grant_table_op, cmd, (uint32_t)operations, count);
}

static inline long
pv_console_io (uint32_t cmd, uint32_t count, char *buffer)
{
  return pv_hypercall3 (__HYPERVISOR_console_io, cmd, count, (uint32_t)buffer);
}

static inline long
pv_domctl (struct pv_domctl *operation)
{
  return pv_hypercall1 (__HYPERVISOR_domctl, (uint32_t)operation);
}

static inline long
pv_policy_op (struct pv_policy_op *operation)
{
  return pv_hypercall1 (__HYPERVISOR_xsm_op, (uint32_t)operation);
}

static inline long
pv_sysctl (struct pv_sysctl *operation)
{
  return pv_hypercall1 (__HYPERVISOR_sysctl, (uint32_t)operation);
}

static inline long
pv_channel_op (uint32_t cmd, void *buffer, uint32_t length)
{
  return pv_hypercall3 (PV_HYPERVISOR_channel_op, cmd, (uint32_t)buffer, length);
}

static inline long
pv_io_op (uint32_t cmd, void *argument, uint32_t count)
{
  return pv_hypercall3 (PV_HYPERVISOR_io_op, cmd, (uint32_t)argument, count);
}

/* Display and input (pv/hid.h). */
static inline long
pv_hid_op (uint32_t cmd, uint32_t argument)
{
  return pv_hypercall2 (PV_HYPERVISOR_hid_op, cmd, argument);
}

/* Nanoseconds since the hypervisor started, for a guest that was never suspended. */
static inline uint64_t
pv_time_ns (void)
{
  register uint32_t r0 asm("r0") = 0;
  register uint32_t r1 asm("r1") = 0;
  register uint32_t r12 asm("r12") = PV_HYPERVISOR_time_op;
  asm volatile("svc #0" : "+r"(r0), "+r"(r1) : "r"(r12) : "memory");
  return ((uint64_t)r1 << 32 | r0) + (uint64_t)pv_time_offset;
}

#endif
