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

/* The entry at `machine`, which must lie in a page table of the domain. */
static uint32_t *
entry_at (const struct hv_domain *domain, uint64_t machine)
{
  uint32_t address = (uint32_t)machine;
  const struct hv_frame *frame = hv_frame_of (address >> HV_PAGE_SHIFT, domain->slot);
  if (machine >> 32 != 0 || (address & 3) != 0 || !frame || !hv_frame_in_use (frame)
      || hv_frame_type (frame) != HV_FRAME_TABLE)
    return NULL;
  return (uint32_t *)hv_frame_address (address >> HV_PAGE_SHIFT) + (address & 0xfff) / 4;
}

/* Machine address of the entry of a virtual address; 0: there is no table. */
static uint32_t
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
hv_arch_grant_map (
    struct hv_vcpu *vcpu, uint64_t host, bool by_entry, uint32_t mfn, bool readonly)
{
  uint64_t machine = by_entry ? host : entry_address (vcpu, host);
  uint32_t *entry = entry_at (vcpu->domain, machine);
  uint32_t table = (uint32_t)machine >> HV_PAGE_SHIFT;
  if (!entry || (*entry & 3) != 0 || hv_frame_get_type (table, vcpu->domain->slot, HV_FRAME_TABLE))
    return 0;
  *entry = mfn << HV_PAGE_SHIFT | HV_L2_GRANTED | (readonly ? PV_L2_READONLY : PV_L2_WRITABLE);
  hv_dsb ();
  hv_isb ();
  return (uint32_t)machine;
}

bool
hv_arch_grant_is_at (const struct hv_vcpu *vcpu, uint64_t host, uint32_t entry)
{
  return host == entry || entry_address (vcpu, host) == entry;
}

void
hv_arch_grant_unmap (uint32_t entry)
{
  *((uint32_t *)hv_frame_address (entry >> HV_PAGE_SHIFT) + (entry & 0xfff) / 4) = 0;
  hv_frame_put_type (entry >> HV_PAGE_SHIFT);
}
