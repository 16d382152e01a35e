/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypercalls that are more than a line; core/hypercall.c has the table. */
#ifndef HV_HYPERCALL_H
#define HV_HYPERCALL_H

#include <stdint.h>
#include "core/vcpu.h"

/* By number; the entry behind the last refuses. */
extern const hv_hypercall hv_hypercall_table[HV_HYPERCALLS + 1];

/* entry.S: the vCPU's hypercall ends with a negative result, which is returned; recorded where that has to be. */
long hv_hypercall_failed (struct hv_vcpu *vcpu, long result);

long hv_memory_op (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_domctl (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_sysctl (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_channel_op (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_hid_op (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_sched_op (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_vcpu_op (struct hv_vcpu *vcpu, const uint32_t *args);

/* The processor's part: arch/arm. */
long hv_arch_set_trap_table (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_arch_stack_switch (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_arch_fpu_taskswitch (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_arch_set_segment_base (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_arch_iret (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_arch_mmu_update (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_arch_update_va_mapping (struct hv_vcpu *vcpu, const uint32_t *args);
long hv_arch_mmuext_op (struct hv_vcpu *vcpu, const uint32_t *args);

#endif
