/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers of the floating-point and vector unit, to and from struct hv_vfp.
 *
 *   void hv_vfp_store (struct hv_vfp *to);
 *   void hv_vfp_load (const struct hv_vfp *from);
 */
        .syntax unified
        .arm
        .fpu    neon
        .text
        .global hv_vfp_store, hv_vfp_load
hv_vfp_store:
        vstmia  r0!, {d0-d15}
        vstmia  r0!, {d16-d31}
        vmrs    r1, fpscr
        str     r1, [r0]
        bx      lr
hv_vfp_load:
        vldmia  r0!, {d0-d15}
        vldmia  r0!, {d16-d31}
        ldr     r1, [r0]
        vmsr    fpscr, r1
        bx      lr
