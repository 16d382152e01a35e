/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Versatile Express with the Cortex-A9 tile: addresses and interrupt numbers. */
#ifndef HV_BOARD_H
#define HV_BOARD_H

#define HV_PLATFORM_NAME "vexpress-a9"

#define BOARD_FLASH0     0x40000000
#define BOARD_FLASH1     0x44000000
#define BOARD_FLASH_SIZE 0x04000000
#define BOARD_VRAM       0x4c000000
#define BOARD_VRAM_SIZE  0x00800000
#define BOARD_SRAM       0x48000000
#define BOARD_DRAM       0x60000000
#define BOARD_DRAM_MAX   0x40000000

/* Two sections of devices; the offsets below count from the one named. */
#define BOARD_DEVICES      0x10000000
#define BOARD_SYS_FLAGS    0x00030
#define BOARD_SYS_NVFLAGS  0x00038
#define BOARD_SYS_CFGDATA  0x000a0
#define BOARD_SYS_CFGCTRL  0x000a4
#define BOARD_KEYBOARD     0x06000 /* PL050 */
#define BOARD_MOUSE        0x07000
#define BOARD_UART0        0x09000
#define BOARD_TIMER01      0x11000 /* SP804 */
#define BOARD_VIRTIO       0x13000 /* four transports, 0x200 apart */
#define BOARD_LCD          0x20000 /* PL111 */
#define BOARD_VIRTIO_STEP  0x200
#define BOARD_VIRTIO_SLOTS 4

#define BOARD_DEVICES_CPU   0x1e000000
#define BOARD_SCU           0x0000
#define BOARD_GIC_CPU       0x0100
#define BOARD_GLOBAL_TIMER  0x0200
#define BOARD_PRIVATE_TIMER 0x0600
#define BOARD_GIC_DIST      0x1000

#define BOARD_IRQ_PRIVATE_TIMER 29
#define BOARD_IRQ_KEYBOARD      44
#define BOARD_IRQ_MOUSE         45
#define BOARD_IRQ_VIRTIO        72 /* one a transport */
#define BOARD_IRQS              96

/* The one mode of the display. */
#define BOARD_PICTURE_WIDTH  640u
#define BOARD_PICTURE_HEIGHT 480u
#define BOARD_PICTURE_STRIDE (BOARD_PICTURE_WIDTH * 4u)
#define BOARD_PICTURE_BYTES  (BOARD_PICTURE_STRIDE * BOARD_PICTURE_HEIGHT)
#define BOARD_PICTURES       6u

#define BOARD_ACTIVE_MW    500u /* what a busy processor takes more than an idle one, milliwatts */
#define BOARD_TICKS_PER_US 100u /* of the global and the private timer */
#define BOARD_NS_PER_TICK  10u

#endif
