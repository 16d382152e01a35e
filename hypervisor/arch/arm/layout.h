/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's virtual addresses. All stand above PV_HYPERVISOR_START, the same in every page
 * directory, and are accessible only in privileged modes (MMU domain 0, AP = 001).
 */
#ifndef HV_ARCH_LAYOUT_H
#define HV_ARCH_LAYOUT_H

#include "board.h"

#define HV_PHYSMAP       0xe0000000 /* the low part of domain memory, linear */
#define HV_PHYSMAP_SIZE  0x17000000 /* 368 MiB */
#define HV_WINDOW        0xf7000000 /* one section for what is mapped when it is needed */
#define HV_FLASH1        0xf8000000 /* sealed images, read-only */
#define HV_VIRTUAL       0xfc000000 /* the hypervisor itself, in SRAM */
#define HV_PHYSICAL      BOARD_SRAM
#define HV_SRAM_SECTIONS 32
#define HV_BOOT_SECTIONS 8 /* the last of them: what the ROM has left (boot/info.h), read-only */
#define HV_DEVICES       0xfe000000 /* two sections of devices */
#define HV_VRAM          0xfe800000 /* pictures; the focus window is at PV_HID_WINDOW */
#define HV_DEVICES_CPU   0xfe100000

/* Section entries: normal memory, write-back write-allocate, shareable; or device. */
#define HV_SECTION_MEMORY   0x1140e /* TEX=001 C B S, AP=01 */
#define HV_SECTION_READONLY 0x1940e /* the same, not writable */
#define HV_SECTION_UNCACHED 0x11402 /* memory that a device reads too */
#define HV_SECTION_DEVICE   0x10406
#define HV_SECTION_XN       0x10

/* Frames of domain memory, and those of them that are in the linear map. */
#define HV_FRAMES_MAX (BOARD_DRAM_MAX >> 12)
#define HV_FRAMES_LOW (HV_PHYSMAP_SIZE >> 12)

/* Stacks of the hypervisor, one a processor. */
#define HV_STACK_SHIFT 14
#define HV_CPUS_MAX    4

#define HV_ACTLR_SMP 0x41 /* Cortex-A9: SMP, and FW: maintenance reaches all processors */

/* Page-table walks are cacheable and shareable: no cleaning after a change. */
#define HV_TTBR_ATTRIBUTES 0x4a

#endif
