/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The front end of one network interface: Xen's netif rings, a frame a page, pages that are granted
   once a connection and used again and again. */
#ifndef NET_FRONT_H
#define NET_FRONT_H

#include <stdbool.h>
#include <stdint.h>

struct front_user {
  /* The first network device was found, or found again; `mac` is its address. */
  void (*connected) (const uint8_t mac[6]);
  void (*disconnected) (void);
  void (*receive) (const void *frame, uint32_t length);
};

/* Registers the driver; before pv_devices_start(). `user` stays in use, and runs in events. */
void front_register (const struct front_user *user);
/* Sends a frame; false: there is no room, or no connection. */
bool front_send (const void *frame, uint32_t length);

#endif
