/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs of one kernel image: one or two of them. */
        .section .user_image, "a"
        .balign 4096
        .incbin PROGRAM_1
        .balign 4096
#ifdef PROGRAM_2
        .incbin PROGRAM_2
        .balign 4096
#endif
