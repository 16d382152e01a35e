/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Image header, first instruction, and the entries of upcalls that every guest has. */
#include <pv/arch.h>

        .syntax unified
        .arm
        .section .header, "ax"
        .global pv_image, pv_entry
pv_image:
        b       pv_entry
        .word   PV_IMAGE_MAGIC
        .word   PV_ABI_VERSION
        .word   PV_KERNEL_START
        .word   pv_file_end
        .word   pv_memory_end
        .word   pv_entry
        .word   PV_MIN_KIB

        .text
pv_entry:
        ldr     sp, =pv_stack_end
        mov     fp, #0                  @ the outermost frame
        bl      pv_start_c
1:      b       1b

/*
 * Upcalls. sp is at a frame; r0..r11 are those of what was interrupted. C gets a struct pv_context and
 * may change it; iret goes to what it says then.
 */
        .macro  upcall entry, function, record=0
        .global \entry
\entry:
        push    {r0-r11}                @ sp stays eight-byte aligned: a frame is 24 bytes
        mov     r0, sp
        .if     \record                 @ a fault: for a trace of calls it was called from there
        ldr     lr, [sp, #(48 + PV_FRAME_PC)]
        push    {fp, lr}
        add     fp, sp, #4
        .endif
        bl      \function
        .if     \record
        add     sp, sp, #8
        .endif
        pop     {r0-r11}
        mov     r12, #__HYPERVISOR_iret
        svc     #0
        .endm

        upcall  pv_event_upcall, pv_on_event
        upcall  pv_undefined_upcall, pv_on_undefined, 1
        upcall  pv_prefetch_upcall, pv_on_prefetch_abort, 1
        upcall  pv_data_upcall, pv_on_data_abort, 1
        upcall  pv_syscall_upcall, pv_on_syscall
        .ltorg

        .bss
        .balign 8
        .space  16384
        .global pv_stack_end
pv_stack_end:
