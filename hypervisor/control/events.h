/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subscriptions of the one peer, and the events that go to them. */
#ifndef CONTROL_EVENTS_H
#define CONTROL_EVENTS_H

#include "json-write.h"

void events_init (struct json_writer *out);
/* Ends all subscriptions. */
void events_reset (void);
/* Something about the domains may have changed: look at one of the next events_run(). */
void events_scan_soon (void);
/* Sends what is due at `now_ns` (since the hypervisor started). -> when to call again; 0: never. */
uint64_t events_run (uint64_t now_ns);

#endif
