/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processor's part of a vCPU: what trap entry and exit save, load and look at.
 */
#ifndef HV_ARCH_VCPU_H
#define HV_ARCH_VCPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pv/arch.h>
#include "arch/arm/offsets.h"

struct hv_cpu;
struct hv_vcpu;
struct vcpu_info;

/* `args`: the guest's r0..; the result goes to its r0. Guest memory is that of the caller. */
typedef long (*hv_hypercall) (struct hv_vcpu *vcpu, const uint32_t *args);

/* Guest registers, in the order in which SRS, STM and RFE want them. */
struct hv_regs {
  uint32_t pc, cpsr;
  uint32_t r[15];
};

/* Registers of the floating-point and vector unit. */
struct hv_vfp {
  uint64_t d[32];
  uint32_t fpscr;
};

/* A directory that the vCPU has begun to check, or to let go of (arch/arm/direct.c). */
struct hv_checking {
  uint32_t mfn;   /* its first frame; 0: none */
  uint32_t next;  /* the entries before that have their references */
  uint32_t begun; /* low word of the time when this call began */
  int error;      /* why it is let go of; 0: for no such reason */
  bool leaving;
};

struct hv_arch_vcpu {
  struct hv_regs regs;
  uint32_t kernel_sp;         /* where the frame of the next trap from user mode goes */
  struct vcpu_info *info;     /* Xen's, in the shared page; pending and mask are its first bytes */
  uint32_t *fault_address;    /* in the shared page: for the guest */
  struct hv_cpu *cpu;         /* processor it runs on */
  uint32_t faults;            /* traps reflected to the guest, or refused */
  uint32_t handler[PV_TRAPS]; /* guest addresses, 0: none */
  uint32_t hypercalls;
  const hv_hypercall *table; /* of its mode of paging (arch/arch.h) */
  bool vfp_live; /* its registers are in the unit, newer than `vfp` (arch/arm/vfp.h) */
  bool vfp_trap; /* fpu_taskswitch: the next use is an upcall */
  uint32_t abort_handler; /* in the place of handler[PV_TRAP_DATA_ABORT] (arch/arm/watch.h) */
  uint32_t base; /* machine frame number of the directory in use, 0: none */
  uint32_t dacr; /* while it does not run; the register is the truth while it does */
  uint32_t ttbr; /* machine address of its directory, with walk attributes */
  uint32_t asid;
  uint32_t tpidrurw; /* as dacr */
  uint32_t tpidruro; /* set_segment_base */
  struct hv_vfp vfp;
  struct hv_cpu *vfp_cpu; /* whose unit has had them last */
  struct hv_checking checking;
  uint32_t recorded; /* `hypercalls` when it was last recorded that one was refused (core/audit.h) */
};

#define HV_ASSERT_OFFSET(member, offset)                                                           \
  _Static_assert(offsetof (struct hv_arch_vcpu, member) == (offset), #member)
HV_ASSERT_OFFSET (regs.r[0], VCPU_R0);
HV_ASSERT_OFFSET (regs.r[10], VCPU_R0 + SP_R10);
HV_ASSERT_OFFSET (regs.r[12], VCPU_R0 + SP_R12);
HV_ASSERT_OFFSET (kernel_sp, VCPU_R0 + SP_KERNEL_SP);
HV_ASSERT_OFFSET (info, VCPU_R0 + SP_INFO);
HV_ASSERT_OFFSET (fault_address, VCPU_R0 + SP_FAULT);
HV_ASSERT_OFFSET (cpu, VCPU_R0 + SP_CPU);
HV_ASSERT_OFFSET (faults, VCPU_R0 + SP_FAULTS);
HV_ASSERT_OFFSET (hypercalls, VCPU_HYPERCALLS);
HV_ASSERT_OFFSET (table, VCPU_TABLE);
HV_ASSERT_OFFSET (handler, VCPU_R0 + SP_HANDLER);

#endif
