/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot ROM: all processors start here, at address 0, in secure SVC mode with the MMU off. The packer puts
 * the hypervisor's image behind the ROM and its size into the word after the vectors.
 */
#include "board.h"

        .syntax unified
        .arm
        .section .text
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
rom_image_size:
        .word   0               @ set by the packer: bytes, a multiple of 32
reset:
        cpsid   aif
        mrc     p15, 0, r0, c0, c0, 5
        tst     r0, #3
        bne     secondary
        ldr     r0, =(BOARD_FLASH0 + ROM_SIZE)
        ldr     r1, =BOARD_SRAM
        ldr     r2, rom_image_size
        add     r2, r1, r2
1:      cmp     r1, r2
        ldmialo r0!, {r3-r10}
        stmialo r1!, {r3-r10}
        blo     1b
        ldr     pc, =BOARD_SRAM

/* Waits in WFI for a software interrupt, then jumps to what the flags register names. */
secondary:
        ldr     r1, =(BOARD_DEVICES_CPU + BOARD_GIC_CPU)
        mov     r2, #0xff
        str     r2, [r1, #4]
        mov     r2, #1
        str     r2, [r1]
2:      wfi
        ldr     r1, =(BOARD_DEVICES + BOARD_SYS_FLAGS)
        ldr     r2, [r1]
        cmp     r2, #0
        beq     2b
        bx      r2
        .ltorg
