/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/event.h"

#include <stddef.h>
#include <pv/arch.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include "arch/arch.h"
#include "core/audit.h"
#include "core/domain.h"
#include "core/sched.h"
#include "security/hooks.h"
#include "security/review.h"

/* From a word of pending bits to the one of mask bits. */
#define MASK_WORDS                                                                                 \
  ((offsetof (struct shared_info, evtchn_mask) - offsetof (struct shared_info, evtchn_pending)) / 4)

union evtchn_argument {
  uint32_t word[2];
  struct evtchn_alloc_unbound alloc_unbound;
  struct evtchn_bind_interdomain bind_interdomain;
  struct evtchn_bind_virq bind_virq;
  struct evtchn_bind_ipi bind_ipi;
  struct evtchn_bind_vcpu bind_vcpu;
  struct evtchn_close close;
  struct evtchn_status status;
  struct evtchn_unmask unmask;
};

/* Port 0 is never given out, as in Xen. */
static struct hv_event_channel *
channel_of (struct hv_domain *domain, uint32_t port)
{
  if (port == 0 || port >= HV_EVENT_CHANNELS || domain->event[port].state == HV_EVENT_FREE)
    return NULL;
  return &domain->event[port];
}

static uint32_t *
pending_word (const struct hv_domain *domain, uint32_t port)
{
  return (uint32_t *)(void *)domain->shared->evtchn_pending + port / 32;
}

/* -> a free port made into this channel, or -XEN_ENOSPC. Its events go to the first vCPU where
   nobody else is named. */
static long
open_channel (struct hv_domain *domain, struct hv_event_channel channel)
{
  uint32_t port = 1;
  while (port < HV_EVENT_CHANNELS && domain->event[port].state != HV_EVENT_FREE)
    port++;
  if (port == HV_EVENT_CHANNELS
      || !hv_guard_may_hold (domain, PV_GUARD_CHANNELS, domain->events_used + 1))
    return -XEN_ENOSPC;
  if (!channel.notify)
    channel.notify = &domain->vcpu[0];
  channel.word = pending_word (domain, port);
  channel.bit = 1u << (port & 31);
  channel.selector = 1u << port / 64;
  domain->event[port] = channel;
  domain->events_used++;
  return (long)port;
}

/* Who polls a masked port is woken without an upcall. */
static void __attribute__ ((noinline)) wake_poller (const struct hv_event_channel *channel)
{
  struct hv_domain *domain = channel->notify->domain;
  uint32_t port = (uint32_t)(channel - domain->event);
  for (uint32_t i = 0; i < domain->vcpus; i++)
    if (domain->vcpu[i].poll_port == port)
      hv_vcpu_wake (&domain->vcpu[i]);
}

/* Makes one end of a channel pending. The bits are shared with the
   guest, which may run on another processor: atomic. */
static inline void
deliver (const struct hv_event_channel *channel)
{
  struct hv_vcpu *vcpu = channel->notify;
  struct vcpu_info *info = vcpu->arch.info;
  uint32_t bit = channel->bit;

  if (__atomic_fetch_or (channel->word, bit, __ATOMIC_RELAXED) & bit)
    return;
  if (__builtin_expect ((__atomic_load_n (channel->word + MASK_WORDS, __ATOMIC_RELAXED) & bit) != 0,
                        0)) {
    wake_poller (channel);
    return;
  }
  _Static_assert(HV_EVENT_CHANNELS <= 64 * 32, "the selector's low word names every port");
  __atomic_fetch_or ((uint32_t *)(void *)&info->evtchn_pending_sel, channel->selector,
                     __ATOMIC_RELAXED);
  __atomic_store_n (&info->evtchn_upcall_pending, 1, __ATOMIC_RELEASE);
  if (__builtin_expect ((vcpu->held & HV_HELD_BLOCKED) != 0, 0))
    hv_vcpu_wake (vcpu);
  else if (hv_smp () && hv_sched_runs (vcpu))
    hv_sched_signal (vcpu->arch.cpu); /* its upcall comes when it returns from there */
}

