/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arch/arm/watch.h"

#include "core/string.h"
#include <pv/control.h>
#include <xen/errno.h>
#include "arch/arch.h"
#include "arch/arm/cp15.h"
#include "arch/arm/direct.h"
#include "arch/arm/mmu.h"
#include "core/domain.h"

#define STATUS_WRITE      0x800u
#define STATUS_PERMISSION 0x00fu /* of a page */
#define STATUS_FAULT      0x40fu
#define SLICE_LOOKS       2048u /* frames that one call looks at, */
#define SLICE_TABLES      1u    /* and pages of tables that it goes through */

uint32_t hv_watched = HV_OWNER_NONE;

/* By page number. */
static uint32_t written[HV_FRAMES_MAX / 32];

void
hv_watch_mark (uint32_t mfn)
{
  if (!hv_frame_of (mfn, hv_watched))
    return;
  uint32_t page = hv_frame_page[mfn - HV_FRAME_FIRST];
  written[page / 32] |= 1u << (page & 31);
}

/* ---- handlers ---- */

uint32_t
hv_watch_handler (const struct hv_vcpu *vcpu, uint32_t trap)
{
  if (trap == PV_TRAP_DATA_ABORT && vcpu->domain->slot == hv_watched)
    return vcpu->arch.abort_handler;
  return vcpu->arch.handler[trap];
}

void
hv_watch_handlers_set (struct hv_vcpu *vcpu)
{
  if (vcpu->domain->slot != hv_watched)
    return;
  vcpu->arch.abort_handler = vcpu->arch.handler[PV_TRAP_DATA_ABORT];
  vcpu->arch.handler[PV_TRAP_DATA_ABORT] = 0;
}

static int
enable (struct hv_domain *domain)
{
  if (hv_watched != HV_OWNER_NONE)
    return hv_watched == domain->slot ? 0 : -XEN_EBUSY;
  memset (written, 0, sizeof written);
  hv_watched = domain->slot;
  for (uint32_t i = 0; i < domain->vcpus; i++)
    hv_watch_handlers_set (&domain->vcpu[i]);
  return 0;
}

static void
disable (struct hv_domain *domain)
{
  for (uint32_t i = 0; i < domain->vcpus; i++)
    domain->vcpu[i].arch.handler[PV_TRAP_DATA_ABORT] = domain->vcpu[i].arch.abort_handler;
  hv_watched = HV_OWNER_NONE;
}

void
hv_watch_forget (const struct hv_domain *domain)
{
  if (domain->slot == hv_watched)
    hv_watched = HV_OWNER_NONE;
}

/* ---- walks over all tables ---- */

static void
watch_table (uint32_t mfn)
{
  uint32_t *entries = hv_frame_address (mfn);
  for (uint32_t i = 0; i < HV_L2_FRAME_ENTRIES; i++)
    if ((entries[i] & 0xffe) == PV_L2_RW) {
      hv_watch_mark (entries[i] >> 12);
      entries[i] = (entries[i] & ~(uint32_t)PV_L2_RW) | HV_L2_WATCHED | (entries[i] & 1);
    }
}

static void
unwatch_table (uint32_t mfn)
{
  uint32_t *entries = hv_frame_address (mfn);
  for (uint32_t i = 0; i < HV_L2_FRAME_ENTRIES; i++)
    if (hv_is_watched (entries[i]))
      entries[i] = hv_unwatched (entries[i]);
}

/* From frame *next on; 0 in it when all have been seen. */
static void
walk (const struct hv_domain *domain, uint32_t *next, void (*each) (uint32_t))
{
  uint32_t end = HV_FRAME_FIRST + hv_frames_total (), tables = 0;
  uint32_t mfn = *next < HV_FRAME_FIRST ? HV_FRAME_FIRST : *next;
  for (uint32_t looks = 0; mfn < end && looks < SLICE_LOOKS && tables < SLICE_TABLES;
       looks++, mfn++) {
    const struct hv_frame *frame = hv_frame_of (mfn, domain->slot);
    if (!frame || !hv_frame_in_use (frame) || hv_frame_type (frame) != HV_FRAME_TABLE)
      continue;
    each (mfn);
    tables++;
  }
  if (tables > 0)
    hv_mmu_flush_domain (domain);
  *next = mfn < end ? mfn : 0;
}

/* What is written without a mapping of the domain's: by us, and by back ends. */
static void
mark_own (const struct hv_domain *domain)
{
  hv_watch_mark (domain->layout.shared_info);
  hv_watch_mark (domain->layout.device_page);
  for (uint32_t i = 0; i < PV_GRANT_FRAMES; i++)
    hv_watch_mark (domain->layout.grant_table[i]);
}

static int
clean (const struct pv_log_dirty *op)
{
  uint32_t word = op->first / 32;
  if (op->first % 32 != 0 || op->first >= HV_FRAMES_MAX || op->count > HV_FRAMES_MAX / 32 - word
      || op->count > PV_LOG_DIRTY_WORDS)
    return -XEN_EINVAL;
  if (hv_copy_to_guest (op->buffer, &written[word], op->count * sizeof written[0]))
    return -XEN_EFAULT;
  memset (&written[word], 0, op->count * sizeof written[0]);
  return 0;
}

int
hv_arch_log_dirty (struct hv_domain *domain, struct pv_log_dirty *op)
{
  if (op->op == PV_LOG_DIRTY_ENABLE)
    return enable (domain);
  if (domain->slot != hv_watched)
    return -XEN_EBUSY;
  switch (op->op) {
  case PV_LOG_DIRTY_WATCH:
    walk (domain, &op->first, watch_table);
    mark_own (domain);
    return 0;
  case PV_LOG_DIRTY_CLEAN:
    return clean (op);
  case PV_LOG_DIRTY_OFF:
    walk (domain, &op->first, unwatch_table);
    if (op->first == 0)
      disable (domain);
    return 0;
  default:
    return -XEN_ENOSYS;
  }
}

/* ---- the first write to a page ---- */

static bool
touch (const struct hv_vcpu *vcpu, uint32_t va)
{
  uint32_t *entry = hv_direct_entry (vcpu, va);
  if (!entry || !hv_is_watched (*entry))
    return false;
  *entry = hv_unwatched (*entry);
  hv_dsb ();
  hv_write_tlbimvaais (va & ~0xfffu);
  hv_dsb ();
  hv_isb ();
  return true;
}

bool
hv_watch_touch (const struct hv_vcpu *vcpu, uint32_t va, uint32_t length)
{
  bool touched = false;
  if (vcpu->domain->slot != hv_watched || length == 0)
    return false;
  for (uint32_t page = va >> 12; page <= (va + length - 1) >> 12; page++)
    touched |= touch (vcpu, page << 12);
  return touched;
}

bool
hv_watch_fault (struct hv_vcpu *vcpu, uint32_t status)
{
  uint32_t va = hv_read_dfar ();
  if (vcpu->domain->slot != hv_watched || (status & STATUS_WRITE) == 0
      || (status & STATUS_FAULT) != STATUS_PERMISSION)
    return false;
  if (touch (vcpu, va))
    return true;
  /* Another vCPU was first, and what this processor remembers has gone with that. */
  const uint32_t *entry = hv_direct_entry (vcpu, va);
  return entry && (*entry & 0xffe) == PV_L2_RW;
}

bool
hv_watch_copy_fault (void)
{
  const struct hv_vcpu *vcpu = hv_this_cpu ()->current;
  return vcpu && hv_watch_touch (vcpu, hv_read_dfar (), 1);
}
