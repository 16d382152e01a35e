/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Units of time. Division of 64 bits comes from the compiler's library: not for fast paths. */
#ifndef HV_UNITS_H
#define HV_UNITS_H

#include "core/timer.h"

static inline uint64_t
hv_ticks_to_ns (hv_ticks ticks)
{
  return ticks * BOARD_NS_PER_TICK;
}

static inline uint64_t
hv_ticks_to_us (hv_ticks ticks)
{
  return ticks / BOARD_TICKS_PER_US;
}

static inline hv_ticks
hv_ns_to_ticks (uint64_t ns)
{
  return ns / BOARD_NS_PER_TICK + (ns % BOARD_NS_PER_TICK != 0); /* of the largest, too */
}

#endif
