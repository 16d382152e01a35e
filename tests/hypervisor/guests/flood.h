/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the domains of the guard test have on their device pages. */
#ifndef FLOOD_H
#define FLOOD_H

#include <stdint.h>

struct flood {
  uint32_t ready;
  uint32_t peer;            /* the other domain */
  uint32_t port, reference; /* what the victim has offered to the attacker */
  uint32_t count;           /* the attacker: what it did; the victim: rounds of work */
  uint32_t misses;          /* the victim: a page that it could not have back */
  uint32_t late_us;         /* the victim: most that it was behind a deadline of 1 ms */
};

#endif
