/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other domain: binds both of the measured domain's ports, answers its events, then yields. */
#include "xen.h"

#define PORTS_TRIED 16u

void domain_main (void);

static evtchn_port_t
bind_next (evtchn_port_t *candidate)
{
  for (;; *candidate = *candidate % PORTS_TRIED + 1) {
    struct evtchn_bind_interdomain bind = { .remote_dom = MEASURED, .remote_port = *candidate };
    if (event_op (EVTCHNOP_bind_interdomain, &bind) == 0)
      return bind.local_port;
    xen_call (__HYPERVISOR_sched_op, SCHEDOP_yield, NULL);
  }
}

void
domain_main (void)
{
  evtchn_port_t candidate = 1;
  if (add_to_physmap (XENMAPSPACE_shared_info, SHARED_FRAME) < 0)
    return;
  evtchn_port_t port = bind_next (&candidate);
  bind_next (&candidate);
  clear (port);
  send (port);
  for (uint32_t i = 0; i < TURNS + WARM_UP; i++) {
    poll_port (port);
    clear (port);
    send (port);
  }
  for (;;)
    xen_call (__HYPERVISOR_sched_op, SCHEDOP_yield, NULL);
}
