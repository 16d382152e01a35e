/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page-table entries of granted pages. They use another encoding of the same memory type
 * (HV_L2_GRANTED), so that updates of the guest's own know them and leave them alone.
 */
#include <pv/arch.h>
#include "arch/arch.h"
#include "arch/arm/cp15.h"
#include "arch/arm/paging.h"
#include "core/domain.h"
#include "core/frame.h"

static inline uint32_t *
entry_at (uint32_t machine)
{
  return (uint32_t *)hv_frame_address (machine >> HV_PAGE_SHIFT) + (machine & 0xfff) / 4;
}

/* Whether there is an entry at `machine`, in a page table of the domain. */
static bool
is_entry (const struct hv_domain *domain, uint64_t machine)
{
  const struct hv_frame *frame = hv_frame_of ((uint32_t)machine >> HV_PAGE_SHIFT, domain->slot);
  return machine >> 32 == 0 && ((uint32_t)machine & 3) == 0 && frame && hv_frame_in_use (frame)
         && hv_frame_type (frame) == HV_FRAME_TABLE;
}

/* Machine address of the entry of a virtual address; 0: there is no table. */
static inline uint32_t
entry_address (const struct hv_vcpu *vcpu, uint64_t va)
{
  if (va >= PV_HYPERVISOR_START || (va & 0xfff) != 0)
    return 0;
  const uint32_t *directory = hv_frame_address (vcpu->arch.base);
  uint32_t l1 = directory[va >> 20];
  if ((l1 & PV_L1_TYPE) != PV_L1_TABLE)
    return 0;
  return (l1 & PV_L1_ADDRESS) + ((uint32_t)va >> 12 & 0xff) * 4;
}

uint32_t
hv_arch_grant_map (struct hv_vcpu *vcpu, uint64_t host, bool by_entry, uint32_t mfn, bool readonly)
{
  uint32_t machine = by_entry ? (uint32_t)host : entry_address (vcpu, host);
  if (by_entry ? !is_entry (vcpu->domain, host) : machine == 0)
    return 0;
  uint32_t *entry = entry_at (machine);
  if ((*entry & 3) != 0
      || hv_frame_get_type (machine >> HV_PAGE_SHIFT, vcpu->domain->slot, HV_FRAME_TABLE))
    return 0;
  *entry = mfn << HV_PAGE_SHIFT | HV_L2_GRANTED | (readonly ? PV_L2_READONLY : PV_L2_WRITABLE);
  hv_dsb ();
  hv_isb ();
  return machine;
}

void
hv_arch_grant_unmap (uint32_t entry)
{
  *entry_at (entry) = 0;
  hv_frame_put_type (entry >> HV_PAGE_SHIFT);
}
