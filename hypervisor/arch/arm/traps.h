/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What entry.S calls. */
#ifndef HV_ARCH_TRAPS_H
#define HV_ARCH_TRAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <pv/arch.h>

#define CPSR_GUEST_BITS 0xfe0ffc20u /* flags, GE, IT and Thumb: what a guest may set */

struct hv_cpu;
struct hv_vcpu;

/* Makes the running vCPU enter its kernel at the handler of `trap`, or crashes its domain. */
void hv_upcall (struct hv_vcpu *vcpu, uint32_t trap, uint32_t info);
/* An abort or undefined instruction that entry.S left to C. */
void hv_trap (struct hv_vcpu *vcpu, uint32_t trap, uint32_t status);
/* A trap frame on the kernel's stack that could not be stored, or loaded by iret; the registers are
   those of the moment before. Ends the domain with `reason`. */
void hv_frame_fault (struct hv_vcpu *vcpu, uint32_t reason);
void hv_interrupt (struct hv_cpu *cpu);
/* A trap in the hypervisor's own code: a bug. Says where and powers off. */
void hv_fatal_trap (uint32_t pc, uint32_t trap);

static inline bool
hv_handlers_valid (const uint32_t handler[PV_TRAPS])
{
  for (uint32_t i = 0; i < PV_TRAPS; i++)
    if (handler[i] >= PV_HYPERVISOR_START || (handler[i] & 3) != 0)
      return false;
  return true;
}

/* entry.S stores a frame there with privileged stores: it must not reach into the hypervisor. */
static inline bool
hv_kernel_stack_valid (uint32_t end)
{
  return end >= PV_FRAME_SIZE && end < PV_HYPERVISOR_START && (end & 7) == 0;
}

#endif
