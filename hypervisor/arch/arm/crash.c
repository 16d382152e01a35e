/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of a crash: registers, and the chain of calls that led there, as far as the guest's
 * frame pointers make sense. Nothing here trusts them: each word is looked up in the guest's page
 * tables, frames must lie one above the other, and there are at most PV_CRASH_FRAMES.
 */
#include "arch/arch.h"
#include "arch/arm/cp15.h"
#include "core/domain.h"

/* The context that the guest library's upcalls push below the hypervisor's frame: r0 to r11. */
#define UPCALL_CONTEXT 48u

static bool
in_user_mode (const struct hv_vcpu *vcpu)
{
  bool current = vcpu->arch.cpu->current == vcpu;
  return (current ? hv_read_dacr () : vcpu->arch.dacr) == DACR_USER;
}

static bool
peek (const struct hv_vcpu *vcpu, uint32_t va, uint32_t *word)
{
  uint32_t mfn;
  if ((va & 3) != 0 || vcpu->domain->paging->frame_behind (vcpu, va, false, &mfn))
    return false;
  *word = ((const uint32_t *)hv_frame_address (mfn))[(va & (HV_PAGE_SIZE - 1)) / 4];
  return true;
}

struct walk {
  uint32_t fp, below;
  uint32_t lr; /* of a function that a trap interrupted; 0: of one that made a call */
  uint32_t count, *trace;
};

static void
add (struct walk *walk, uint32_t address)
{
  if (walk->count < PV_CRASH_FRAMES)
    walk->trace[walk->count++] = address;
}

/*
 * From a function to its caller. A function pushes fp and lr and lets fp point at the latter; a
 * leaf pushes fp alone, and what fp points at is then a frame above instead of code, which lies
 * below the stack. Where a trap came before either, only lr tells the caller; where it came later,
 * lr may be anything.
 */
static bool
step (const struct hv_vcpu *vcpu, struct walk *walk)
{
  uint32_t first, second, interrupted, fp = walk->fp, lr = walk->lr;
  bool there = fp > walk->below && peek (vcpu, fp, &first) && peek (vcpu, fp - 4, &second);
  bool leaf = there && lr != 0 && first > fp;
  walk->below = fp;
  walk->lr = 0;
  if (lr != 0 && (!there || leaf || lr != first))
    add (walk, ((lr - 4) & ~PV_CRASH_PERHAPS) | (leaf ? 0 : PV_CRASH_PERHAPS));
  if (!there || (!leaf && first == 0))
    return false;
  walk->fp = leaf ? first : second;
  if (leaf)
    return true;
  /* An upcall's record of what it interrupted stands right below the context. */
  uint32_t frame = fp + 4 + UPCALL_CONTEXT;
  bool upcall = peek (vcpu, frame + PV_FRAME_PC, &interrupted) && interrupted == first
                && peek (vcpu, frame + PV_FRAME_LR, &walk->lr);
  add (walk, (upcall ? first : first - 4) & ~PV_CRASH_PERHAPS);
  return true;
}

static uint32_t
trace_calls (const struct hv_vcpu *vcpu, uint32_t trace[PV_CRASH_FRAMES])
{
  const struct hv_regs *regs = &vcpu->arch.regs;
  struct walk walk = { .fp = regs->r[11], .lr = regs->r[14], .trace = trace };
  add (&walk, regs->pc);
  while (walk.count < PV_CRASH_FRAMES && step (vcpu, &walk))
    continue;
  return walk.count;
}

void
hv_arch_crash_record (const struct hv_vcpu *vcpu, struct pv_crash *record)
{
  const struct hv_regs *regs = &vcpu->arch.regs;
  record->vcpu = vcpu->id;
  record->pc = regs->pc;
  record->cpsr = (regs->cpsr & ~(uint32_t)PV_CPSR_MODE)
                 | (in_user_mode (vcpu) ? PV_CPSR_USER : PV_CPSR_KERNEL);
  record->sp = regs->r[13];
  record->lr = regs->r[14];
  for (uint32_t i = 0; i < 13; i++)
    record->r[i] = regs->r[i];
  record->fault_address = *vcpu->arch.fault_address;
  record->fault_status = hv_read_dfsr ();
  record->frames = trace_calls (vcpu, record->trace);
}
