/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network of the guests: their interfaces, the bridge between them, and the uplink. */
#ifndef CONTROL_NETWORK_H
#define CONTROL_NETWORK_H

#include "base.h"

/* Looks for the uplink. */
void network_start (void);

/* Frames from one domain to another since the start, over all interfaces of each; 0 stands for the
   uplink, too, which is the control domain's. -> false past the last pair; `at` begins with 0. */
struct network_flow {
  uint32_t from, to;
  uint32_t frames;
};
bool network_next_flow (uint32_t *at, struct network_flow *flow);

#endif
