/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memcpy, memset and memcmp for the hypervisor: 32 bytes a turn where both sides are word aligned.
 */
        .syntax unified
        .arm
        .text
        .global memcpy, memset, memcmp
memcpy:
        push    {r0, r4-r10, lr}
        orr     r3, r0, r1
        tst     r3, #3
        bne     2f
1:      subs    r2, r2, #32
        ldmiahs r1!, {r3-r10}
        stmiahs r0!, {r3-r10}
        bhs     1b
        add     r2, r2, #32
2:      subs    r2, r2, #1
        ldrbhs  r3, [r1], #1
        strbhs  r3, [r0], #1
        bhs     2b
        pop     {r0, r4-r10, pc}

memset:
        push    {r0, r4-r10, lr}
        and     r3, r1, #0xff
        orr     r3, r3, r3, lsl #8
        orr     r3, r3, r3, lsl #16
        tst     r0, #3
        bne     2f
        mov     r4, r3
        mov     r5, r3
        mov     r6, r3
        mov     r7, r3
        mov     r8, r3
        mov     r9, r3
        mov     r10, r3
1:      subs    r2, r2, #32
        stmiahs r0!, {r3-r10}
        bhs     1b
        add     r2, r2, #32
2:      subs    r2, r2, #1
        strbhs  r3, [r0], #1
        bhs     2b
        pop     {r0, r4-r10, pc}

memcmp:
        cmp     r2, #0
        beq     4f
3:      ldrb    r3, [r0], #1
        ldrb    r12, [r1], #1
        subs    r3, r3, r12
        movne   r0, r3
        bxne    lr
        subs    r2, r2, #1
        bne     3b
4:      mov     r0, #0
        bx      lr
