/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "events.h"

#include "balloon.h"
#include "pv.h"

static void
shut_down (uint32_t port, void *data)
{
  (void)port;
  (void)data;
  kernel_notice ("kernel: shutting down as asked");
  pv_shutdown (SHUTDOWN_poweroff);
}

/* Time is looked at after every event: of the kernel, only the balloon waits for this one. */
static void
time_over (uint32_t port, void *data)
{
  (void)port;
  (void)data;
  balloon_tick ();
}

void
events_init (void)
{
  pv_event_bind_virq (VIRQ_TIMER, time_over, NULL);
  pv_event_bind_virq (PV_VIRQ_SHUTDOWN, shut_down, NULL);
  balloon_init ();
  pv_watchdog_init ();
  pv_suspend_init ();
}