static void __attribute__ ((noinline)) set_pending (struct hv_domain *domain, uint32_t port)
{
  deliver (&domain->event[port]);
}

static void
clear_pending (const struct hv_event_channel *channel)
{
  __atomic_fetch_and (channel->word, ~channel->bit, __ATOMIC_RELAXED);
}

/* By whatever is no channel to another domain. */
static long __attribute__ ((noinline)) send_other (struct hv_domain *domain, uint32_t port)
{
  struct hv_event_channel *channel = channel_of (domain, port);
  if (channel && channel->state == HV_EVENT_UNBOUND)
    return 0; /* nobody listens, or not any more: as in Xen it is lost */
  if (!channel || channel->state != HV_EVENT_IPI)
    return hv_refused (HV_AUDIT_OF (EVENT, SEND), port, -XEN_EINVAL);
  channel->sent++;
  hv_guard_spend (domain, PV_GUARD_EVENTS, 1);
  set_pending (domain, port);
  return 0;
}

/* Port 0 is free for ever, so that only the upper bound needs a look. */
long
hv_event_send (struct hv_domain *domain, uint32_t address)
{
  struct evtchn_send send;
  if (hv_copy_word_from_guest (&send.port, address))
    return -XEN_EFAULT;
  if (send.port >= HV_EVENT_CHANNELS)
    return send_other (domain, send.port); /* which refuses it */
  struct hv_event_channel *channel = &domain->event[send.port];
  if (__builtin_expect (channel->state != HV_EVENT_INTERDOMAIN, 0))
    return send_other (domain, send.port);
  if (__builtin_expect (!channel->permitted, 0)) {
    int denied = hv_may_keep (domain, channel->remote, HV_EVENT_SEND, &channel->permitted);
    if (denied)
      return denied;
  }
  channel->sent++;
  hv_guard_spend (domain, PV_GUARD_EVENTS, 1);
  deliver (channel->peer);
  return 0;
}

long
hv_event_reserve (struct hv_domain *domain, uint16_t remote_id)
{
  return open_channel (
      domain, (struct hv_event_channel){ .state = HV_EVENT_UNBOUND, .remote_id = remote_id });
}

static long
op_alloc_unbound (struct hv_domain *domain, union evtchn_argument *argument)
{
  struct evtchn_alloc_unbound *alloc = &argument->alloc_unbound;
  struct hv_domain *target = alloc->dom == DOMID_SELF ? domain : hv_domain_find (alloc->dom);
  if (!target || !target->shared) /* one that could not be made again has nothing where events go */
    return -XEN_ESRCH;
  int denied = hv_may (domain, target, HV_EVENT_CREATE);
  if (denied)
    return denied;
  long port
      = hv_event_reserve (target, alloc->remote_dom == DOMID_SELF ? domain->id : alloc->remote_dom);
  if (port < 0)
    return port;
  alloc->port = (uint32_t)port;
  return 0;
}

static long
op_bind_interdomain (struct hv_domain *domain, union evtchn_argument *argument)
{
  struct evtchn_bind_interdomain *bind = &argument->bind_interdomain;
  struct hv_domain *remote
      = bind->remote_dom == DOMID_SELF ? domain : hv_domain_find (bind->remote_dom);
  if (!remote)
    return -XEN_ESRCH;
  struct hv_event_channel *other = channel_of (remote, bind->remote_port);
  if (!other || other->state != HV_EVENT_UNBOUND || other->remote_id != domain->id) {
    hv_audit (domain, remote, HV_AUDIT_OF (EVENT, BIND), bind->remote_port, -XEN_EINVAL);
    return -XEN_EINVAL;
  }
  int denied = hv_may (domain, remote, HV_EVENT_BIND);
  if (denied)
    return denied;
  long port = open_channel (domain, (struct hv_event_channel){ .state = HV_EVENT_INTERDOMAIN,
                                                               .binder = true,
                                                               .remote = remote,
                                                               .peer = other,
                                                               .remote_port = bind->remote_port });
  if (port < 0)
    return port;
  other->state = HV_EVENT_INTERDOMAIN;
  other->remote = domain;
  other->peer = &domain->event[port];
  other->remote_port = (uint32_t)port;
  other->permitted = false;
  other->binder = false;
  bind->local_port = (uint32_t)port;
  /* Whatever was sent before the two ends met may have been lost. */
  set_pending (domain, (uint32_t)port);
  return 0;
}

