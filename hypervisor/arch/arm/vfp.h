/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The floating-point and vector unit is switched lazily: it is off when a vCPU gets a processor,
 * the first instruction for it traps as undefined, and only then are the vCPU's registers loaded.
 * They are stored when a vCPU that used them leaves its processor, so that it may go on on another
 * one.
 */
#ifndef HV_ARCH_VFP_H
#define HV_ARCH_VFP_H

#include <stdbool.h>
#include "arch/arm/vcpu.h"

/* Lets this processor use the unit, and leaves it off. */
void hv_vfp_init (void);
bool hv_vfp_is_on (void);
/* Switches it on for the running vCPU, with its registers. */
void hv_vfp_enter (struct hv_arch_vcpu *vcpu);
/* Stores the registers and switches it off; for a vCPU with `vfp_live`. */
void hv_vfp_leave (struct hv_arch_vcpu *vcpu);

#endif
