/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page-table entries of granted pages. They use another encoding of the same memory type
 * (HV_L2_GRANTED), so that updates of the guest's own know them and leave them alone.
 */
#include <pv/arch.h>
#include <xen/grant_table.h>
#include "arch/arch.h"
#include "arch/arm/cp15.h"
#include "arch/arm/direct.h"
#include "core/domain.h"
#include "core/frame.h"

/* Whether there is an entry at `machine`: what is no table now is not made one for this. */
static bool
is_entry (const struct hv_vcpu *vcpu, uint32_t machine)
{
  const struct hv_frame *frame = hv_frame_of (machine >> HV_PAGE_SHIFT, vcpu->domain->slot);
  return (machine & 3) == 0 && frame && hv_frame_in_use (frame)
         && hv_frame_type (frame) == HV_FRAME_TABLE;
}

uint32_t
hv_direct_grant_map (const struct hv_vcpu *vcpu, uint32_t host, uint32_t mfn, uint32_t flags)
{
  uint32_t machine = host;
  bool there = (flags & GNTMAP_contains_pte) != 0
                   ? is_entry (vcpu, host)
                   : (host & 0xfff) == 0 && hv_direct_walk (vcpu, host, &machine);
  if (!there)
    return 0;
  uint32_t *entry = hv_machine_address (machine);
  if ((*entry & 3) != 0
      || hv_frame_get_type (machine >> HV_PAGE_SHIFT, vcpu->domain->slot, HV_FRAME_TABLE))
    return 0;
  *entry = mfn << HV_PAGE_SHIFT | HV_L2_GRANTED
           | ((flags & GNTMAP_readonly) != 0 ? PV_L2_READONLY : PV_L2_WRITABLE);
  hv_dsb ();
  return machine;
}

void
hv_direct_grant_unmap (uint32_t entry)
{
  *(uint32_t *)hv_machine_address (entry) = 0;
  hv_frame_put_type (entry >> HV_PAGE_SHIFT);
}
