/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processor's part, for tests on the host: domain memory is an array. */
#ifndef HV_ARCH_H
#define HV_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#define HV_PAGE_SIZE    4096u
#define HV_PAGE_SHIFT   12
#define HV_FRAME_FIRST  0x60000u
#define HV_FRAMES_MAX   64u
#define HV_FRAMES_LOW   32u

void *hv_frame_address (uint32_t mfn);

#endif
