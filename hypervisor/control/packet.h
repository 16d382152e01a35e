/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control domain's own copies of frames on their way through the bridge. What is judged is a
   copy that its sender can no longer change. */
#ifndef CONTROL_PACKET_H
#define CONTROL_PACKET_H

#include "base.h"

#define PACKETS     256
#define PACKET_ROOM 2048 /* half a page: none lies across two */

struct packet {
  uint8_t *data;
  uint32_t length;
  uint32_t users; /* 0: free */
  struct packet *next_free;
};

/* A packet with one user, or NULL. */
struct packet *packet_take (void);
void packet_use (struct packet *packet);
/* The last user's frees it. */
void packet_release (struct packet *packet);
/* How many packet_take() would give. */
uint32_t packets_free (void);
/* By number, as an id of whoever only carries numbers. */
uint32_t packet_number (const struct packet *packet);
struct packet *packet_by_number (uint32_t number);

#endif
