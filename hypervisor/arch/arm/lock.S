/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's one lock: whoever runs its C code holds it, so that core/ is written as for one processor.
 * A ticket lock: processors get it in the order in which they asked.
 *
 * entry.S takes it where C begins and drops it on the way back to the guest. On a machine with one
 * processor that costs nothing: only when there are more are those instructions replaced by calls to the
 * code here (arch/arm/smp.c), each of which does what the replaced instruction did as well.
 */
        .syntax unified
        .arm
        .data
        .balign 32
hv_lock_word:                           @ low half: who is served, high half: the next ticket
        .word   0

        .text
        .macro  take base, a, b, c
        ldr     \base, =hv_lock_word
1:      ldrex   \a, [\base]
        add     \b, \a, #0x10000
        strex   \c, \b, [\base]
        cmp     \c, #0
        bne     1b
        uxth    \b, \a
        cmp     \b, \a, lsr #16
        beq     3f
2:      wfe
        ldrh    \b, [\base]
        cmp     \b, \a, lsr #16
        bne     2b
3:      dmb
        .endm

        .macro  drop base, a
        ldr     \base, =hv_lock_word
        dmb
        ldrh    \a, [\base]
        add     \a, \a, #1
        strh    \a, [\base]             @ only the holder writes this half
        dsb
        sev
        .endm

/* void hv_lock (void); void hv_unlock (void); for C: while there is one processor there is nobody to wait
   for, and they do no harm. */
        .global hv_lock, hv_unlock
hv_lock:
        take    r0, r1, r2, r3
        bx      lr
hv_unlock:
        drop    r0, r1
        bx      lr

/* What stands in for the marked instructions of entry.S; lr and the registers named are free there. */
        .global hv_lock_hypercall, hv_lock_trap, hv_lock_interrupt, hv_lock_crash, hv_unlock_exit
hv_lock_hypercall:
        take    r7, r8, r9, r10
        add     r6, r6, #1
        bx      lr
hv_lock_trap:
        take    r6, r7, r8, r9          @ r10 = status
        mov     r2, r10
        bx      lr
hv_lock_interrupt:
        take    r7, r8, r9, r10
        mov     r0, r5
        bx      lr
hv_lock_crash:
        take    r7, r8, r9, r10
        mov     r1, r12
        bx      lr
hv_unlock_exit:
        drop    r7, r8
        add     sp, r4, #8              @ VCPU_R0
        bx      lr
        .ltorg
