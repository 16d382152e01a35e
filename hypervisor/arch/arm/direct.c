/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/arm/direct.h"

#include <stddef.h>
#include <xen/errno.h>
#include <pv/arch.h>
#include "arch/arch.h"
#include "arch/arm/cp15.h"
#include "arch/arm/mmu.h"
#include "arch/arm/watch.h"
#include "core/audit.h"
#include "core/domain.h"
#include "core/hypercall.h"
#include "platform/platform.h"
#include "security/hooks.h"

#define BATCH_MAX 1024u /* updates of one call */
#define CHUNK     32u   /* of these are copied at a time */
#define HOLD      (50u * BOARD_TICKS_PER_US) /* then the rest of a batch is a call of its own */

#define L2_UNWRITABLE (PV_L2_READONLY & ~PV_L2_WRITABLE) /* set where a page is read-only */

/* ---- one entry: check and take its references, or give them back ---- */

static inline bool
is_valid (uint32_t entry)
{
  return (entry & 3) != 0;
}

/* The entry is valid. */
static inline int
l2_get (uint32_t owner, uint32_t entry)
{
  uint32_t attributes = entry & ~PV_L2_ADDRESS & ~(uint32_t)PV_L2_XN;
  if (attributes == PV_L2_RW)
    return hv_frame_get_type (entry >> 12, owner, HV_FRAME_WRITABLE);
  if (attributes == PV_L2_RO)
    return hv_frame_get (entry >> 12, owner);
  return -XEN_EINVAL;
}

/* The entry was valid. */
static inline void
l2_put (uint32_t entry)
{
  if ((entry & L2_UNWRITABLE) == 0) {
    hv_frame_put_writable (entry >> 12);
    hv_arch_written (entry >> 12);
  } else if (hv_is_watched (entry)) {
    hv_frame_put_writable (entry >> 12);
  } else {
    hv_frame_put (entry >> 12);
  }
}

static int
l1_get (uint32_t owner, uint32_t entry)
{
  uint32_t attributes = entry & ~PV_L1_ADDRESS;
  if (attributes != PV_L1_KERNEL && attributes != PV_L1_USER)
    return -XEN_EINVAL;
  return hv_frame_get_type (entry >> 12, owner, HV_FRAME_TABLE);
}

/* ---- whole tables and directories ---- */

/* Gives back what the first `count` entries of a page of tables refer to. */
static void
release_tables (uint32_t mfn, uint32_t count)
{
  const uint32_t *entries = hv_frame_address (mfn);
  for (uint32_t i = 0; i < count; i++)
    if (is_valid (entries[i]))
      l2_put (entries[i]);
}

/* The entry was valid: it names a page of tables. */
static void
l1_put (uint32_t entry)
{
  struct hv_frame *frame = hv_frame_at (entry >> 12);
  frame->use -= HV_USE_ONE;
  if (!hv_frame_in_use (frame))
    release_tables (entry >> 12, HV_L2_FRAME_ENTRIES);
}

static int
validate_tables (uint32_t owner, uint32_t mfn)
{
  uint32_t *entries = hv_frame_address (mfn);
  for (uint32_t i = 0; i < HV_L2_FRAME_ENTRIES; i++) {
    if (hv_is_watched (entries[i])) /* a guest has copied what it found in a table of its own */
      entries[i] = hv_unwatched (entries[i]);
    int error = is_valid (entries[i]) ? l2_get (owner, entries[i]) : 0;
    if (error) {
      release_tables (mfn, i);
      return error;
    }
  }
  return 0;
}

static int
validate (uint32_t owner, uint32_t mfn, enum hv_frame_type type)
{
  (void)type;
  return validate_tables (owner, mfn);
}

static void
invalidate (uint32_t owner, uint32_t mfn, enum hv_frame_type type)
{
  (void)owner;
  (void)type;
  release_tables (mfn, HV_L2_FRAME_ENTRIES);
}

static void
retyped (uint32_t owner)
{
  hv_mmu_flush_domain (&hv_domains[owner]);
}

const struct hv_frame_hooks hv_direct_hooks
    = { .validate = validate, .invalidate = invalidate, .retyped = retyped };

/* ---- directories, in slices ---- */

