/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NET_PING_H
#define NET_PING_H

#include <stdbool.h>
#include <stdint.h>

/* Sends `count` echo requests to an address (network byte order), one a second, and says on the
   console what comes back. */
void ping_start (uint32_t address, uint32_t count);
bool ping_running (void);
/* Sends what is due and gives up what is late; -> when to call again, in nanoseconds since boot; 0:
   never. */
uint64_t ping_poll (void);

#endif
