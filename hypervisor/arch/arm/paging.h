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

extern const struct hv_frame_hooks hv_paging_hooks;

/* Makes the directory that starts at frame `mfn` the vCPU's; 0, or a negative error with nothing
 * changed. */
int hv_paging_set_base (struct hv_vcpu *vcpu, uint32_t mfn);

#endif
