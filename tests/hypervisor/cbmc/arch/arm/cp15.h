/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Barriers and control registers: without meaning in proofs. */
#ifndef HV_ARCH_CP15_H
#define HV_ARCH_CP15_H

#include <stdint.h>

#define hv_clear_low(value, bits) ((value) >> (bits) << (bits))
static inline void hv_dsb (void) {}
static inline void hv_isb (void) {}
static inline void hv_write_tlbimvaais (uint32_t value) { (void)value; }
static inline void hv_write_ttbr0 (uint32_t value) { (void)value; }

#endif
