/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies between guest and hypervisor. Below PV_HYPERVISOR_START every page is one whose entry was checked: the
 * hypervisor may write there what the guest may write, and nothing else, so that after a look at the range
 * ordinary loads and stores do. Where nothing is mapped, or it is read-only, the fault ends the copy
 * (hv_copy_fixup).
 *
 *   int hv_copy_from_guest (void *to, uint32_t from, uint32_t length);   0, or -XEN_EFAULT
 *   int hv_copy_to_guest (uint32_t to, const void *from, uint32_t length);
 *   int hv_copy_word_from_guest (uint32_t *to, uint32_t from);
 */
#include <pv/arch.h>
        .syntax unified
        .arm
        .text
        .global hv_copy_from_guest, hv_copy_to_guest, hv_copy_word_from_guest
        .global hv_copy_start, hv_copy_end, hv_copy_fixup
        .global hv_copy_blocks_start, hv_copy_blocks_end, hv_copy_blocks_fixup
hv_copy_start:
hv_copy_word_from_guest:
        ldrt    r3, [r1]
        str     r3, [r0]
        mov     r0, #0
        bx      lr
hv_copy_from_guest:
        mov     r12, r1
        b       check
hv_copy_to_guest:
        mov     r12, r0
check:  adds    r12, r12, r2
        bcs     hv_copy_fixup
        cmp     r12, #PV_HYPERVISOR_START
        bhi     hv_copy_fixup
        orr     r3, r0, r1
        tst     r3, #3
        bne     2f
        cmp     r2, #64
        bhs     hv_copy_blocks
7:      and     r3, r2, #0x38           @ 8 bytes a step, beginning where as many steps are left
        rsb     r3, r3, #56
        add     pc, pc, r3
        nop
        .rept   7
        ldm     r1!, {r3, r12}
        stm     r0!, {r3, r12}
        .endr
        ands    r2, r2, #7
        bne     2f
        mov     r0, #0
        bx      lr
2:      subs    r2, r2, #4
        blo     4f
3:      ldr     r3, [r1], #4
        subs    r2, r2, #4
        str     r3, [r0], #4
        bhs     3b
4:      adds    r2, r2, #4
        beq     6f
5:      ldrb    r3, [r1], #1
        subs    r2, r2, #1
        strb    r3, [r0], #1
        bne     5b
6:      mov     r0, #0
        bx      lr
hv_copy_blocks:                         @ 32 bytes a turn; registers to restore after a fault
        push    {r4-r9}
        sub     r2, r2, #32
hv_copy_blocks_start:
        ldm     r1!, {r3-r9, r12}
        subs    r2, r2, #32
        stm     r0!, {r3-r9, r12}
        bhs     hv_copy_blocks_start
hv_copy_blocks_end:
        pop     {r4-r9}
        add     r2, r2, #32
        b       7b
hv_copy_end:
hv_copy_blocks_fixup:
        pop     {r4-r9}
hv_copy_fixup:
        mvn     r0, #13                 @ -XEN_EFAULT
        bx      lr
