/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times. The board's guests have no calendar: the first of January 1970 is when the machine
 * started. */
#ifndef LINUX_CLOCK_H
#define LINUX_CLOCK_H

#include "pv.h"

#define NS_PER_SECOND 1000000000ull

static inline uint64_t
clock_monotonic_ns (void)
{
  return pv_time_ns ();
}

uint64_t clock_realtime_ns (void);
void clock_set_realtime_ns (uint64_t now);

#endif