/*
 * All tables of a directory that nothing has looked at yet are looked at with it, so that this goes on over
 * several calls of one vCPU (struct hv_checking). Meanwhile its frames are of a type of their own: nobody can
 * write to them or use them as anything, and the entries before `next` have their references.
 */
static bool
is_over (uint32_t begun)
{
  return hv_platform_ticks_low () - begun > HOLD;
}

/* A directory is named by its first frame; the others share its type and one use. */
static void
set_quarters (uint32_t owner, uint32_t mfn, enum hv_frame_type type, uint32_t uses)
{
  for (uint32_t i = 0; i < HV_EXTENT_FRAMES; i++)
    hv_frame_at (mfn + i)->use = hv_use_none (owner, type) + uses;
}

static int
claim (const struct hv_domain *domain, uint32_t mfn)
{
  for (uint32_t i = 0; i < HV_EXTENT_FRAMES; i++) {
    const struct hv_frame *frame = hv_frame_of (mfn + i, domain->slot);
    if (!frame || hv_frame_in_use (frame))
      return -XEN_EBUSY;
  }
  set_quarters (domain->slot, mfn, HV_FRAME_CHECKED, HV_USE_ONE);
  hv_mmu_flush_domain (domain); /* any of them may have been mapped writable a moment ago */
  return 0;
}

/* Finds the next valid entry from *next on. An address of the frame lasts only for some calls of
   hv_frame_address. */
static uint32_t
next_entry (uint32_t mfn, uint32_t *next)
{
  const uint32_t *entries = hv_frame_address (mfn);
  uint32_t i = *next;
  while (i < HV_L1_GUEST_END && !is_valid (entries[i]))
    i++;
  *next = i;
  return i < HV_L1_GUEST_END ? entries[i] : 0;
}

/* The same backwards, from before *next; that is then behind it, or 0. */
static uint32_t
previous_entry (uint32_t mfn, uint32_t *next)
{
  const uint32_t *entries = hv_frame_address (mfn);
  uint32_t i = *next;
  while (i > 0 && !is_valid (entries[i - 1]))
    i--;
  *next = i;
  return i > 0 ? entries[i - 1] : 0;
}

/* Gives back what the entries before `next` refer to. 0, or -XEN_EAGAIN. */
static int
release_directory (const struct hv_domain *domain, struct hv_checking *work)
{
  uint32_t entry;
  while ((entry = previous_entry (work->mfn, &work->next)) != 0) {
    if (is_over (work->begun))
      return -XEN_EAGAIN;
    l1_put (entry);
    work->next--;
  }
  set_quarters (domain->slot, work->mfn, HV_FRAME_DIRECTORY, 0);
  work->mfn = 0;
  return work->error;
}

/* Checks entries from `next` on. */
static int
check_directory (const struct hv_domain *domain, struct hv_checking *work)
{
  uint32_t entry;
  while ((entry = next_entry (work->mfn, &work->next)) != 0) {
    if (is_over (work->begun))
      return -XEN_EAGAIN;
    work->error = l1_get (domain->slot, entry);
    if (work->error) {
      work->leaving = true;
      return release_directory (domain, work);
    }
    work->next++;
  }
  set_quarters (domain->slot, work->mfn, HV_FRAME_DIRECTORY, HV_USE_ONE);
  hv_mmu_share (hv_frame_address (work->mfn), domain->slot);
  work->mfn = 0;
  return 0;
}

/* Ends what the vCPU has begun and not come back to. 0, or -XEN_EAGAIN. */
static int
settle (struct hv_vcpu *vcpu)
{
  struct hv_checking *work = &vcpu->arch.checking;
  if (work->mfn == 0)
    return 0;
  work->leaving = true;
  work->error = 0;
  return release_directory (vcpu->domain, work);
}

/* One use of a directory; -XEN_EAGAIN: call again. */
static int
directory_get (struct hv_vcpu *vcpu, uint32_t mfn)
{
  struct hv_checking *work = &vcpu->arch.checking;
  const struct hv_frame *frame = hv_frame_of (mfn, vcpu->domain->slot);
  if (mfn % HV_EXTENT_FRAMES != 0)
    return -XEN_EINVAL;
  if (!frame) /* 0 is one of these, and stands for nothing in `work` */
    return -XEN_EPERM;
  if (work->mfn == mfn && work->leaving && work->error != 0)
    return release_directory (vcpu->domain, work);
  if (work->mfn != mfn || work->leaving) {
    int error = settle (vcpu);
    if (error)
      return error;
    if (hv_frame_in_use (frame) && hv_frame_type (frame) == HV_FRAME_DIRECTORY)
      return hv_frame_get_type (mfn, vcpu->domain->slot, HV_FRAME_DIRECTORY);
    error = claim (vcpu->domain, mfn);
    if (error)
      return error;
    *work = (struct hv_checking){ .mfn = mfn, .begun = work->begun };
  }
  return check_directory (vcpu->domain, work);
}

