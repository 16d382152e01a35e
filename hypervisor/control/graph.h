/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How busy domains are with each other: events, granted pages, disk requests, network frames. */
#ifndef CONTROL_GRAPH_H
#define CONTROL_GRAPH_H

#include "base.h"

/* Reads all counters when that is due. -> when to call again, in nanoseconds since boot. */
uint64_t graph_run (uint64_t now_ns);

#endif
