/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trap entry and exit.
 *
 * The hypervisor runs with interrupts masked, on one stack per processor, and is entered only from USR
 * mode (but for data aborts at the few instructions that touch guest memory, see hv_abort_inside). While a
 * guest runs, sp of SVC mode points at the saved registers of its vCPU (arch/arm/offsets.h).
 *
 * Fast paths (a system call of a guest process to its kernel, the way back, an abort) touch nothing but
 * the guest's own state; everything else saves all registers, calls C and leaves through hv_exit.
 */
#include <pv/arch.h>
#include "arch/arm/offsets.h"

        .syntax unified
        .arm
        .arch_extension sec

        /* An instruction that `with` (arch/arm/lock.S) stands in for on a machine with more processors than
           one: the lock is taken, or dropped, there. */
        .macro  locking with, instruction:vararg
9000:   \instruction
        .pushsection .lock_sites, "a"
        .word   9000b, \with
        .popsection
        .endm
        .fpu    neon
        .section .vectors, "ax"
        .balign 32
        .global hv_vectors
hv_vectors:
        b       .                       @ reset: never taken here
        b       undefined_entry
        b       svc_entry
        b       prefetch_abort_entry
        b       data_abort_entry
        b       .
        b       irq_entry
        b       .

/* ---- supervisor call: a hypercall, or a system call of a guest process ------------------------- */

        .text
        .balign 32
