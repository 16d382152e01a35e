/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Direct paging: guests own their page tables, may read them, and ask the hypervisor to change
 * them. Every entry is checked before the processor can see it (pv/arch.h says what an entry may
 * be).
 */
#ifndef HV_ARCH_PAGING_H
#define HV_ARCH_PAGING_H

#include "core/frame.h"

struct hv_vcpu;

/* PV_L2_RW and PV_L2_RO without AP, for a page of another domain: the same memory as PV_L2_MEMORY in
   the architecture's other encoding (TEX = 101, C = 0, B = 1), never executable. */
#define HV_L2_GRANTED      0xd47
#define HV_L2_GRANTED_MARK 0x100

extern const struct hv_frame_hooks hv_paging_hooks;

/* Makes the directory that starts at frame `mfn` the vCPU's; 0, or a negative error with nothing
 * changed. */
int hv_paging_set_base (struct hv_vcpu *vcpu, uint32_t mfn);

#endif