/* The vCPU has nothing under way. With the last use the directory is none any more: settle(). */
static void
directory_put (struct hv_vcpu *vcpu, uint32_t mfn)
{
  struct hv_frame *frame = hv_frame_at (mfn);
  frame->use -= HV_USE_ONE;
  if (hv_frame_in_use (frame))
    return;
  set_quarters (vcpu->domain->slot, mfn, HV_FRAME_CHECKED, HV_USE_ONE);
  vcpu->arch.checking = (struct hv_checking){
    .mfn = mfn, .next = HV_L1_GUEST_END, .leaving = true, .begun = vcpu->arch.checking.begun
  };
}

static int
set_base (struct hv_vcpu *vcpu, uint32_t mfn)
{
  struct hv_arch_vcpu *arch = &vcpu->arch;
  int error = directory_get (vcpu, mfn);
  if (error)
    return error;
  if (arch->base != 0)
    directory_put (vcpu, arch->base);
  arch->base = mfn;
  arch->ttbr = hv_ttbr (mfn);
  return 0;
}

/* ---- updates ---- */

static inline void
flush_page (uint32_t va)
{
  hv_dsb ();
  hv_write_tlbimvaais (hv_clear_low (va, 12));
  hv_dsb ();
}

/* -> a negative error; else 0, or 1 if a translation that may be cached has gone. */
static inline int
update_l2 (uint32_t owner, uint32_t *slot, uint32_t value)
{
  uint32_t old = *slot;
  if (is_valid (old) && (old & HV_L2_GRANTED_MARK) != 0)
    return -XEN_EBUSY; /* a grant is mapped there: it goes by its handle */
  if (is_valid (value)) {
    int error = l2_get (owner, value);
    if (error == -XEN_EINVAL && hv_is_watched (value)) {
      value = hv_unwatched (value);
      error = l2_get (owner, value);
    }
    if (error)
      return error;
  }
  *slot = value;
  if (!is_valid (old))
    return 0;
  l2_put (old);
  return 1;
}

static int
update_l1 (uint32_t owner, uint32_t mfn, uint32_t offset, uint32_t value)
{
  uint32_t index = mfn % HV_EXTENT_FRAMES * 1024 + offset / 4;
  uint32_t *slot = (uint32_t *)hv_frame_address (mfn) + offset / 4;
  uint32_t old = *slot;
  if (index >= HV_L1_GUEST_END)
    return -XEN_EPERM;
  if (is_valid (value)) {
    int error = l1_get (owner, value);
    if (error)
      return error;
  }
  *slot = value;
  if (!is_valid (old))
    return 0;
  l1_put (old);
  return 1;
}

/* The second-level table that a batch works on: checked once, good until a directory changes. */
struct target {
  uint32_t mfn;
  uint32_t *entries; /* NULL: there is none */
};

/* Any update; sets the target to the page of tables that it was in. */
static int __attribute__ ((noinline))
update_any (uint32_t owner, const struct mmu_update *update, struct target *target)
{
  uint32_t address = (uint32_t)update->ptr, value = (uint32_t)update->val;
  const struct hv_frame *frame = hv_frame_of (address >> 12, owner);
  target->entries = NULL;
  if (((uint32_t)(update->ptr >> 32) | (uint32_t)(update->val >> 32) | (address & 3)) != 0)
    return -XEN_EINVAL;
  if (!frame)
    return -XEN_EPERM;
  if (!hv_frame_in_use (frame))
    return -XEN_EINVAL;
  if (hv_frame_type (frame) == HV_FRAME_DIRECTORY)
    return update_l1 (owner, address >> 12, address & 0xfff, value);
  if (hv_frame_type (frame) != HV_FRAME_TABLE)
    return -XEN_EINVAL;
  target->mfn = address >> 12;
  target->entries = hv_frame_address (target->mfn);
  return update_l2 (owner, &target->entries[(address & 0xfff) / 4], value);
}

