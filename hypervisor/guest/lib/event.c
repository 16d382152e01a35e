/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pv.h"

#define PORTS 128

enum kind { OTHER, VIRQ, IPI }; /* the library binds all but the first again */

static struct {
  pv_event_handler handler;
  void *data;
  enum kind kind;
  uint32_t virq, vcpu;
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
  handlers[port].kind = OTHER;
}

/* -> port, or a negative error. */
static long
bind_port (enum kind kind, uint32_t virq, uint32_t vcpu)
{
  struct evtchn_bind_virq interrupt = { .virq = virq, .vcpu = vcpu };
  struct evtchn_bind_ipi ipi = { .vcpu = vcpu };
  long error = kind == IPI ? pv_event_channel_op (EVTCHNOP_bind_ipi, &ipi)
                           : pv_event_channel_op (EVTCHNOP_bind_virq, &interrupt);
  return error < 0 ? error : (long)(kind == IPI ? ipi.port : interrupt.port);
}

static long
bind_handler (enum kind kind, uint32_t virq, uint32_t vcpu, pv_event_handler handler, void *data)
{
  long port = bind_port (kind, virq, vcpu);
  if (port < 0)
    return port;
  give_port ((uint32_t)port, vcpu);
  pv_event_set_handler ((uint32_t)port, handler, data);
  handlers[port].kind = kind;
  handlers[port].virq = virq;
  handlers[port].vcpu = vcpu;
  return port;
}

long
pv_event_bind_virq (uint32_t virq, pv_event_handler handler, void *data)
{
  return bind_handler (VIRQ, virq, virq == VIRQ_TIMER ? pv_vcpu_id () : 0, handler, data);
}

long
pv_event_bind_ipi (uint32_t vcpu, pv_event_handler handler, void *data)
{
  return bind_handler (IPI, 0, vcpu, handler, data);
}

static void
forget_pending (void)
{
  memset (pv_shared->evtchn_pending, 0, sizeof pv_shared->evtchn_pending);
  for (uint32_t vcpu = 0; vcpu < pv_start->vcpus; vcpu++) {
    struct vcpu_info *info
        = (struct vcpu_info *)(void *)((char *)pv_shared + PV_SHARED_VCPU_INFO (vcpu));
    info->evtchn_pending_sel = 0;
    info->evtchn_upcall_pending = 0;
  }
}

/* Takes the free ports below `port`, which come first; -> the next of the list of those taken. */
static uint32_t
fill_below (uint32_t port, uint8_t *taken, uint32_t count)
{
  for (;;) {
    struct evtchn_alloc_unbound filler = { .dom = DOMID_SELF, .remote_dom = DOMID_SELF };
    struct evtchn_close close;
    long error = pv_event_channel_op (EVTCHNOP_alloc_unbound, &filler);
    if (error < 0 || filler.port > port)
      pv_panic ("port %u cannot be had again: %d", port, (int)error);
    close.port = filler.port;
    if (filler.port == port) {
      pv_event_channel_op (EVTCHNOP_close, &close);
      return count;
    }
    taken[count++] = (uint8_t)filler.port;
  }
}

/* To the ports that they had, which others of this kernel know. */
void
pv_event_rebind (void)
{
  uint8_t taken[PORTS];
  uint32_t count = 0;
  forget_pending ();
  for (uint32_t port = 0; port < PORTS; port++) {
    if (handlers[port].kind == OTHER)
      continue;
    count = fill_below (port, taken, count);
    long again = bind_port (handlers[port].kind, handlers[port].virq, handlers[port].vcpu);
    if (again != (long)port)
      pv_panic ("port %u cannot be bound again: %d", port, (int)again);
  }
  while (count > 0) {
    struct evtchn_close close = { .port = taken[--count] };
    pv_event_channel_op (EVTCHNOP_close, &close);
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
