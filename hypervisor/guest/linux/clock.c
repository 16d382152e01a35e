/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clock.h"

static uint64_t realtime_offset;

uint64_t
clock_realtime_ns (void)
{
  return pv_time_ns () + realtime_offset;
}

void
clock_set_realtime_ns (uint64_t now)
{
  realtime_offset = now - pv_time_ns ();
}
