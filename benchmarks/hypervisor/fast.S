/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <pv/arch.h>
        .syntax unified
        .arm
        .text

/* void loop_xxx (uint32_t turns): the operation, then two instructions of loop, which bench.c takes off. */
        .macro  hypercall_loop name, number, first
        .global \name
\name:
        mov     r3, r0
1:      mov     r0, #\first
        mov     r12, #\number
        svc     #0
        subs    r3, r3, #1
        bne     1b
        bx      lr
        .endm
        hypercall_loop loop_version, __HYPERVISOR_xen_version, 0
        hypercall_loop loop_none, __HYPERVISOR_xen_version, 7 @ XENVER_pagesize: through C, and nothing to do there
        hypercall_loop loop_yield, __HYPERVISOR_sched_op, 0

/* void loop_send (uint32_t turns, struct evtchn_send *, volatile uint32_t *pending): each time the bit is cleared
   (two instructions, taken off too), so that every event is delivered. */
        .global loop_send
loop_send:
        push    {r4, r5, r6, lr}
        mov     r4, r0
        mov     r5, r1
        mov     r6, #0
1:      str     r6, [r2]
        mov     r1, r5
        mov     r0, #4                  @ EVTCHNOP_send
        mov     r12, #__HYPERVISOR_event_channel_op
        svc     #0
        subs    r4, r4, #1
        bne     1b
        pop     {r4, r5, r6, pc}

/* void loop_va (uint32_t turns, uint32_t va, uint32_t entry): maps and unmaps a page in turn by
   update_va_mapping; the change of the value is taken off too. */
        .global loop_va
loop_va:
        push    {r4, r5, r6, lr}
        mov     r4, r0
        mov     r5, r1
        mov     r6, r2
        mov     r3, #0
        mov     r2, #2                  @ UVMF_INVLPG
1:      eor     r3, r3, r6
        mov     r0, r5
        mov     r1, r3
        mov     r12, #__HYPERVISOR_update_va_mapping
        svc     #0
        subs    r4, r4, #1
        bne     1b
        pop     {r4, r5, r6, pc}

/* The guest kernel's shortest system call: number 0 returns at once, others go to C. */
        .global bench_syscall
bench_syscall:
        cmp     r7, #0
        bne     1f
        mov     r0, #0
        mov     r12, #__HYPERVISOR_iret
        svc     #0
1:      push    {r0-r11}
        mov     r0, sp
        bl      pv_on_syscall
        pop     {r0-r11}
        mov     r12, #__HYPERVISOR_iret
        svc     #0

/* The shortest data abort handler: reads the status and goes on behind the instruction. */
        .global bench_abort
bench_abort:
        ldr     r1, [sp, #PV_FRAME_INFO]
        ldr     r0, [sp, #PV_FRAME_PC]
        add     r0, r0, #4
        str     r0, [sp, #PV_FRAME_PC]
        mov     r12, #__HYPERVISOR_iret
        svc     #0

/* void bench_enter (const struct pv_context *): to the user process; back by bench_leave. */
        .global bench_enter, bench_leave
bench_enter:
        push    {r4-r11, lr}
        ldr     r1, =saved_sp
        str     sp, [r1]
        mov     sp, r0
        pop     {r0-r11}
        mov     r12, #__HYPERVISOR_iret
        svc     #0
bench_leave:
        ldr     r1, =saved_sp
        ldr     sp, [r1]
        pop     {r4-r11, pc}
        .ltorg

/* The user process, position independent: r4 turns of r5 = 0 system calls, 1 faults, then system call 1. */
        .global bench_user, bench_user_end
bench_user:
        mov     r6, #0x100
        cmp     r5, #0
        bne     3f
2:      mov     r7, #0
        svc     #0
        subs    r4, r4, #1
        bne     2b
        b       4f
3:      ldr     r0, [r6]
        subs    r4, r4, #1
        bne     3b
4:      mov     r7, #1
        svc     #0
        b       .
bench_user_end:

        .bss
        .balign 4
saved_sp:
        .space  4
