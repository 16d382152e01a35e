/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other domain: "yield" gives the processor back, "ping PORT" answers every event, "sleep"
 * waits, "give" gives a page. */
#include "grant.h"
#include "pv.h"

static uint8_t page[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));

void
pv_main (const struct pv_start_info *info)
{
  struct evtchn_bind_interdomain bind = { .remote_dom = 0 };
  if (strncmp (info->command_line, "yield", 5) == 0)
    for (;;)
      pv_sched_op (SCHEDOP_yield, NULL);
  if (strncmp (info->command_line, "give", 4) == 0)
    pv_grant_give (0, page, false);
  if (strncmp (info->command_line, "sleep", 5) == 0 || strncmp (info->command_line, "give", 4) == 0)
    for (;;)
      pv_event_wait (0);
  for (const char *at = info->command_line + 5; *at >= '0' && *at <= '9'; at++)
    bind.remote_port = bind.remote_port * 10 + (uint32_t)(*at - '0');
  if (pv_event_channel_op (EVTCHNOP_bind_interdomain, &bind) < 0)
    pv_panic ("cannot bind port %u", bind.remote_port);
  volatile uint32_t *pending = (volatile uint32_t *)(void *)pv_shared->evtchn_pending;
  volatile uint32_t *mask = (volatile uint32_t *)(void *)pv_shared->evtchn_mask;
  evtchn_port_t port = bind.local_port;
  struct sched_poll poll = { .nr_ports = 1 };
  set_xen_guest_handle_raw (poll.ports, &port);
  mask[port / 32] |= 1u << port % 32;
  pending[port / 32] = 0;
  pv_event_send (port); /* ready */
  for (;;) {
    pv_sched_op (SCHEDOP_poll, &poll);
    pending[port / 32] = 0;
    pv_event_send (port);
  }
}
