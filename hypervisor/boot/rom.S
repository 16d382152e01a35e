/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot ROM, first instructions: all processors start here, at address 0, in secure SVC mode with the MMU off. The ROM
 * copies itself to SRAM and goes on there, so that nothing runs from the flash while its counter is programmed.
 */
#include "board.h"

#define NVFLAGS_COPIED 1        /* the copy can be run; the bit of a processor: it runs there */

        .syntax unified
        .arm
        .section .start, "ax"
        .global rom_start
rom_start:
        b       reset
        b       .
        b       .
        b       .
        b       .
        b       .
        b       .
        b       .
        .ascii  "DROM"
reset:
        cpsid   aif
        mrc     p15, 0, r0, c1, c0, 0
        orr     r0, r0, #0x1800                 @ instruction cache, branch prediction
        mcr     p15, 0, r0, c1, c0, 0
        mrc     p15, 0, r0, c0, c0, 5
        ands    r0, r0, #3
        ldr     r1, =(BOARD_DEVICES + BOARD_SYS_NVFLAGS)
        bne     wait_for_copy

        mvn     r2, #0
        str     r2, [r1, #4]                    @ clears all
        ldr     r3, =BOARD_FLASH0
        ldr     r4, =rom_start
        ldr     r5, =rom_end
1:      ldmia   r3!, {r6-r9}
        stmia   r4!, {r6-r9}
        cmp     r4, r5
        blo     1b
        ldr     r4, =rom_bss_start
        ldr     r5, =rom_stack_end
        mov     r6, #0
2:      str     r6, [r4], #4
        cmp     r4, r5
        blo     2b
        mcr     p15, 0, r6, c7, c5, 0           @ ICIALLU
        dsb
        isb
        mov     r2, #NVFLAGS_COPIED
        str     r2, [r1]
        ldr     sp, =rom_stack_end
        ldr     pc, =rom_main

wait_for_copy:
        yield
        ldr     r2, [r1]
        tst     r2, #NVFLAGS_COPIED
        beq     wait_for_copy
        ldr     pc, =secondary

/* Waits in WFI for a software interrupt, then jumps to what the flags register names. */
secondary:
        mov     r2, #1
        lsl     r2, r2, r0
        str     r2, [r1]
        ldr     r1, =(BOARD_DEVICES_CPU + BOARD_GIC_CPU)
        mov     r2, #0xff
        str     r2, [r1, #4]
        mov     r2, #1
        str     r2, [r1]
3:      wfi
        ldr     r1, =(BOARD_DEVICES + BOARD_SYS_FLAGS)
        ldr     r2, [r1]
        cmp     r2, #0
        beq     3b
        bx      r2
        .ltorg

/* void rom_go (entry): starts the hypervisor. Nothing of the ROM's is in registers, and nothing left on its stack. */
        .global rom_go
rom_go:
        ldr     r4, =rom_bss_start
        ldr     r5, =rom_stack_end
        mov     r6, #0
4:      str     r6, [r4], #4
        cmp     r4, r5
        blo     4b
        mov     r1, r6
        mov     r2, r6
        mov     r3, r6
        mov     sp, r6
        dsb
        mcr     p15, 0, r6, c7, c5, 0
        isb
        bx      r0
        .ltorg
