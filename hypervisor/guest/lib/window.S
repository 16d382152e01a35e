/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accesses to the focus window. When the domain loses the focus in the middle of one, the data abort goes
 * on at pv_window_gone (see pv_window_fault): the function returns -1. None of them moves sp.
 */
        .syntax unified
        .arm
        .text
        .global pv_window_copy, pv_window_load, pv_window_store, pv_window_start, pv_window_end, pv_window_gone
pv_window_start:
pv_window_copy:                         @ (to, from, words)
        subs    r2, r2, #2
        blo     2f
1:      ldm     r1!, {r3, r12}
        subs    r2, r2, #2
        stm     r0!, {r3, r12}
        bhs     1b
2:      adds    r2, r2, #2
        beq     3f
        ldr     r3, [r1]
        str     r3, [r0]
3:      mov     r0, #0
        bx      lr
pv_window_load:                         @ (address, to)
        ldr     r3, [r0]
        str     r3, [r1]
        mov     r0, #0
        bx      lr
pv_window_store:                        @ (address, value)
        str     r1, [r0]
        mov     r0, #0
        bx      lr
pv_window_end:
pv_window_gone:
        mvn     r0, #0
        bx      lr
