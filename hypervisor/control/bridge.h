/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a frame goes: an Ethernet switch between the guests' interfaces and the uplink.
 *
 * Every interface of a guest has exactly one address, which the control domain gave it. So the
 * switch has nothing to learn, and nothing to forget or to overflow: what is not the address of an
 * interface here can only be behind the uplink. What was sent to an interface that has gone is for
 * nobody, until its address is seen outside: its domain may be on its way into a file or to another
 * machine, and nobody outside is to answer in its place. A frame that says to come from another address than
 * that of its interface goes nowhere, and no guest sees what is meant for another.
 */
#ifndef CONTROL_BRIDGE_H
#define CONTROL_BRIDGE_H

#include "base.h"

#define BRIDGE_PORTS  64 /* the uplink and 63 interfaces */
#define BRIDGE_UPLINK 0

#define BRIDGE_MAC    6
#define BRIDGE_HEADER 14 /* destination, source, type */

/* A set of ports: bit n is port n. */
typedef uint64_t bridge_set;

enum bridge_verdict {
  BRIDGE_FORWARD,
  BRIDGE_NOBODY, /* a good frame for nobody here */
  BRIDGE_FORGED, /* its source is not who sent it */
};

/* Adds an interface with this address. -> its port, or -1: there is no port left, the address is in
   use or is none of one interface (a group's, or zero). */
int bridge_add (const uint8_t mac[BRIDGE_MAC]);
void bridge_remove (int port);
/* Whether there is a way out. */
void bridge_set_uplink (bool present);

/* Where the frame that came in on `port` goes; `frame` has at least BRIDGE_HEADER bytes. */
enum bridge_verdict bridge_route (int port, const uint8_t *frame, bridge_set *targets);

#endif