/* Makes updates as long as they are in the target and only unmap, or map where nothing is, the
   owner's memory writable: what most of a batch does, hence in as few instructions as can be.
   -> the first update that it has not made. `gone` as in update_all. */
static const struct mmu_update *__attribute__ ((noinline))
update_run (uint32_t owner, const struct mmu_update *at, const struct mmu_update *end,
            const struct target *target, uint32_t *gone)
{
  char *entries = (char *)target->entries;
  struct hv_frame *frames = hv_frames;
  const uint32_t table = target->mfn << 12, none = hv_use_none (owner, HV_FRAME_WRITABLE);
  uint32_t lost = 0;
  if (!entries)
    return at;
  for (; at < end; at++) {
    const uint32_t value = (uint32_t)at->val, offset = (uint32_t)at->ptr - table;
    if ((offset & ~0xffcu) | (uint32_t)(at->ptr >> 32) | (uint32_t)(at->val >> 32))
      break;
    uint32_t *slot = (uint32_t *)(void *)(entries + offset), old = *slot;
    if (is_valid (value)) {
      uint32_t index = (value >> 12) - HV_FRAME_FIRST;
      if ((value & 0xffe) != PV_L2_RW)
        break;
      if (is_valid (old) || index >= HV_FRAMES_MAX)
        break;
      if (frames[index].use - none >= HV_USE_COUNT - 2 * HV_USE_ONE)
        break;
      frames[index].use += HV_USE_ONE;
    } else if (is_valid (old)) {
      if (old & (L2_UNWRITABLE | HV_L2_GRANTED_MARK))
        break;
      frames[(old >> 12) - HV_FRAME_FIRST].use -= HV_USE_ONE;
      lost = 1;
    }
    *slot = value;
  }
  *gone |= lost;
  return at;
}

/* Counts and records a refusal: it is either a bug of the guest or an attack. */
static int __attribute__ ((noinline, cold))
refused (struct hv_vcpu *vcpu, uint32_t detail, int error)
{
  vcpu->arch.faults++;
  hv_audit (vcpu->domain, vcpu->domain, HV_AUDIT_OF (MEMORY, MAP_WRITE), detail, error);
  return error;
}

/* A batch that takes long is a call again, with this in its count: others get the lock, and
   interrupts, in between. What *done says is then more than nothing. */
#define AGAIN 0x80000000u

static int
begin_batch (const uint32_t *args, uint32_t *count, uint32_t *done)
{
  *done = 0;
  *count = args[1] & ~AGAIN;
  if (*count > BATCH_MAX || args[3] != DOMID_SELF)
    return -XEN_EINVAL;
  return (args[1] & AGAIN) != 0 && args[2] != 0 ? hv_copy_word_from_guest (done, args[2]) : 0;
}

/* With -XEN_EAGAIN the rest, `left` from `next` on, is still to be done: by itself, or, of a
   multicall, by the caller. */
static long
end_batch (
    struct hv_vcpu *vcpu, const uint32_t *args, uint32_t next, uint32_t left, uint32_t done, int error)
{
  int reported = args[2] == 0 ? 0 : hv_copy_to_guest (args[2], &done, sizeof done);
  if (reported || error != -XEN_EAGAIN || args != vcpu->arch.regs.r)
    return error ? error : reported;
  vcpu->arch.regs.r[0] = next;
  vcpu->arch.regs.r[1] = left | AGAIN;
  return hv_arch_repeat (vcpu);
}

/* Makes the updates in order. -> how many, less than `count` if one is refused or the time since
   `begun` is over, with *error; `gone`: translations that may be cached have gone. */
static uint32_t
update_all (struct hv_vcpu *vcpu, const struct mmu_update *updates, uint32_t count,
            struct target *target, uint32_t begun, uint32_t *gone, int *error)
{
  uint32_t owner = vcpu->domain->slot;
  const struct mmu_update *at = updates, *end = updates + count;
  const struct mmu_update *run_end = owner == hv_watched ? updates : end; /* it keeps no record */
  while ((at = update_run (owner, at, run_end, target, gone)) < end) {
    int result = update_any (owner, at, target);
    if (result < 0) {
      *error = refused (vcpu, (uint32_t)at->val, result);
      break;
    }
    *gone |= (uint32_t)result;
    at++;
    if (at < end && is_over (begun)) {
      *error = -XEN_EAGAIN;
      break;
    }
  }
  return (uint32_t)(at - updates);
}

