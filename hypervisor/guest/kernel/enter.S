/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process_enter (const struct pv_context *): leaves the kernel for what the context says. */
#include <pv/arch.h>
        .syntax unified
        .arm
        .text
        .global process_enter
process_enter:
        mov     sp, r0
        pop     {r0-r11}
        mov     r12, #__HYPERVISOR_iret
        svc     #0
