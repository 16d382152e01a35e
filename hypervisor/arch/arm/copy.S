/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies between guest and hypervisor. The guest's side is touched with unprivileged loads and stores,
 * so that an address of the hypervisor, or memory that the guest may not write, faults as it would in
 * the guest; the fault ends the copy (hv_copy_fixup).
 *
 *   int hv_copy_from_guest (void *to, uint32_t from, uint32_t length);   0, or -XEN_EFAULT
 *   int hv_copy_to_guest (uint32_t to, const void *from, uint32_t length);
 */
        .syntax unified
        .arm
        .text
        .global hv_copy_from_guest, hv_copy_to_guest
        .global hv_copy_start, hv_copy_end, hv_copy_fixup
hv_copy_start:
hv_copy_from_guest:
        subs    r2, r2, #4
        blo     2f
1:      ldrt    r3, [r1], #4
        subs    r2, r2, #4
        str     r3, [r0], #4
        bhs     1b
2:      adds    r2, r2, #4
        beq     4f
3:      ldrbt   r3, [r1], #1
        subs    r2, r2, #1
        strb    r3, [r0], #1
        bne     3b
4:      mov     r0, #0
        bx      lr
hv_copy_to_guest:
        subs    r2, r2, #4
        blo     2f
1:      ldr     r3, [r1], #4
        subs    r2, r2, #4
        strt    r3, [r0], #4
        bhs     1b
2:      adds    r2, r2, #4
        beq     4f
3:      ldrb    r3, [r1], #1
        subs    r2, r2, #1
        strbt   r3, [r0], #1
        bne     3b
4:      mov     r0, #0
        bx      lr
hv_copy_end:
hv_copy_fixup:
        mvn     r0, #13                 @ -XEN_EFAULT
        bx      lr
