/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traps that need more than entry.S does: upcalls in C, iret to the guest's kernel, crashes. */
#include "arch/arm/traps.h"

#include <xen/errno.h>
#include <pv/arch.h>
#include "arch/arch.h"
#include "arch/arm/cp15.h"
#include "arch/arm/smp.h"
#include "arch/arm/vfp.h"
#include "arch/arm/watch.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "core/log.h"
#include "platform/platform.h"

_Static_assert(CRASH_BAD_STACK == PV_CRASH_BAD_STACK && CRASH_BAD_FRAME == PV_CRASH_BAD_FRAME,
               "offsets.h");

/* The register tells, for the vCPU that was just running. */
static bool
in_user_mode (void)
{
  return hv_read_dacr () == DACR_USER;
}

void
hv_upcall (struct hv_vcpu *vcpu, uint32_t trap, uint32_t info)
{
  struct hv_arch_vcpu *arch = &vcpu->arch;
  struct hv_regs *regs = &arch->regs;
  bool user = in_user_mode ();
  uint32_t sp = user ? arch->kernel_sp : regs->r[13] - PV_FRAME_SIZE;
  struct pv_frame frame
      = { .pc = regs->pc, .r12 = regs->r[12], .sp = regs->r[13], .lr = regs->r[14], .info = info };

  vcpu->domain->crash.trap = trap;
  uint32_t handler = hv_watch_handler (vcpu, trap);
  if (handler == 0) {
    hv_crash_vcpu (vcpu, PV_CRASH_NO_HANDLER);
    return;
  }
  frame.cpsr = user ? regs->cpsr : (regs->cpsr & CPSR_GUEST_BITS) | PV_CPSR_KERNEL;
  if (!user && arch->info->evtchn_upcall_mask)
    frame.cpsr |= PV_CPSR_MASKED;
  hv_write_dacr (DACR_KERNEL); /* the frame goes to the kernel's memory */
  hv_isb ();
  if (hv_copy_to_guest (sp, &frame, sizeof frame)) {
    hv_write_dacr (user ? DACR_USER : DACR_KERNEL); /* the record says who ran */
    hv_crash_vcpu (vcpu, PV_CRASH_BAD_STACK);
    return;
  }
  vcpu->domain->crash.trap = UINT32_MAX;
  arch->info->evtchn_upcall_mask = 1;
  regs->r[13] = sp;
  regs->pc = handler;
  regs->cpsr = MODE_USR;
}

/* The stack of entry.S was the kernel's already when the frame crossed into a page that is not there:
   then the interrupted sp is in the part that is. */
void
hv_frame_fault (struct hv_vcpu *vcpu, uint32_t reason)
{
  struct hv_arch_vcpu *arch = &vcpu->arch;
  bool call = (reason & CRASH_IN_CALL) != 0;
  uint32_t sp;
  reason &= ~(uint32_t)CRASH_IN_CALL;
  if (reason == PV_CRASH_BAD_STACK) {
    if (arch->regs.r[13] == arch->kernel_sp
        && hv_copy_word_from_guest (&sp, arch->kernel_sp + PV_FRAME_SP) == 0)
      arch->regs.r[13] = sp;
    bool again = hv_watch_touch (vcpu, arch->kernel_sp, PV_FRAME_SIZE);
    hv_write_dacr (DACR_USER); /* only a trap from user mode takes that path */
    if (again) {
      /* The instruction traps once more. */
      if (call)
        arch->regs.pc -= (arch->regs.cpsr & 0x20) != 0 ? 2 : 4;
      return;
    }
  }
  hv_crash_vcpu (vcpu, reason);
}

void
hv_trap (struct hv_vcpu *vcpu, uint32_t trap, uint32_t status)
{
  if (trap == PV_TRAP_DATA_ABORT && vcpu->domain->paging->fault (vcpu, status))
    return;
  if (trap == PV_TRAP_UNDEFINED && !hv_vfp_is_on ()) {
    /* Perhaps it was for the unit that is off. If not, it comes again, and then it is on. */
    hv_vfp_enter (&vcpu->arch);
    if (!vcpu->arch.vfp_trap)
      return;
    vcpu->arch.vfp_trap = false;
    status = PV_UNDEFINED_FPU;
  }
  vcpu->arch.faults++;
  hv_upcall (vcpu, trap, status);
}

void
hv_interrupt (struct hv_cpu *cpu)
{
  cpu->interrupts += hv_platform_interrupts ();
  hv_smp_check_stop ();
  if (__builtin_expect (cpu->current->doomed, 0))
    hv_crash_vcpu (cpu->current, cpu->current->doomed);
}

void
hv_fatal_trap (uint32_t pc, uint32_t trap)
{
  bool data = trap == PV_TRAP_DATA_ABORT;
  hv_panic ("trap %u in the hypervisor at %x, address %x, status %x", trap, pc,
            data ? hv_read_dfar () : hv_read_ifar (), data ? hv_read_dfsr () : hv_read_ifsr ());
}

long
hv_arch_iret (struct hv_vcpu *vcpu, const uint32_t *args)
{
  struct hv_regs *regs = &vcpu->arch.regs;
  struct pv_frame frame;
  (void)args;
  if (hv_copy_from_guest (&frame, regs->r[13], sizeof frame)) {
    hv_crash_vcpu (vcpu, PV_CRASH_BAD_FRAME);
    return 0;
  }
  bool user = (frame.cpsr & PV_CPSR_MODE) == PV_CPSR_USER;
  regs->pc = frame.pc;
  regs->cpsr = (frame.cpsr & CPSR_GUEST_BITS) | MODE_USR;
  regs->r[12] = frame.r12;
  regs->r[13] = frame.sp;
  regs->r[14] = frame.lr;
  vcpu->arch.info->evtchn_upcall_mask = !user && (frame.cpsr & PV_CPSR_MASKED) != 0;
  if (user)
    hv_write_dacr (DACR_USER);
  vcpu->arch.recorded = vcpu->arch.hypercalls; /* what it returns is no error of the call */
  return (long)regs->r[0];
}

long
hv_arch_repeat (struct hv_vcpu *vcpu)
{
  struct hv_regs *regs = &vcpu->arch.regs;
  regs->pc -= (regs->cpsr & 0x20 /* Thumb */) != 0 ? 2 : 4;
  return (long)regs->r[0];
}

long
hv_arch_set_trap_table (struct hv_vcpu *vcpu, const uint32_t *args)
{
  struct pv_trap_table table;
  if (hv_copy_from_guest (&table, args[0], sizeof table))
    return -XEN_EFAULT;
  if (!hv_handlers_valid (table.handler))
    return -XEN_EINVAL;
  for (uint32_t i = 0; i < PV_TRAPS; i++)
    vcpu->arch.handler[i] = table.handler[i];
  hv_watch_handlers_set (vcpu);
  return 0;
}

long
hv_arch_stack_switch (struct hv_vcpu *vcpu, const uint32_t *args)
{
  if (!hv_kernel_stack_valid (args[0]))
    return -XEN_EINVAL;
  vcpu->arch.kernel_sp = args[0] - PV_FRAME_SIZE;
  return 0;
}

/* What the compiler's division calls for a divisor of zero. */
int __aeabi_idiv0 (void);
int __aeabi_ldiv0 (void);

int
__aeabi_idiv0 (void)
{
  hv_panic ("division by zero");
}

int
__aeabi_ldiv0 (void)
{
  hv_panic ("division by zero");
}
