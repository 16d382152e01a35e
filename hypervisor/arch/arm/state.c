/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers and address space of a domain that is saved or restored. */
#include "core/string.h"
#include <xen/errno.h>
#include "arch/arch.h"
#include "arch/arm/mmu.h"
#include "arch/arm/traps.h"
#include "arch/arm/watch.h"
#include "core/domain.h"

void
hv_arch_get_context (const struct hv_vcpu *vcpu, struct pv_vcpu_context *context)
{
  const struct hv_arch_vcpu *arch = &vcpu->arch;
  bool user = arch->dacr == DACR_USER;
  context->pc = arch->regs.pc;
  context->cpsr = (arch->regs.cpsr & CPSR_GUEST_BITS) | (user ? PV_CPSR_USER : PV_CPSR_KERNEL);
  memcpy (context->r, arch->regs.r, sizeof context->r);
  for (uint32_t i = 0; i < PV_TRAPS; i++)
    context->handler[i] = hv_watch_handler (vcpu, i);
  context->kernel_sp = arch->kernel_sp + PV_FRAME_SIZE;
  context->directory = arch->base;
  context->tpidrurw = arch->tpidrurw;
  context->tpidruro = arch->tpidruro;
  context->fpu_trap = arch->vfp_trap;
  context->fpscr = arch->vfp.fpscr;
  memcpy (context->d, arch->vfp.d, sizeof context->d);
}

int
hv_arch_set_context (struct hv_vcpu *vcpu, const struct pv_vcpu_context *context)
{
  struct hv_arch_vcpu *arch = &vcpu->arch;
  bool user = (context->cpsr & PV_CPSR_MODE) == PV_CPSR_USER;
  if (!hv_kernel_stack_valid (context->kernel_sp) || !hv_handlers_valid (context->handler))
    return -XEN_EINVAL;
  int error = vcpu->domain->paging->set_base (vcpu, context->directory);
  if (error)
    return error;
  arch->regs.pc = context->pc;
  arch->regs.cpsr = (context->cpsr & CPSR_GUEST_BITS) | MODE_USR;
  memcpy (arch->regs.r, context->r, sizeof context->r);
  memcpy (arch->handler, context->handler, sizeof context->handler);
  arch->dacr = user ? DACR_USER : DACR_KERNEL;
  arch->kernel_sp = context->kernel_sp - PV_FRAME_SIZE;
  arch->tpidrurw = context->tpidrurw;
  arch->tpidruro = context->tpidruro;
  arch->vfp_trap = context->fpu_trap != 0;
  arch->vfp.fpscr = context->fpscr;
  memcpy (arch->vfp.d, context->d, sizeof context->d);
  arch->vfp_cpu = NULL; /* no unit has these */
  return 0;
}

void
hv_arch_set_result (struct hv_vcpu *vcpu, uint32_t result)
{
  vcpu->arch.regs.r[0] = result;
}

int
hv_arch_domain_complete (struct hv_domain *domain, const struct pv_layout *layout)
{
  int error = hv_arch_adopt (domain, layout);
  if (!error)
    hv_mmu_flush_domain (domain);
  return error;
}