svc_entry:
        strd    r10, r11, [sp, #SP_R10]
        mrc     p15, 0, r11, c3, c0, 0  @ DACR tells who runs
        tst     r11, #(DACR_KERNEL & ~DACR_USER)
        beq     syscall
        cmp     r12, #__HYPERVISOR_iret
        beq     iret
        cmp     r12, #__HYPERVISOR_xen_version
        beq     xen_version
hypercall_slow:
        ldrd    r10, r11, [sp, #SP_R10]
        srsdb   sp, #MODE_SVC
        stmia   sp, {r0-r14}^
        mov     r1, sp                  @ the arguments: r0.. of the guest
        sub     r0, sp, #VCPU_R0
        ldr     r5, [sp, #SP_CPU]
        mov     r4, r0
        ldr     sp, [r5, #CPU_STACK]
        ldr     r3, [r4, #VCPU_TABLE]
        cmp     r12, #HV_HYPERCALLS
        movhs   r12, #HV_HYPERCALLS     @ the last entry refuses
        ldr     r3, [r3, r12, lsl #2]
        ldr     r6, [r4, #VCPU_HYPERCALLS]
        locking hv_lock_hypercall, add r6, r6, #1
        str     r6, [r4, #VCPU_HYPERCALLS]
        blx     r3
        ldr     r1, [r5, #CPU_RESCHEDULE]
        orrs    r1, r1, r0, asr #31     @ nothing to do before the guest goes on, and no error
        bne     hypercall_over
        str     r0, [r4, #VCPU_R0]
/* r4 = vCPU, r5 = its processor; registers are saved */
hv_exit_same:
        ldr     r1, [r4, #VCPU_INFO]
        ldrh    r1, [r1]
        cmp     r1, #1                  @ pending and not masked
        beq     event_upcall
hv_exit_guest:
        locking hv_unlock_exit, add sp, r4, #VCPU_R0
        ldmia   sp, {r0-r14}^
        rfedb   sp

hypercall_over:
        strpl   r0, [r4, #VCPU_R0]
        bpl     reschedule
        mov     r1, r0
        mov     r0, r4
        bl      hv_hypercall_failed     @ -> its result
        str     r0, [r4, #VCPU_R0]
hv_exit:
        ldr     r1, [r5, #CPU_RESCHEDULE]
        cmp     r1, #0
        beq     hv_exit_same
reschedule:
        mov     r0, r5
        bl      hv_reschedule           @ -> the vCPU to run; its address space is in place
        mov     r4, r0
        ldr     r5, [r4, #VCPU_CPU]
        b       hv_exit_same
        .global hv_resume
hv_resume:                              @ start-up: r4 = the first vCPU
        ldr     r5, [r4, #VCPU_CPU]
        b       hv_exit_same

event_upcall:
        mov     r0, r4
        mov     r1, #PV_TRAP_EVENT
        mov     r2, #0
        bl      hv_upcall
        b       hv_exit

/* xen_version (XENVER_version) answers here; the other commands in C. */
xen_version:
        cmp     r0, #0
        bne     hypercall_slow
        ldrd    r10, r11, [sp, #SP_R10]
        ldr     r0, =HV_XEN_VERSION
        movs    pc, lr

/* A user process to its kernel: the frame goes to the kernel stack, whose address stack_switch
   has checked; that it is mapped shows when the first word is stored. */
syscall:
        mov     r10, #DACR_KERNEL
        mcr     p15, 0, r10, c3, c0, 0
        isb
        ldr     r11, [sp, #SP_KERNEL_SP]
frame_store_start:
        str     r12, [r11, #PV_FRAME_R12]
        cps     #MODE_SYS
        str     sp, [r11, #PV_FRAME_SP]
        str     lr, [r11, #PV_FRAME_LR]
        mov     sp, r11
        cps     #MODE_SVC
        srsia   sp, #MODE_SYS           @ pc and cpsr
frame_store_end:
        ldr     r11, [sp, #SP_INFO]
        ldr     lr, [sp, #(SP_HANDLER + 4 * PV_TRAP_SYSCALL)]
        strb    r10, [r11, #1]          @ event delivery masked
        mov     r12, #MODE_USR
        msr     spsr_cxsf, r12
        ldrd    r10, r11, [sp, #SP_R10]
        movs    pc, lr

/* iret to a user process; a kernel frame, or pending events, go the long way. Unprivileged loads:
   wherever the guest's sp points, only its own memory is read. */
iret:
        ldr     r10, [sp, #SP_INFO]
        cps     #MODE_SYS
        mov     r11, sp
        cps     #MODE_SVC
        ldrb    r12, [r10]
        cmp     r12, #0
        bne     iret_slow
frame_load_start:
        ldrt    lr, [r11], #4
        ldrt    r12, [r11], #4
        tst     r12, #(PV_CPSR_MODE & ~PV_CPSR_USER)
        bne     iret_slow
        bic     r12, r12, #0x01000000   @ only flags, GE, IT and Thumb come from the guest
        bic     r12, r12, #0x00f00000
        bic     r12, r12, #0x000003c0
        orr     r12, r12, #MODE_USR
        msr     spsr_cxsf, r12
        ldrt    r12, [r11], #4
        cps     #MODE_SYS
        ldrt    sp, [r11], #4
        ldrt    lr, [r11], #4
        cps     #MODE_SVC
frame_load_end:
        mov     r11, #0
        strb    r11, [r10, #1]          @ user mode is never masked
        mov     r11, #DACR_USER
        mcr     p15, 0, r11, c3, c0, 0
        ldrd    r10, r11, [sp, #SP_R10]
        movs    pc, lr
iret_slow:
        mov     r12, #__HYPERVISOR_iret
        b       hypercall_slow

/* ---- undefined instructions and aborts: reflected to the guest kernel --------------------------- */

/*
 * Entry in the trap's own mode with lr at the instruction; sp of that mode is free. Leaves in SVC mode
 * with pc and cpsr saved and r10 = status. The address goes to the shared page before the frame is built.
 */
        .macro reflect mode, trap, inside
        mrs     sp, spsr
        tst     sp, #0xf
        bne     \inside
        srsdb   sp, #MODE_SVC
        cps     #MODE_SVC
        strd    r10, r11, [sp, #SP_R10]
        str     r12, [sp, #SP_R12]
        .if \trap == PV_TRAP_DATA_ABORT
        mrc     p15, 0, r11, c6, c0, 0
        mrc     p15, 0, r10, c5, c0, 0
        ldr     r12, [sp, #SP_FAULT]
        str     r11, [r12]
        .elseif \trap == PV_TRAP_PREFETCH_ABORT
        mrc     p15, 0, r11, c6, c0, 2
        mrc     p15, 0, r10, c5, c0, 1
        ldr     r12, [sp, #SP_FAULT]
        str     r11, [r12]
        .endif
        ldr     lr, [sp, #(SP_HANDLER + 4 * \trap)]
        .if \trap == PV_TRAP_UNDEFINED
        vmrs    r10, fpexc              @ the unit is off: perhaps that is why; in C
        ands    r10, r10, #0x40000000
        moveq   lr, #0
        mov     r10, #0
        .endif
        mov     r12, #\trap
        b       reflect_frame
        .endm

undefined_entry:
        mrs     sp, spsr
        tst     sp, #0x20
        subeq   lr, lr, #4
        subne   lr, lr, #2
        reflect MODE_UND, PV_TRAP_UNDEFINED, undefined_inside
prefetch_abort_entry:
        sub     lr, lr, #4
        reflect MODE_ABT, PV_TRAP_PREFETCH_ABORT, prefetch_inside
data_abort_entry:
        sub     lr, lr, #8
        reflect MODE_ABT, PV_TRAP_DATA_ABORT, abort_inside

/* From user mode with a handler here; from the guest's kernel, or without a handler, in C. r10 = status,
   r12 = trap, lr = handler; r10..r12, pc and cpsr are saved. */
reflect_frame:
        mrc     p15, 0, r11, c3, c0, 0
        tst     r11, #(DACR_KERNEL & ~DACR_USER)
        bne     reflect_slow
        cmp     lr, #0
        beq     reflect_slow
        mov     r12, #DACR_KERNEL
        mcr     p15, 0, r12, c3, c0, 0
        isb
        ldr     r11, [sp, #SP_KERNEL_SP]
        ldr     r12, [sp, #SP_R12]
frame_abort_start:
        str     r12, [r11, #PV_FRAME_R12]
        str     r10, [r11, #PV_FRAME_INFO]
        ldmdb   sp, {r10, r12}
        stmia   r11, {r10, r12}         @ pc and cpsr
        cps     #MODE_SYS
        str     sp, [r11, #PV_FRAME_SP]
        str     lr, [r11, #PV_FRAME_LR]
        mov     sp, r11
        cps     #MODE_SVC
frame_abort_end:
        ldr     r11, [sp, #SP_FAULTS]
        ldr     r10, [sp, #SP_INFO]
        add     r11, r11, #1
        str     r11, [sp, #SP_FAULTS]
        mov     r12, #MODE_USR
        strb    r12, [r10, #1]          @ event delivery masked
        msr     spsr_cxsf, r12
        ldrd    r10, r11, [sp, #SP_R10]
        movs    pc, lr
reflect_slow:
        stmia   sp, {r0-r9}
        add     r11, sp, #(13 * 4)
        stmia   r11, {sp, lr}^
        sub     r4, sp, #VCPU_R0
        ldr     r5, [sp, #SP_CPU]
        ldr     sp, [r5, #CPU_STACK]
        mov     r0, r4
        mov     r1, r12
        locking hv_lock_trap, mov r2, r10
        bl      hv_trap
        b       hv_exit

/* ---- interrupts: only ever taken from a guest ---------------------------------------------------- */

irq_entry:
        sub     lr, lr, #4
        srsdb   sp, #MODE_SVC
        cps     #MODE_SVC
        stmia   sp, {r0-r14}^
        sub     r4, sp, #VCPU_R0
        ldr     r5, [sp, #SP_CPU]
        ldr     sp, [r5, #CPU_STACK]
        locking hv_lock_interrupt, mov r0, r5
        bl      hv_interrupt
        b       hv_exit

/* ---- data abort in the hypervisor itself --------------------------------------------------------- */

        .macro  within start, end, to
        ldr     sp, =\start
        cmp     lr, sp
        ldrhs   sp, =\end
        cmphs   sp, lr
        bhi     \to
        .endm

/* Where a domain is watched (arch/arm/watch.h) the page may be one of its own that it has not written
   to for a while: then the instruction is tried again. */
        .macro  copying fixup
        ldr     sp, =hv_watched
        ldr     sp, [sp]
        cmp     sp, #HV_WATCHED_NONE
        ldreq   lr, =\fixup
        beq     abort_return
        srsdb   sp!, #MODE_SVC
        cps     #MODE_SVC
        push    {r0-r3, r12, lr}
        bl      hv_watch_copy_fault
        cmp     r0, #0
        ldreq   r0, =\fixup
        streq   r0, [sp, #(6 * 4)]      @ pc
        pop     {r0-r3, r12, lr}
        rfeia   sp!
        .endm

/* lr = the instruction. Expected at the instructions that touch guest memory; fatal elsewhere. */
abort_inside:
        within  hv_copy_blocks_start, hv_copy_blocks_end, copy_blocks_fault
        within  hv_copy_start, hv_copy_end, copy_fault
        within  frame_store_start, frame_store_end, syscall_fault
        within  frame_abort_start, frame_abort_end, frame_fault
        within  frame_load_start, frame_load_end, frame_load_fault
        b       abort_fatal
copy_blocks_fault:
        copying hv_copy_blocks_fixup
copy_fault:
        copying hv_copy_fixup
syscall_fault:
        ldr     lr, =syscall_stack_bad
        b       abort_return
frame_fault:
        ldr     lr, =stack_bad
        b       abort_return
frame_load_fault:
        ldr     sp, =frame_load_start
        cmp     lr, sp
        ldreq   lr, =iret_slow          @ nothing has been loaded: C finds the same, and all registers
        ldrne   lr, =frame_bad
abort_return:
        mov     sp, #(0xc0 | MODE_SVC)
        msr     spsr_cxsf, sp
        movs    pc, lr

/* r0..r9 are the guest's, r10 and r11 were saved at entry. What is missing is saved first. */
syscall_stack_bad:
        str     r12, [sp, #SP_R12]
        mrs     r12, spsr
        str     lr, [sp, #-8]           @ pc
        str     r12, [sp, #-4]          @ cpsr
        mov     r12, #(CRASH_BAD_STACK | CRASH_IN_CALL)
        b       crash
stack_bad:
        mov     r12, #CRASH_BAD_STACK
        b       crash
/* The frame crosses into a page that is not there: pc is where it would have gone. */
frame_bad:
        str     lr, [sp, #-8]
        mov     r12, #__HYPERVISOR_iret
        str     r12, [sp, #SP_R12]
        mov     r12, #CRASH_BAD_FRAME
crash:
        stmia   sp, {r0-r9}
        add     r11, sp, #(13 * 4)
        stmia   r11, {sp, lr}^
        sub     r4, sp, #VCPU_R0
        ldr     r5, [sp, #SP_CPU]
        ldr     sp, [r5, #CPU_STACK]
        mov     r0, r4
        locking hv_lock_crash, mov r1, r12
        bl      hv_frame_fault
        b       hv_exit

undefined_inside:
        mov     r1, #PV_TRAP_UNDEFINED
        b       fatal
prefetch_inside:
        mov     r1, #PV_TRAP_PREFETCH_ABORT
        b       fatal
abort_fatal:
        mov     r1, #PV_TRAP_DATA_ABORT
fatal:
        mov     r0, lr
        ldr     sp, =hv_fatal_stack_end
        bl      hv_fatal_trap
        b       .
        .ltorg
