/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches the Linux guest, which tests itself, and that it stays inside of what it has. */
#include "test.h"

#define MINUTE 60000000000ull

static struct pv_domctl op;

static const struct pv_domain_info *
info_of (uint32_t id)
{
  memset (&op, 0, sizeof op);
  op.cmd = PV_DOMCTL_GET_INFO;
  op.domain = id; /* the first with at least this number */
  if (pv_domctl (&op) < 0)
    pv_panic ("there is no domain %u", id);
  return &op.u.info;
}

static uint32_t
free_kib (void)
{
  struct pv_sysctl info = { .cmd = PV_SYSCTL_PHYSINFO };
  pv_sysctl (&info);
  return info.u.physinfo.free_kib;
}

/* That the wait ends is all that is wanted. */
static void
domain_changed (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

void
pv_main (const struct pv_start_info *info)
{
  uint32_t before = free_kib ();
  uint64_t until = pv_time_ns () + 5 * MINUTE, state;
  (void)info;
  pv_event_bind_virq (VIRQ_DOM_EXC, domain_changed, NULL);
  while ((state = info_of (1)->state) != PV_STATE_SHUTDOWN && state != PV_STATE_CRASHED
         && pv_time_ns () < until)
    pv_event_wait (until);
  check (info_of (1)->state == PV_STATE_SHUTDOWN && op.u.info.shutdown_reason == SHUTDOWN_poweroff,
         "the Linux guest has powered itself off: state %u, reason %u", op.u.info.state,
         op.u.info.shutdown_reason);
  check (free_kib () == before, "and has taken no memory but its own: %u KiB are free",
         free_kib ());
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  pv_panic ("the machine is still on");
}
