/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel that still handles events feeds its watchdog, if it has one. */
#include "pv.h"

#define SECONDS 30u /* of one that the kernel has set itself; one that was ordered keeps its own */

static void
feed (uint32_t port, void *data)
{
  struct sched_watchdog watchdog = { .id = 1, .timeout = SECONDS };
  (void)port;
  (void)data;
  pv_sched_op (SCHEDOP_watchdog, &watchdog);
}

void
pv_watchdog_init (void)
{
  long port = pv_event_bind_virq (PV_VIRQ_WATCHDOG, feed, NULL);
  if (port < 0)
    pv_panic ("no event channel for the watchdog: %d", (int)port);
}
