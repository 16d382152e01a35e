/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two domains that measure Xen share. Xen's headers describe its ARM interface themselves.
 */
#ifndef BENCH_XEN_H
#define BENCH_XEN_H

#include <stddef.h>
#include <stdint.h>

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sched.h>

#define TURNS    2000u
#define WARM_UP  16u
#define MEASURED 1 /* domain ids: Xen starts them in the order of the device tree */
#define PEER     2

long xen_call (uint32_t number, ...);

static inline long
event_op (uint32_t command, void *argument)
{
  return xen_call (__HYPERVISOR_event_channel_op, command, argument);
}

static inline void
send (evtchn_port_t port)
{
  struct evtchn_send argument = { .port = port };
  event_op (EVTCHNOP_send, &argument);
}

/* Frame numbers at which the domain sees what Xen shares with it: above its memory. */
#define SHARED_FRAME 0x50000u
#define GRANT_FRAME  0x50001u
#define MAP_FRAME    0x50002u

static inline volatile uint32_t *
shared_pending (void)
{
  struct shared_info *shared = (struct shared_info *)(SHARED_FRAME << 12);
  return (volatile uint32_t *)(void *)shared->evtchn_pending;
}

static inline long
add_to_physmap (uint32_t space, uint32_t frame)
{
  struct xen_add_to_physmap map = { .domid = DOMID_SELF, .space = space, .idx = 0, .gpfn = frame };
  return xen_call (__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &map);
}

static inline void
poll_port (evtchn_port_t port)
{
  struct sched_poll poll = { .nr_ports = 1 };
  set_xen_guest_handle_raw (poll.ports, &port);
  xen_call (__HYPERVISOR_sched_op, SCHEDOP_poll, &poll);
}

static inline void
clear (evtchn_port_t port)
{
  shared_pending ()[port / 32] &= ~(1u << port % 32);
}

#endif
