/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Event channels: one-bit signals between domains, and from the hypervisor (virtual interrupts). */
#ifndef HV_EVENT_H
#define HV_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include "core/config.h"

struct hv_domain;
struct hv_vcpu;
struct hv_vcpu;

enum hv_event_state {
  HV_EVENT_FREE,
  HV_EVENT_UNBOUND,     /* waits for `remote_id` to bind */
  HV_EVENT_INTERDOMAIN, /* `remote` and `remote_port` are the other end */
  HV_EVENT_VIRQ,
  HV_EVENT_IPI, /* from one vCPU of the domain to another */
};

struct hv_event_channel {
  uint8_t state; /* enum hv_event_state */
  uint8_t virq;
  uint16_t remote_id;
  bool permitted;         /* the policy is known to allow sending */
  bool binder;            /* this end asked for the connection */
  struct hv_vcpu *notify; /* of the domain: whom its events go to */
  uint32_t *word;         /* of the shared page's pending bits, */
  uint32_t bit;           /* and its bit in that, */
  uint32_t selector;      /* and the bit of that word in its vCPU's record */
  struct hv_domain *remote;
  struct hv_event_channel *peer; /* the other end itself, number `remote_port` */
  uint32_t remote_port;
  uint32_t sent; /* events from this end */
} __attribute__ ((aligned (64)));

#define HV_VIRQS 24

/* EVTCHNOP_send: `argument` is the address of a struct evtchn_send of the caller. */
long hv_event_send (struct hv_domain *domain, uint32_t argument);
/* The other commands of event_channel_op. */
long hv_event_op (struct hv_domain *domain, uint32_t cmd, uint32_t argument);
/* Binds `virq`, for VIRQ_TIMER that of one vCPU; -> port, or a negative error. */
long hv_event_bind_virq (struct hv_domain *domain, uint32_t virq, uint32_t vcpu);
/* A port that waits for domain `remote_id`; -> port, or a negative error. */
long hv_event_reserve (struct hv_domain *domain, uint16_t remote_id);
/* Raises a virtual interrupt, when the domain has bound it. */
void hv_event_raise (struct hv_domain *domain, uint32_t virq);
/* Raises VIRQ_TIMER of one vCPU. */
void hv_event_raise_timer (struct hv_vcpu *vcpu);
/* Closes all channels of a domain that goes away. */
void hv_event_close_all (struct hv_domain *domain);
/* Events that one domain has sent to another over the channels that are open now. */
uint32_t hv_events_between (const struct hv_domain *from, const struct hv_domain *to);

struct hv_review;
/* Asks for some channels again whether they may be, and closes those that may not; -> whether all
   were asked for (security/review.h). */
bool hv_event_review (struct hv_review *review);
/* Forgets what the policy was known to allow. */
void hv_event_forget (void);

#endif
