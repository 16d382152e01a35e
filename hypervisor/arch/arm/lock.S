/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's one lock: whoever runs its C code holds it, so that core/ is written as for one processor.
 * It goes to whoever asks while it is free: a queue would stand still whenever its first in line is a
 * virtual processor that its host does not run. arch/arm/smp.c keeps that from starving anybody.
 *
 * entry.S takes it where C begins and drops it on the way back to the guest. On a machine with one
 * processor that costs nothing: only when there are more are those instructions replaced by calls to the
 * code here (arch/arm/smp.c), each of which does what the replaced instruction did as well.
 */
        .syntax unified
        .arm
        .data
        .balign 32
        .global hv_lock_word, hv_lock_drops
hv_lock_word:                           @ lowest byte: it is held; the others: who must have it next
        .word   0
hv_lock_drops:                          @ how often it was dropped; its holder counts
        .word   0

        .text
        .macro  take base, a, b
        ldr     \base, =hv_lock_word
        mov     \b, #1
1:      ldrex   \a, [\base]
        cmp     \a, #0
        blne    lock_wait
        bne     2f
        strex   \a, \b, [\base]
        cmp     \a, #0
        bne     1b
2:      dmb
        .endm

        .macro  drop base, a
        ldr     \base, =hv_lock_word
        ldr     \a, [\base, #4]
        add     \a, \a, #1
        str     \a, [\base, #4]
        dmb
        mov     \a, #0
        strb    \a, [\base]             @ only the holder writes this byte
        dsb
        sev
        .endm

/* Keeps all registers and the flags, but for lr. */
lock_wait:
        push    {r0-r3, r12, lr}
        bl      hv_lock_wait
        movs    r0, #1                  @ ne
        pop     {r0-r3, r12, pc}

/* void hv_lock (void); void hv_unlock (void); for C: while there is one processor there is nobody to wait
   for, and they do no harm. */
        .global hv_lock, hv_unlock
hv_lock:
        push    {r4, lr}
        take    r0, r1, r2
        pop     {r4, pc}
hv_unlock:
        drop    r0, r1
        wfe                             @ returns at once, for drop did sev; an emulator lets others run
        bx      lr

/* What stands in for the marked instructions of entry.S; the registers named are free there. */
        .global hv_lock_hypercall, hv_lock_trap, hv_lock_interrupt, hv_lock_crash, hv_unlock_exit
hv_lock_hypercall:
        mov     r10, lr
        take    r7, r8, r9
        add     r6, r6, #1
        bx      r10
hv_lock_trap:
        mov     r9, lr
        take    r6, r7, r8              @ r10 = status
        mov     r2, r10
        bx      r9
hv_lock_interrupt:
        mov     r10, lr
        take    r7, r8, r9
        mov     r0, r5
        bx      r10
hv_lock_crash:
        mov     r10, lr
        take    r7, r8, r9
        mov     r1, r12
        bx      r10
hv_unlock_exit:
        drop    r7, r8
        yield                           @ an emulator of one processor at a time goes on with the next
        add     sp, r4, #8              @ VCPU_R0
        bx      lr
        .ltorg