long
hv_event_bind_virq (struct hv_domain *domain, uint32_t virq, uint32_t vcpu)
{
  if (virq >= HV_VIRQS || (virq != VIRQ_TIMER && vcpu != 0))
    return -XEN_EINVAL;
  if (virq == VIRQ_TIMER ? domain->vcpu[vcpu].timer_port != 0 : domain->virq_port[virq] != 0)
    return -XEN_EEXIST;
  long port = open_channel (domain, (struct hv_event_channel){ .state = HV_EVENT_VIRQ,
                                                               .virq = (uint8_t)virq,
                                                               .notify = &domain->vcpu[vcpu] });
  if (port < 0)
    return port;
  if (virq == VIRQ_TIMER)
    domain->vcpu[vcpu].timer_port = (uint32_t)port;
  else
    domain->virq_port[virq] = (uint8_t)port;
  return port;
}

static long
op_bind_ipi (struct hv_domain *domain, union evtchn_argument *argument)
{
  struct evtchn_bind_ipi *bind = &argument->bind_ipi;
  if (bind->vcpu >= domain->vcpus)
    return -XEN_ENOENT;
  int denied = hv_may (domain, domain, HV_EVENT_CREATE);
  if (denied)
    return denied;
  long port
      = open_channel (domain, (struct hv_event_channel){ .state = HV_EVENT_IPI,
                                                         .notify = &domain->vcpu[bind->vcpu] });
  if (port < 0)
    return port;
  bind->port = (uint32_t)port;
  return 0;
}

/* Whom the events of a port go to; those of a vCPU's own timer and of IPIs stay with it. */
static long
op_bind_vcpu (struct hv_domain *domain, union evtchn_argument *argument)
{
  const struct evtchn_bind_vcpu *bind = &argument->bind_vcpu;
  struct hv_event_channel *channel = channel_of (domain, bind->port);
  if (bind->vcpu >= domain->vcpus)
    return -XEN_ENOENT;
  if (!channel || channel->state == HV_EVENT_IPI
      || (channel->state == HV_EVENT_VIRQ && channel->virq == VIRQ_TIMER))
    return -XEN_EINVAL;
  channel->notify = &domain->vcpu[bind->vcpu];
  return 0;
}

/* Whether a virtual interrupt is the domain's own, and not one of the machine. */
static bool
is_own (uint32_t virq)
{
  return virq == VIRQ_TIMER || virq == VIRQ_DEBUG || virq == VIRQ_CONSOLE
         || virq == PV_VIRQ_SHUTDOWN || virq == PV_VIRQ_SUSPEND || virq == PV_VIRQ_HID
         || virq == PV_VIRQ_MEMORY || virq == PV_VIRQ_WATCHDOG;
}

static long
op_bind_virq (struct hv_domain *domain, union evtchn_argument *argument)
{
  struct evtchn_bind_virq *bind = &argument->bind_virq;
  if (bind->vcpu >= domain->vcpus)
    return -XEN_ENOENT;
  int denied = hv_may (domain, is_own (bind->virq) ? domain : NULL, HV_IRQ_BIND);
  if (denied)
    return denied;
  long port = hv_event_bind_virq (domain, bind->virq, bind->vcpu);
  if (port < 0)
    return port;
  bind->port = (uint32_t)port;
  if (bind->virq == PV_VIRQ_SHUTDOWN && domain->shutdown_asked)
    hv_event_raise (domain, PV_VIRQ_SHUTDOWN);
  return 0;
}

