/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way out: the machine's network device, by pv/io.h. */
#ifndef CONTROL_UPLINK_H
#define CONTROL_UPLINK_H

#include "packet.h"

/* -> whether the machine has a network device. */
bool uplink_start (void);
/* Queues a packet to be sent by the next uplink_flush; false: there is no room. */
bool uplink_send (struct packet *packet);
void uplink_flush (void);
/* Packets that came in, at most `room`, each with one user; what was sent is released. */
uint32_t uplink_receive (struct packet **packets, uint32_t room);

#endif
