/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where assembly finds members of struct hv_arch_vcpu and struct hv_cpu. vcpu.h asserts each of
 * them against the C structure.
 */
#ifndef HV_ARCH_OFFSETS_H
#define HV_ARCH_OFFSETS_H

/*
 * In SVC mode sp holds the address of arch.regs.r[0] of the current vCPU while a trap is taken, so
 * that `srsdb` and `rfedb` find pc and cpsr just below it. The offsets named SP_* count from there.
 */
#define VCPU_R0      8
#define SP_R10       40
#define SP_R12       48
#define SP_KERNEL_SP 60
#define SP_INFO      64
#define SP_FAULT     68
#define SP_CPU       72
#define SP_FAULTS    76
#define SP_HANDLER   80 /* five words, by PV_TRAP_* */

#define VCPU_INFO       (SP_INFO + VCPU_R0)
#define VCPU_CPU        (SP_CPU + VCPU_R0)
#define VCPU_HYPERCALLS (SP_HANDLER + 20 + VCPU_R0)
#define VCPU_TABLE      (SP_HANDLER + 24 + VCPU_R0)

#define CPU_STACK      0
#define CPU_RESCHEDULE 4

/* Modes of the processor. */
#define MODE_USR 0x10
#define MODE_IRQ 0x12
#define MODE_SVC 0x13
#define MODE_ABT 0x17
#define MODE_UND 0x1b
#define MODE_SYS 0x1f

/* Domain access control: the guest's kernel may use MMU domains 1 and 2, its user processes only 2;
   the hypervisor's own domain 0 is protected by privilege. */
#define DACR_KERNEL 0x15
#define DACR_USER   0x11

/* Hypercall numbers below this are looked up; the table's entry at this index refuses the rest. */
#define HV_HYPERCALLS 56

/* The Xen interface that the shared numbers and structures are of: 4.17. */
#define HV_XEN_VERSION 0x00040011

/* enum pv_crash_reason, for assembly. */
#define CRASH_BAD_STACK 3
#define CRASH_BAD_FRAME 4
/* hv_watched while no domain is. */
#define HV_WATCHED_NONE 0xff
/* With CRASH_BAD_STACK: pc is behind a system call. */
#define CRASH_IN_CALL 0x100

#endif