/* The other end goes back to waiting for a peer. */
static void
close_channel (struct hv_domain *domain, uint32_t port)
{
  struct hv_event_channel *channel = &domain->event[port];
  if (channel->state == HV_EVENT_INTERDOMAIN) {
    struct hv_event_channel *other = channel->peer;
    other->state = HV_EVENT_UNBOUND;
    other->remote_id = domain->id;
    other->remote = NULL;
    other->peer = NULL;
  } else if (channel->state == HV_EVENT_VIRQ) {
    if (channel->virq == VIRQ_TIMER)
      channel->notify->timer_port = 0;
    else
      domain->virq_port[channel->virq] = 0;
  }
  clear_pending (channel);
  domain->events_sent += channel->sent;
  *channel = (struct hv_event_channel){ .state = HV_EVENT_FREE };
  domain->events_used--;
}

static long
op_close (struct hv_domain *domain, union evtchn_argument *argument)
{
  if (!channel_of (domain, argument->close.port))
    return -XEN_EINVAL;
  close_channel (domain, argument->close.port);
  return 0;
}

static long
op_status (struct hv_domain *domain, union evtchn_argument *argument)
{
  struct evtchn_status *status = &argument->status;
  struct hv_domain *target = status->dom == DOMID_SELF ? domain : hv_domain_find (status->dom);
  if (!target)
    return -XEN_ESRCH;
  int denied = hv_may (domain, target, HV_EVENT_STATUS);
  if (denied)
    return denied;
  if (status->port >= HV_EVENT_CHANNELS)
    return -XEN_EINVAL;
  static const uint8_t xen_status[] = { EVTCHNSTAT_closed, EVTCHNSTAT_unbound,
                                        EVTCHNSTAT_interdomain, EVTCHNSTAT_virq, EVTCHNSTAT_ipi };
  const struct hv_event_channel *channel = &target->event[status->port];
  status->status = xen_status[channel->state];
  status->vcpu = channel->state == HV_EVENT_FREE ? 0 : channel->notify->id;
  if (channel->state == HV_EVENT_UNBOUND) {
    status->u.unbound.dom = channel->remote_id;
  } else if (channel->state == HV_EVENT_INTERDOMAIN) {
    status->u.interdomain.dom = channel->remote->id;
    status->u.interdomain.port = channel->remote_port;
  } else if (channel->state == HV_EVENT_VIRQ) {
    status->u.virq = channel->virq;
  }
  return 0;
}

/* Delivers again what became pending while the channel was masked. */
static long
op_unmask (struct hv_domain *domain, union evtchn_argument *argument)
{
  const struct hv_event_channel *channel = channel_of (domain, argument->unmask.port);
  if (!channel)
    return -XEN_EINVAL;
  __atomic_fetch_and (channel->word + MASK_WORDS, ~channel->bit, __ATOMIC_RELAXED);
  if (__atomic_fetch_and (channel->word, ~channel->bit, __ATOMIC_RELAXED) & channel->bit)
    deliver (channel);
  return 0;
}

