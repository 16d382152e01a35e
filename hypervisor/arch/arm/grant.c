/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page-table entries of granted pages. They use another encoding of the same memory type
 * (HV_L2_GRANTED), so that updates of the guest's own know them and leave them alone.
 */
#include <pv/arch.h>
#include <xen/grant_table.h>
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

/* Machine address of the entry of a virtual address; 0: there is no table. */
static inline uint32_t
entry_address (const struct hv_vcpu *vcpu, uint32_t va)
{
  if (va >= PV_HYPERVISOR_START || (va & 0xfff) != 0)
    return 0;
  const uint32_t *directory = hv_frame_address (vcpu->arch.base);
  uint32_t l1 = directory[va >> 20];
  return (l1 & PV_L1_TYPE) == PV_L1_TABLE ? (l1 & PV_L1_ADDRESS) + (va >> 12 & 0xff) * 4 : 0;
}

/* Whether there is an entry at `machine`: what is no table now is not made one for this. */
static bool
is_entry (const struct hv_vcpu *vcpu, uint32_t machine)
{
  const struct hv_frame *frame = hv_frame_of (machine >> HV_PAGE_SHIFT, vcpu->domain->slot);
  return (machine & 3) == 0 && frame && hv_frame_in_use (frame)
         && hv_frame_type (frame) == HV_FRAME_TABLE;
}

uint32_t
hv_arch_grant_map (const struct hv_vcpu *vcpu, uint32_t host, uint32_t mfn, uint32_t flags)
{
  uint32_t machine = host;
  if ((flags & GNTMAP_contains_pte) == 0)
    machine = entry_address (vcpu, host);
  else if (!is_entry (vcpu, host))
    return 0;
  if (machine == 0)
    return 0;
  uint32_t *entry = entry_at (machine);
  if ((*entry & 3) != 0
      || hv_frame_get_type (machine >> HV_PAGE_SHIFT, vcpu->domain->slot, HV_FRAME_TABLE))
    return 0;
  *entry = mfn << HV_PAGE_SHIFT | HV_L2_GRANTED
           | ((flags & GNTMAP_readonly) != 0 ? PV_L2_READONLY : PV_L2_WRITABLE);
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
