/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's first instructions under Xen: an image that calls itself an ARM Linux zImage, loaded where the header
   says, entered in SVC mode with the MMU off. */
        .syntax unified
        .arm
        .section .start, "ax"
        .global start
start:
        .rept   8
        nop
        .endr
        b       begin
        .word   0x016f2818              @ zImage
        .word   start
        .word   image_end
begin:
        cpsid   aif
        ldr     r0, =bss_start
        ldr     r1, =bss_end
        mov     r2, #0
1:      cmp     r0, r1
        strlo   r2, [r0], #4
        blo     1b
        ldr     sp, =stack_end
        bl      domain_main
2:      wfi
        b       2b
        .ltorg

        .text
/* long xen_call (uint32_t number, ...): up to three arguments */
        .global xen_call
xen_call:
        mov     r12, r0
        mov     r0, r1
        mov     r1, r2
        mov     r2, r3
        hvc     #0xea1
        bx      lr

/* void loop_xxx (uint32_t turns, ...): the operation, then two instructions of loop, which the caller takes off,
   as it does the arguments' loading (the same in Domicile's loops). */
        .macro  call_loop name, number, first
        .global \name
\name:
        mov     r3, r0
1:      mov     r0, #\first
        mov     r12, #\number
        hvc     #0xea1
        subs    r3, r3, #1
        bne     1b
        bx      lr
        .endm
        call_loop loop_version, 17, 0
        call_loop loop_yield, 29, 0

/* void loop_send (uint32_t turns, struct evtchn_send *) */
        .global loop_send
loop_send:
        push    {r4, r5, r6, lr}
        mov     r4, r0
        mov     r5, r1
1:      mov     r1, r5
        mov     r0, #4                  @ EVTCHNOP_send
        mov     r12, #32
        hvc     #0xea1
        subs    r4, r4, #1
        bne     1b
        pop     {r4, r5, r6, pc}

        .bss
        .balign 8
        .space  8192
stack_end:
