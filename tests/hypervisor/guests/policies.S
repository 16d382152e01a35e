/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policies that the policy test loads, compiled (make_policies.py). */
        .macro  policy name, file
        .global \name, \name\()_end
        .balign 8
\name:  .incbin "\file"
\name\()_end:
        .endm

        .section .rodata
        policy  policy_together, TOGETHER
        policy  policy_apart, APART
        policy  policy_locked, LOCKED
        policy  policy_strangers, STRANGERS
        policy  policy_watching, WATCHING
        policy  policy_mute, MUTE
        policy  policy_wall, WALL