long
hv_arch_mmu_update (struct hv_vcpu *vcpu, const uint32_t *args)
{
  uint32_t from = args[0], count, before, done = 0, gone = 0, begun = hv_platform_ticks_low ();
  struct hv_domain *domain = vcpu->domain;
  struct target target = { .entries = NULL };
  struct mmu_update updates[CHUNK];
  int error = hv_may (domain, domain, HV_MEMORY_UPDATE);
  if (!error)
    error = begin_batch (args, &count, &before);
  if (error)
    return error;
  while (done < count && !error) {
    uint32_t part = count - done < CHUNK ? count - done : CHUNK;
    error = hv_copy_from_guest (updates, from + done * sizeof updates[0], part * sizeof updates[0]);
    if (!error)
      done += update_all (vcpu, updates, part, &target, begun, &gone, &error);
    if (!error && done < count && is_over (begun))
      error = -XEN_EAGAIN;
  }
  if (gone)
    hv_mmu_flush_domain (domain);
  hv_guard_spend (domain, PV_GUARD_PAGING, done + (error != 0));
  return end_batch (vcpu, args, from + done * sizeof updates[0], count - done, before + done, error);
}

long
hv_arch_update_va_mapping (struct hv_vcpu *vcpu, const uint32_t *args)
{
  uint32_t va = args[0], value = args[1], flags = args[2];
  struct hv_domain *domain = vcpu->domain;
  int error = hv_may (domain, domain, HV_MEMORY_UPDATE);
  if (error)
    return error;
  if (va >= PV_HYPERVISOR_START)
    return refused (vcpu, va, -XEN_EPERM);
  hv_guard_spend (domain, PV_GUARD_PAGING, 1);
  uint32_t machine;
  if (!hv_direct_walk (vcpu, va, &machine))
    return -XEN_EINVAL;
  int result = update_l2 (domain->slot, hv_machine_address (machine), value);
  if (result < 0)
    return refused (vcpu, value, result);
  if ((flags & UVMF_TLB_FLUSH) != 0)
    hv_mmu_flush_domain (domain);
  else if (result > 0)
    flush_page (va);
  else
    hv_dsb ();
  return 0;
}

/* ---- pinning, switching, flushing ---- */

static int
pin_as (struct hv_vcpu *vcpu, uint32_t mfn, enum hv_frame_type type)
{
  struct hv_frame *frame = hv_frame_of (mfn, vcpu->domain->slot);
  if (!frame)
    return -XEN_EPERM;
  if ((frame->use & HV_USE_PINNED) != 0)
    return -XEN_EINVAL;
  int error = type == HV_FRAME_DIRECTORY ? directory_get (vcpu, mfn)
                                         : hv_frame_get_type (mfn, vcpu->domain->slot, type);
  if (!error)
    frame->use |= HV_USE_PINNED;
  return error;
}

static int
unpin (struct hv_vcpu *vcpu, uint32_t mfn)
{
  struct hv_frame *frame = hv_frame_of (mfn, vcpu->domain->slot);
  if (!frame)
    return -XEN_EPERM;
  if ((frame->use & HV_USE_PINNED) == 0)
    return -XEN_EINVAL;
  int error = settle (vcpu);
  if (error)
    return error;
  frame->use &= ~HV_USE_PINNED;
  if (hv_frame_type (frame) == HV_FRAME_DIRECTORY)
    directory_put (vcpu, mfn);
  else
    hv_frame_put_type (mfn);
  hv_mmu_flush_domain (vcpu->domain);
  return 0;
}

static int
pin (struct hv_vcpu *vcpu, uint32_t cmd, uint32_t mfn)
{
  switch (cmd) {
  case PV_MMUEXT_PIN_TABLES:
    return pin_as (vcpu, mfn, HV_FRAME_TABLE);
  case PV_MMUEXT_PIN_DIRECTORY:
    return pin_as (vcpu, mfn, HV_FRAME_DIRECTORY);
  case MMUEXT_UNPIN_TABLE:
    return unpin (vcpu, mfn);
  default:
    return -XEN_ENOSYS;
  }
}

