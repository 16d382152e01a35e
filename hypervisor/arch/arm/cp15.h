/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System control registers and barriers of ARMv7-A, one inline function each. */
#ifndef HV_ARCH_CP15_H
#define HV_ARCH_CP15_H

#include <stdint.h>

#define HV_CP15_READ(name, op1, crn, crm, op2)                                                     \
  static inline uint32_t hv_read_##name (void)                                                     \
  {                                                                                                \
    uint32_t value;                                                                                \
    asm volatile("mrc p15, " #op1 ", %0, " #crn ", " #crm ", " #op2 : "=r"(value));                \
    return value;                                                                                  \
  }
#define HV_CP15_WRITE(name, op1, crn, crm, op2)                                                    \
  static inline void hv_write_##name (uint32_t value)                                              \
  {                                                                                                \
    asm volatile("mcr p15, " #op1 ", %0, " #crn ", " #crm ", " #op2 : : "r"(value) : "memory");    \
  }

HV_CP15_READ (mpidr, 0, c0, c0, 5)
HV_CP15_READ (tpidrprw, 0, c13, c0, 4) /* struct hv_cpu of this processor */
HV_CP15_WRITE (tpidrprw, 0, c13, c0, 4)
HV_CP15_WRITE (dccmvau, 0, c7, c11, 1) /* cleans a line of data for the instruction side */
HV_CP15_WRITE (bpiall, 0, c7, c5, 6)
HV_CP15_READ (dacr, 0, c3, c0, 0)
HV_CP15_WRITE (dacr, 0, c3, c0, 0)
HV_CP15_READ (dfsr, 0, c5, c0, 0)
HV_CP15_READ (ifsr, 0, c5, c0, 1)
HV_CP15_READ (dfar, 0, c6, c0, 0)
HV_CP15_READ (ifar, 0, c6, c0, 2)
HV_CP15_READ (tpidrurw, 0, c13, c0, 2) /* user mode may read and write it */
HV_CP15_WRITE (tpidrurw, 0, c13, c0, 2)
HV_CP15_WRITE (tpidruro, 0, c13, c0, 3) /* user mode may read it */
HV_CP15_READ (cpacr, 0, c1, c0, 2)
HV_CP15_WRITE (cpacr, 0, c1, c0, 2)
HV_CP15_WRITE (ttbr0, 0, c2, c0, 0)
HV_CP15_WRITE (contextidr, 0, c13, c0, 1)
HV_CP15_WRITE (tlbiall, 0, c8, c7, 0)
HV_CP15_WRITE (tlbimva, 0, c8, c7, 1) /* one page, on this processor */
/* On all processors: */
HV_CP15_WRITE (tlbiallis, 0, c8, c3, 0)
HV_CP15_WRITE (tlbiasidis, 0, c8, c3, 2) /* all pages of one ASID */
HV_CP15_WRITE (tlbimvaais, 0, c8, c3, 3) /* one page of every ASID */
HV_CP15_WRITE (iciallu, 0, c7, c5, 0)

/* The value with its lowest bits cleared: in one instruction, where the compiler takes two. */
#define hv_clear_low(value, bits)                                                                  \
  ({                                                                                               \
    uint32_t cleared_ = (value);                                                                   \
    asm ("bfc %0, #0, #" #bits : "+r"(cleared_));                                                  \
    cleared_;                                                                                      \
  })

static inline void
hv_isb (void)
{
  asm volatile("isb" : : : "memory");
}

static inline void
hv_dsb (void)
{
  asm volatile("dsb" : : : "memory");
}

static inline void
hv_dmb (void)
{
  asm volatile("dmb" : : : "memory");
}

static inline void
hv_clrex (void)
{
  asm volatile("clrex" : : : "memory");
}

static inline void
hv_wfe (void)
{
  asm volatile("wfe" : : : "memory");
}

static inline void
hv_sev (void)
{
  asm volatile("dsb\n\tsev" : : : "memory");
}

/* Sleeps until an interrupt is pending, taken or not. */
static inline void
hv_wfi (void)
{
  asm volatile("dsb\n\twfi" : : : "memory");
}

#endif
