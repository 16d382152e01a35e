/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the hypervisor asks of a board. A second board is one more folder beside vexpress-a9/ that
 * implements these.
 */
#ifndef HV_PLATFORM_H
#define HV_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

/* Addresses and units: of the board whose folder is on the include path. */
#include "board.h"

void hv_platform_init (void);
/* Bytes of domain memory that the board has. */
uint32_t hv_platform_memory (void);

/* Time since start, in ticks of BOARD_NS_PER_TICK. */
uint64_t hv_platform_ticks (void);
/* An interrupt at that time, or soon before it when it is far away. */
void hv_platform_timer_set (uint64_t deadline);

/* Acknowledges and handles every pending interrupt; -> how many. */
uint32_t hv_platform_interrupts (void);

/* The machine's log. */
void hv_platform_log (const char *text, uint32_t length);
void hv_platform_power_off (void) __attribute__ ((noreturn));

/* The byte channel to the host (pv/channel.h). `changed` runs on data, room, connection. */
void hv_platform_channel_init (void (*changed) (void));
/* `copy` moves bytes to or from the caller's buffer at an offset and says if it worked. */
typedef int (*hv_channel_copy) (void *context, uint32_t offset, void *bytes, uint32_t length);
int32_t hv_platform_channel_read (uint32_t room, hv_channel_copy copy, void *context);
int32_t hv_platform_channel_write (uint32_t length, hv_channel_copy copy, void *context);
bool hv_platform_channel_connected (void);
void hv_platform_channel_interrupt (uint32_t irq);

#endif
