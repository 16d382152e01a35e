/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As arch/arm/mmu.h, with tables and directories of very few entries. */
#ifndef HV_ARCH_MMU_H
#define HV_ARCH_MMU_H

#include <stdint.h>
#include <pv/arch.h>
#include "core/domain.h"

#define HV_L1_ENTRIES       3u
#define HV_L1_GUEST_END     2u
#ifndef HV_L2_FRAME_ENTRIES
#define HV_L2_FRAME_ENTRIES 2u
#endif

uint32_t hv_ttbr (uint32_t mfn);
void hv_mmu_share (uint32_t *directory, uint32_t slot);
void hv_mmu_flush_domain (const struct hv_domain *domain);

#endif
