/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of one kernel image: two of them, the computing one first. */
        .section .user_image, "a"
        .balign 4096
        .incbin PROGRAM_1
        .balign 4096
        .incbin PROGRAM_2
        .balign 4096
