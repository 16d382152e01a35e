/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's mappings and the processor's translation state. */
#ifndef HV_ARCH_MMU_H
#define HV_ARCH_MMU_H

#include <stdint.h>
#include <pv/arch.h>
#include "core/domain.h"

struct pv_layout;

#define HV_L1_ENTRIES 4096u
#define HV_L1_GUEST_END                                                                            \
  (PV_HYPERVISOR_START >> 20)     /* entries from here on are the hypervisor's                     \
                                   */
#define HV_L2_FRAME_ENTRIES 1024u /* four tables */

/* The value of TTBR0 for a directory. */
static inline uint32_t
hv_ttbr (uint32_t mfn)
{
  return mfn << 12 | 0x4a;
}

/* Every vCPU has an address space of its own, hence an ASID. */
static inline uint32_t
hv_asid (const struct hv_domain *domain, uint32_t vcpu)
{
  return domain->slot * HV_VCPUS + vcpu + 1u;
}
_Static_assert(HV_DOMAINS *HV_VCPUS < 256, "ASIDs have eight bits");

/* Takes away the mapping by which the processors switched their MMUs on. */
void hv_mmu_forget_start (void);
/* Copies the hypervisor's entries into a guest's directory, and enters its focus window (window.c).
 */
void hv_mmu_share (uint32_t *directory, uint32_t slot);
void hv_window_share (uint32_t *directory, uint32_t slot);
/* The hypervisor's own use of pages of a domain (arch/arm/build.c); 0, or a negative error. */
int hv_arch_adopt (struct hv_domain *domain, const struct pv_layout *layout);
/* Forgets all cached translations of a domain. */
void hv_mmu_flush_domain (const struct hv_domain *domain);

#endif
