/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Direct paging: guests own their page tables, may read them, and ask the hypervisor to change
 * them. Every entry is checked before the processor can see it (pv/arch.h says what an entry may
 * be).
 */
#ifndef HV_ARCH_DIRECT_H
#define HV_ARCH_DIRECT_H

#include "arch/arch.h"
#include "arch/arm/cp15.h"
#include "core/domain.h"
#include "core/frame.h"

/* PV_L2_RW and PV_L2_RO without AP, for a page of another domain: the same memory as PV_L2_MEMORY in
   the architecture's other encoding (TEX = 101, C = 0, B = 1), never executable. */
#define HV_L2_GRANTED      0xd47
#define HV_L2_GRANTED_MARK 0x100

extern const struct hv_frame_hooks hv_direct_hooks;

/* The machine address of the entry of a virtual address in the vCPU's tables; false: there is no
   table. */
static inline bool
hv_direct_walk (const struct hv_vcpu *vcpu, uint32_t va, uint32_t *machine)
{
  if (va >= PV_HYPERVISOR_START)
    return false;
  uint32_t l1 = ((const uint32_t *)hv_frame_address (vcpu->arch.base))[va >> 20];
  *machine = hv_clear_low (l1, 10) + (va >> 12 & 0xff) * 4; /* PV_L1_ADDRESS */
  return (l1 & PV_L1_TYPE) == PV_L1_TABLE;
}

/* The entry of a virtual address, or NULL. */
static inline uint32_t *
hv_direct_entry (const struct hv_vcpu *vcpu, uint32_t va)
{
  uint32_t machine;
  return hv_direct_walk (vcpu, va, &machine) ? hv_machine_address (machine) : NULL;
}

/* arch/arm/grant.c */
uint32_t hv_direct_grant_map (const struct hv_vcpu *vcpu, uint32_t host, uint32_t mfn, uint32_t flags);
void hv_direct_grant_unmap (uint32_t entry);

#endif