static int
new_base (struct hv_vcpu *vcpu, uint32_t mfn)
{
  int error = set_base (vcpu, mfn);
  if (error)
    return error;
  hv_dsb ();
  hv_write_ttbr0 (vcpu->arch.ttbr);
  hv_isb ();
  hv_mmu_flush_domain (vcpu->domain);
  return 0;
}

static int
extended (struct hv_vcpu *vcpu, const struct mmuext_op *op)
{
  uint32_t mfn = (uint32_t)op->arg1.mfn;
  switch (op->cmd) {
  case MMUEXT_NEW_BASEPTR:
    return new_base (vcpu, mfn);
  case MMUEXT_TLB_FLUSH_LOCAL:
    hv_mmu_flush_domain (vcpu->domain);
    return 0;
  case MMUEXT_INVLPG_LOCAL:
    flush_page ((uint32_t)op->arg1.linear_addr);
    return 0;
  default:
    return pin (vcpu, op->cmd, mfn);
  }
}

long
hv_arch_mmuext_op (struct hv_vcpu *vcpu, const uint32_t *args)
{
  uint32_t from = args[0], count, before, done, begun = hv_platform_ticks_low ();
  int error = hv_may (vcpu->domain, vcpu->domain, HV_MEMORY_UPDATE);
  if (!error)
    error = begin_batch (args, &count, &before);
  if (error)
    return error;
  vcpu->arch.checking.begun = begun;
  for (done = 0; done < count && !error; done++, from += sizeof (struct mmuext_op)) {
    struct mmuext_op op;
    if (done > 0 && is_over (begun))
      error = -XEN_EAGAIN;
    else
      error = hv_copy_from_guest (&op, from, sizeof op);
    if (!error) {
      error = extended (vcpu, &op);
      if (error && error != -XEN_EAGAIN)
        refused (vcpu, (uint32_t)op.arg1.mfn, error);
    }
    if (error)
      break;
  }
  if (!error)
    error = settle (vcpu); /* the last call of a batch is perhaps for that alone */
  hv_guard_spend (vcpu->domain, PV_GUARD_PAGING, done + (error != 0));
  return end_batch (vcpu, args, from, count - done, before + done, error);
}

/* ---- what others ask ---- */

static int
frame_behind (const struct hv_vcpu *vcpu, uint32_t va, bool write, uint32_t *mfn)
{
  const uint32_t *at = hv_direct_entry (vcpu, va);
  uint32_t entry = at ? *at : 0;
  if (write && hv_is_watched (entry) && hv_watch_touch (vcpu, va, 1))
    entry = hv_unwatched (entry);
  if ((entry & PV_L2_PAGE) == 0 || (write && (entry & 0x200) != 0))
    return -XEN_EFAULT;
  *mfn = entry >> 12;
  return 0;
}

/* The domain's own tables and pages: small-page entries, and first-level ones that name a table.
   Grants of others and the hypervisor's sections are of no use to anybody else. */
static uint32_t
entry_page (const struct hv_domain *domain, uint32_t entry)
{
  uint32_t mfn = entry >> 12;
  if (!is_valid (entry) || !hv_frame_of (mfn, domain->slot))
    return 0;
  uint32_t bits = hv_is_watched (entry) ? hv_unwatched (entry) : entry;
  return hv_frame_page[mfn - HV_FRAME_FIRST] << 12 | (bits & 0xfff);
}

static int
outer_set_base (struct hv_vcpu *vcpu, uint32_t mfn)
{
  vcpu->arch.checking.begun = hv_platform_ticks_low ();
  return set_base (vcpu, mfn);
}

static int
outer_pin (struct hv_vcpu *vcpu, uint32_t cmd, uint32_t mfn)
{
  vcpu->arch.checking.begun = hv_platform_ticks_low ();
  return pin (vcpu, cmd, mfn);
}

const struct hv_paging hv_paging_direct = { .hypercalls = hv_hypercall_table,
                                            .set_base = outer_set_base,
                                            .pin = outer_pin,
                                            .fault = hv_watch_fault,
                                            .frame_behind = frame_behind,
                                            .entry_page = entry_page,
                                            .grant_map = hv_direct_grant_map,
                                            .grant_unmap = hv_direct_grant_unmap };
