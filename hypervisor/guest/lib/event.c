/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pv.h"

#define PORTS 128

static struct {
  pv_event_handler handler;
  void *data;
  uint32_t virq; /* one more than the virtual interrupt that it is bound to; 0: none */
} handlers[PORTS];

/* The ports of each vCPU; the first has those that no other is named for. */
static uint32_t ports[PV_VCPUS_MAX][PORTS / 32] = { { ~0u, ~0u, ~0u, ~0u } };

static void
give_port (uint32_t port, uint32_t vcpu)
{
  for (uint32_t i = 0; i < PV_VCPUS_MAX; i++)
    __atomic_fetch_and (&ports[i][port / 32], ~(1u << (port % 32)), __ATOMIC_RELAXED);
  __atomic_fetch_or (&ports[vcpu][port / 32], 1u << (port % 32), __ATOMIC_RELAXED);
}

void
pv_event_set_handler (uint32_t port, pv_event_handler handler, void *data)
{
  if (port >= PORTS)
    return;
  handlers[port].handler = handler;
  handlers[port].data = data;
  handlers[port].virq = 0;
}

long
pv_event_bind_virq (uint32_t virq, pv_event_handler handler, void *data)
{
  struct evtchn_bind_virq bind = { .virq = virq, .vcpu = virq == VIRQ_TIMER ? pv_vcpu_id () : 0 };
  long error = pv_event_channel_op (EVTCHNOP_bind_virq, &bind);
  if (error < 0)
    return error;
  give_port (bind.port, bind.vcpu);
  pv_event_set_handler (bind.port, handler, data);
  handlers[bind.port].virq = virq + 1;
  return (long)bind.port;
}

long
pv_event_bind_ipi (uint32_t vcpu, pv_event_handler handler, void *data)
{
  struct evtchn_bind_ipi bind = { .vcpu = vcpu };
  long error = pv_event_channel_op (EVTCHNOP_bind_ipi, &bind);
  if (error < 0)
    return error;
  give_port (bind.port, vcpu);
  pv_event_set_handler (bind.port, handler, data);
  return (long)bind.port;
}

void
pv_event_rebind (void)
{
  struct vcpu_info *info = &pv_shared->vcpu_info[0];
  memset (pv_shared->evtchn_pending, 0, sizeof pv_shared->evtchn_pending);
  info->evtchn_pending_sel = 0;
  info->evtchn_upcall_pending = 0;
  for (uint32_t port = 0; port < PORTS; port++) {
    uint32_t virq = handlers[port].virq;
    if (virq == 0)
      continue;
    struct evtchn_bind_virq bind = { .virq = virq - 1 };
    long error = pv_event_channel_op (EVTCHNOP_bind_virq, &bind);
    if (error < 0 || bind.port > port)
      pv_panic ("virtual interrupt %u cannot be bound again: %d", virq - 1, (int)error);
    if (bind.port == port)
      continue;
    handlers[bind.port] = handlers[port];
    handlers[port].handler = NULL;
    handlers[port].virq = 0;
  }
}

long
pv_event_send (uint32_t port)
{
  struct evtchn_send send = { .port = port };
  return pv_event_channel_op (EVTCHNOP_send, &send);
}

void
pv_event_dispatch (void)
{
  struct vcpu_info *info = pv_vcpu_info ();
  uint32_t vcpu = pv_vcpu_id ();
  while (__atomic_exchange_n (&info->evtchn_upcall_pending, 0, __ATOMIC_ACQ_REL)) {
    info->evtchn_pending_sel = 0;
    for (uint32_t word = 0; word < PORTS / 32; word++) {
      uint32_t *pending = (uint32_t *)(void *)pv_shared->evtchn_pending + word;
      uint32_t mine = ports[vcpu][word] & ~((uint32_t *)(void *)pv_shared->evtchn_mask)[word];
      uint32_t ready = __atomic_fetch_and (pending, ~mine, __ATOMIC_ACQ_REL) & mine;
      for (; ready != 0; ready &= ready - 1) {
        uint32_t port = word * 32 + (uint32_t)__builtin_ctz (ready);
        if (handlers[port].handler)
          handlers[port].handler (port, handlers[port].data);
      }
    }
  }
}

/* A timer event without a handler of the kernel's own: it only ends the wait. */
static void
timer_over (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

void
pv_event_wait (uint64_t deadline_ns)
{
  static bool timers_bound[PV_VCPUS_MAX];
  bool *timer_bound = &timers_bound[pv_vcpu_id ()];
  struct vcpu_info *info = pv_vcpu_info ();
  if (deadline_ns != 0) {
    if (!*timer_bound)
      pv_event_bind_virq (VIRQ_TIMER, timer_over, NULL); /* or the kernel has bound it */
    *timer_bound = true;
    pv_set_timer (deadline_ns);
  }
  pv_event_mask ();
  if (info->evtchn_upcall_pending)
    pv_event_dispatch ();
  else
    pv_sched_op (SCHEDOP_block, NULL); /* unmasks: the handlers run in the upcall */
  pv_event_mask ();
}