static const struct {
  long (*act) (struct hv_domain *domain, union evtchn_argument *argument);
  uint8_t size; /* of the argument */
  uint8_t word; /* of it that tells what a refused one was about: the port, or who or what it was for */
  uint16_t what;
} commands[] = {
#define COMMAND(name, word, class, permission)                                                       \
  { op_##name, sizeof (struct evtchn_##name), word, HV_AUDIT_OF (class, permission) }
  [EVTCHNOP_alloc_unbound] = COMMAND (alloc_unbound, 0, EVENT, CREATE),
  [EVTCHNOP_bind_interdomain] = COMMAND (bind_interdomain, 1, EVENT, BIND),
  [EVTCHNOP_bind_virq] = COMMAND (bind_virq, 0, IRQ, BIND),
  [EVTCHNOP_bind_ipi] = COMMAND (bind_ipi, 0, EVENT, CREATE),
  [EVTCHNOP_bind_vcpu] = COMMAND (bind_vcpu, 0, EVENT, BIND),
  [EVTCHNOP_close] = COMMAND (close, 0, EVENT, CLOSE),
  [EVTCHNOP_status] = COMMAND (status, 1, EVENT, STATUS),
  [EVTCHNOP_unmask] = COMMAND (unmask, 0, EVENT, BIND),
#undef COMMAND
};

long
hv_event_op (struct hv_domain *domain, uint32_t cmd, uint32_t address)
{
  union evtchn_argument argument;
  if (cmd >= sizeof commands / sizeof commands[0] || !commands[cmd].act)
    return -XEN_ENOSYS;
  if (hv_copy_from_guest (&argument, address, commands[cmd].size))
    return -XEN_EFAULT;
  long result = commands[cmd].act (domain, &argument);
  if (result < 0)
    return hv_refused (commands[cmd].what, argument.word[commands[cmd].word], result);
  if (hv_copy_to_guest (address, &argument, commands[cmd].size))
    return -XEN_EFAULT;
  return 0;
}

void
hv_event_raise (struct hv_domain *domain, uint32_t virq)
{
  if (domain && domain->life == HV_LIFE_ALIVE && domain->virq_port[virq] != 0)
    set_pending (domain, domain->virq_port[virq]);
}

void
hv_event_raise_timer (struct hv_vcpu *vcpu)
{
  if (vcpu->domain->life == HV_LIFE_ALIVE && vcpu->timer_port != 0)
    set_pending (vcpu->domain, vcpu->timer_port);
}

void
hv_event_close_all (struct hv_domain *domain)
{
  for (uint32_t port = 1; port < HV_EVENT_CHANNELS; port++)
    if (domain->event[port].state != HV_EVENT_FREE)
      close_channel (domain, port);
}

uint32_t
hv_events_between (const struct hv_domain *from, const struct hv_domain *to)
{
  uint32_t sent = 0;
  for (uint32_t port = 1; port < HV_EVENT_CHANNELS; port++)
    if (from->event[port].state == HV_EVENT_INTERDOMAIN && from->event[port].remote == to)
      sent += from->event[port].sent;
  return sent;
}

void
hv_event_forget (void)
{
  for (uint32_t i = 0; i < HV_DOMAINS; i++)
    for (uint32_t port = 1; hv_domains[i].events_used > 0 && port < HV_EVENT_CHANNELS; port++)
      hv_domains[i].event[port].permitted = false;
}

/* One that waits for its other end is asked about when that comes. */
static bool
ends (struct hv_review *review, const struct hv_domain *domain, uint32_t port)
{
  const struct hv_event_channel *channel = &domain->event[port];
  switch (channel->state) {
  case HV_EVENT_INTERDOMAIN:
    if (!channel->binder || !hv_review_ends (review, domain, channel->remote, HV_EVENT_BIND))
      return false;
    break;
  case HV_EVENT_IPI:
    if (!hv_review_ends (review, domain, domain, HV_EVENT_CREATE))
      return false;
    break;
  case HV_EVENT_VIRQ:
    if (!hv_review_ends (review, domain, is_own (channel->virq) ? domain : NULL, HV_IRQ_BIND))
      return false;
    review->interrupts++;
    return true;
  default:
    return false;
  }
  review->channels++;
  return true;
}

bool
hv_event_review (struct hv_review *review)
{
  for (uint32_t i = 0; i < HV_REVIEW_PART; i++, review->cursor++) {
    uint32_t slot = review->cursor / HV_EVENT_CHANNELS, port = review->cursor % HV_EVENT_CHANNELS;
    if (slot >= HV_DOMAINS)
      return true;
    if (hv_domains[slot].events_used > 0 && ends (review, &hv_domains[slot], port)
        && review->revoke)
      close_channel (&hv_domains[slot], port);
  }
  return false;
}
