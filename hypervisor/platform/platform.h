/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the hypervisor asks of a board. A second board is one more folder beside vexpress-a9/ that
 * implements these.
 */
#ifndef HV_PLATFORM_H
#define HV_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>
#include <pv/io.h>

/* Addresses and units: of the board whose folder is on the include path. */
#include "board.h"

void hv_platform_init (void);
/* What each of the other processors has of its own. */
void hv_platform_init_cpu (void);
/* Processors that the machine has; and where those that wait in the ROM go on, at a physical address. */
uint32_t hv_platform_cpus (void);
void hv_platform_start_cpus (uint32_t entry);
/* Interrupts processors, one bit each. */
void hv_platform_signal (uint32_t processors);
/* Bytes of domain memory that the board has. */
uint32_t hv_platform_memory (void);

/* Time since start, in ticks of BOARD_NS_PER_TICK. */
uint64_t hv_platform_ticks (void);
/* Its low word, for differences of less than 40 seconds. */
uint32_t hv_platform_ticks_low (void);
/* An interrupt at that time, or soon before it when it is far away. */
void hv_platform_timer_set (uint64_t deadline);

/* Acknowledges and handles every pending interrupt; -> how many. */
uint32_t hv_platform_interrupts (void);

/* The machine's log. */
void hv_platform_log (const char *text, uint32_t length);
void hv_platform_power_off (void) __attribute__ ((noreturn));

/* The display, and the pictures in its memory: BOARD_PICTURES of BOARD_PICTURE_BYTES. `input` runs when
   the keyboard or the mouse has something to read; its interrupt is off from then on. */
void hv_platform_hid_init (void (*input) (void));
/* Where the hypervisor sees a picture, and where the display and a guest's page tables do. */
void *hv_platform_picture (uint32_t number);
uint32_t hv_platform_picture_physical (uint32_t number);
/* Shows a picture; BOARD_PICTURES: black. */
void hv_platform_display_show (uint32_t number);
/* Discards what the devices have to read, and switches their interrupts on or off. */
void hv_platform_input_reset (bool interrupts);
void hv_platform_input_interrupt (uint32_t irq);

/* The byte channels to the host (pv/channel.h), by number. `changed` runs on data, room,
 * connection. */
#define HV_CHANNELS 2u
void hv_platform_channel_init (void (*changed) (void));
/* `copy` moves bytes to or from the caller's buffer at an offset and says if it worked. */
typedef int (*hv_channel_copy) (void *context, uint32_t offset, void *bytes, uint32_t length);
int32_t
hv_platform_channel_read (uint32_t number, uint32_t room, hv_channel_copy copy, void *context);
int32_t
hv_platform_channel_write (uint32_t number, uint32_t length, hv_channel_copy copy, void *context);
bool hv_platform_channel_connected (uint32_t number);

/*
 * The machine's disk and network (pv/io.h). A token, below HV_IO_DEPTH, is the caller's until the
 * device is told of it, and again when it was taken back. `start` resets the device and tells about
 * it; 0, or -XEN_ENODEV. `changed` runs when there may be something to take. After `stop` the
 * device touches no memory any more.
 */
#define HV_IO_DEPTH 32u
struct hv_io_segment {
  uint32_t address; /* physical */
  uint32_t length;
};

int hv_platform_disk_start (void (*changed) (void), struct pv_io_block_info *info);
void hv_platform_disk_stop (void);
void hv_platform_disk_submit (uint32_t token,
                              enum pv_io_operation operation,
                              uint64_t sector,
                              const struct hv_io_segment *segments,
                              uint32_t count);
/* Tells the device of what was submitted. */
void hv_platform_disk_kick (void);
bool hv_platform_disk_take (uint32_t *token, int32_t *status);

int hv_platform_network_start (void (*changed) (void), struct pv_io_net_info *info);
void hv_platform_network_stop (void);
void hv_platform_network_send (uint32_t token, struct hv_io_segment frame);
void hv_platform_network_post (uint32_t token, struct hv_io_segment room);
void hv_platform_network_kick (bool send);
bool hv_platform_network_sent (uint32_t *token);
bool hv_platform_network_received (uint32_t *token, uint32_t *length);

#endif
