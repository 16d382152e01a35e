/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP/IP for a guest kernel: lwIP with one Ethernet interface. Nothing here knows where frames come
 * from or go to, and nothing blocks; lwIP's raw interface (<lwip/tcp.h> ...) may be used between
 * these calls.
 */
#ifndef NET_STACK_H
#define NET_STACK_H

#include <stdbool.h>
#include <stdint.h>

/* Sends one frame; false: there is no room for it now. */
typedef bool (*stack_send) (const void *frame, uint32_t length);

/* An address that is not set is asked for by DHCP. */
struct stack_address {
  uint32_t address, netmask, gateway; /* in network byte order */
};

/* Once, before all others; then stack_link_up(). `hostname` stays in use. */
void stack_start (const char *hostname, stack_send send);
void stack_set_address (const struct stack_address *wanted);
struct stack_address stack_get_address (void);
/* Frames get out and in, under this address; the network is told where we are. */
void stack_link_up (const uint8_t mac[6]);
void stack_link_down (void);
/* A frame came in. */
void stack_input (const void *frame, uint32_t length);
/* Does what is due; -> when there is more to do, in nanoseconds since boot; 0: nothing. */
uint64_t stack_poll (void);

/* "10.0.2.15"; in a buffer that the next call uses again. */
const char *stack_address_text (uint32_t address);

#endif
