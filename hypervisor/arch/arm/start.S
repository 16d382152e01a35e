/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * First instructions of the hypervisor: the ROM has put the image at its physical address and jumps
 * to the first word with the MMU off, in SVC mode, on processor 0. Builds the first page directory, switches
 * the MMU on and goes on in C at the virtual address.
 */
#include "arch/arm/layout.h"
#include "arch/arm/offsets.h"

        .syntax unified
        .arm
        .section .start, "ax"
        .global hv_start
hv_start:
        cpsid   aif
        mrc     p15, 0, r1, c1, c0, 1
        orr     r1, r1, #HV_ACTLR_SMP           @ coherent with the other processors
        mcr     p15, 0, r1, c1, c0, 1
        ldr     r8, =(HV_VIRTUAL - HV_PHYSICAL) @ what to subtract from a link address

        ldr     r0, =hv_data_start              @ data are stored right behind the text
        ldr     r1, =hv_data_end
        ldr     r4, =hv_data_stored
        sub     r0, r0, r8
        sub     r1, r1, r8
        sub     r4, r4, r8
0:      cmp     r0, r1
        ldrdlo  r2, r3, [r4], #8
        strdlo  r2, r3, [r0], #8
        blo     0b
        ldr     r0, =hv_bss_start
        ldr     r1, =hv_bss_end
        sub     r0, r0, r8
        sub     r1, r1, r8
        mov     r2, #0
        mov     r3, #0
1:      cmp     r0, r1
        strdlo  r2, r3, [r0], #8
        blo     1b

        @ The image at its physical address (until the jump) and all of SRAM at the virtual one.
        ldr     r0, =hv_directory
        sub     r0, r0, r8
        ldr     r1, =(HV_PHYSICAL | HV_SECTION_MEMORY)
        add     r2, r0, #(HV_PHYSICAL >> 20) << 2
        str     r1, [r2]
        add     r2, r0, #((HV_VIRTUAL >> 20) << 2) & 0xff00
        add     r2, r2, #((HV_VIRTUAL >> 20) << 2) & 0xff
        mov     r3, #HV_SRAM_SECTIONS
2:      str     r1, [r2], #4
        add     r1, r1, #0x100000
        subs    r3, r3, #1
        bne     2b

        mov     r1, #0
        mcr     p15, 0, r1, c8, c7, 0           @ TLBIALL
        mcr     p15, 0, r1, c7, c5, 0           @ ICIALLU
        mcr     p15, 0, r1, c2, c0, 2           @ TTBCR: TTBR0 alone
        mov     r1, #DACR_KERNEL
        mcr     p15, 0, r1, c3, c0, 0
        orr     r0, r0, #HV_TTBR_ATTRIBUTES
        mcr     p15, 0, r0, c2, c0, 0
        dsb
        isb
        mrc     p15, 0, r1, c1, c0, 0
        orr     r1, r1, #0x1800                 @ I, Z
        orr     r1, r1, #0x5                    @ C, M
        bic     r1, r1, #0x2000                 @ vectors by VBAR
        bic     r1, r1, #0x2                    @ unaligned access allowed
        mcr     p15, 0, r1, c1, c0, 0
        isb
        ldr     pc, =hv_virtual

        .text
hv_virtual:
        ldr     r0, =hv_vectors
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR
        isb
        ldr     sp, =(hv_stacks + (1 << HV_STACK_SHIFT))
        bl      hv_main                         @ does not return before there is a vCPU to run
        mov     r4, r0
        b       hv_resume
        .ltorg

/* The other processors: from the ROM's parking place, with the MMU off, by the directory of the first. */
        .section .start, "ax"
        .global hv_start_secondary
hv_start_secondary:
        cpsid   aif
        mrc     p15, 0, r1, c1, c0, 1
        orr     r1, r1, #HV_ACTLR_SMP
        mcr     p15, 0, r1, c1, c0, 1
        mov     r1, #0
        mcr     p15, 0, r1, c8, c7, 0           @ TLBIALL
        mcr     p15, 0, r1, c7, c5, 0           @ ICIALLU
        mcr     p15, 0, r1, c2, c0, 2           @ TTBCR
        mov     r1, #DACR_KERNEL
        mcr     p15, 0, r1, c3, c0, 0
        ldr     r0, =(hv_directory - HV_VIRTUAL + HV_PHYSICAL + HV_TTBR_ATTRIBUTES)
        mcr     p15, 0, r0, c2, c0, 0
        dsb
        isb
        mrc     p15, 0, r1, c1, c0, 0
        orr     r1, r1, #0x1800                 @ as in hv_start
        orr     r1, r1, #0x5
        bic     r1, r1, #0x2000
        bic     r1, r1, #0x2
        mcr     p15, 0, r1, c1, c0, 0
        isb
        ldr     pc, =secondary_virtual
        .ltorg

        .text
secondary_virtual:
        ldr     r0, =hv_vectors
        mcr     p15, 0, r0, c12, c0, 0          @ VBAR
        isb
        mrc     p15, 0, r0, c0, c0, 5
        and     r0, r0, #3
        ldr     sp, =hv_stacks
        add     sp, sp, r0, lsl #HV_STACK_SHIFT
        add     sp, sp, #(1 << HV_STACK_SHIFT)
        bl      hv_main_secondary               @ -> the first vCPU that it runs
        mov     r4, r0
        b       hv_resume
        .ltorg

        .bss
        .balign 16
        .global hv_stacks                       @ one a processor
hv_stacks:
        .space  HV_CPUS_MAX << HV_STACK_SHIFT
        .space  4096
        .global hv_fatal_stack_end
hv_fatal_stack_end:
