/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Head of a program (struct program) and its first instructions. */
#include "abi.h"
        .syntax unified
        .arm
        .section .header, "ax"
        .global user_start
user_start:
        b       1f
        .word   PROGRAM_MAGIC
        .word   user_file_end
        .word   user_memory_end
name:   .ascii  PROGRAM_NAME
        .space  NAME_MAX_LENGTH - (. - name)
1:      bl      user_main
        mov     r0, #0
        mov     r7, #SYS_exit
        svc     #0

/* long user_access (uint32_t address, uint32_t write, uint32_t *fault): loads or stores a word. 0, or the
   fault status; then *fault is the address that the processor reported. */
        .text
        .global user_access
user_access:
        push    {r4, r7, lr}
        sub     sp, sp, #4
        mov     r4, r0
        mov     r3, r1
        ldr     r0, =user_fault
        ldr     r7, =SYS_catch
        svc     #0
        cmp     r3, #0
        ldreq   r1, [r4]
        strne   r4, [r4]
        streq   r1, [r2]
        mov     r0, #0
        svc     #0                      @ no longer
        mov     r0, #0
        b       2f
user_fault:
        str     r1, [r2]
        cmp     r0, #0
        moveq   r0, #1
2:      add     sp, sp, #4
        pop     {r4, r7, pc}
        .ltorg
