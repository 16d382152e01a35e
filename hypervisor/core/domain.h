/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain: a guest and all that is counted about it. */
#ifndef HV_DOMAIN_H
#define HV_DOMAIN_H

#include <stdbool.h>
#include <pv/arch.h>
#include "core/console.h"
#include "core/event.h"
#include "core/guard.h"
#include "core/vcpu.h"

struct hv_grant_table;
struct hv_image;
struct pol_label;

enum hv_life {
  HV_LIFE_FREE,     /* the slot is empty */
  HV_LIFE_DYING,    /* its memory is being given back: nobody finds it */
  HV_LIFE_BUILDING, /* its memory is being filled: nobody finds it */
  HV_LIFE_ALIVE,
  HV_LIFE_SHUTDOWN,
  HV_LIFE_CRASHED,
};

struct hv_domain {
  struct hv_vcpu vcpu[HV_VCPUS]; /* first: aligned for assembly */
  enum hv_life life;
  uint16_t id;
  uint8_t slot;
  bool control;
  bool log; /* its console goes to the machine's log too */
  bool paused;
  char name[PV_NAME_MAX];
  uint8_t handle[16];
  const struct hv_image *image;
  bool verified; /* its memory began as exactly that image */
  const struct pol_label *label;
  uint32_t may_own[2]; /* a bit for each hook that the policy is known to give it on itself */
  char command_line[PV_COMMAND_LINE_MAX];

  const struct hv_paging *paging;
  uint32_t vcpus; /* how many of vcpu[] it has */
  uint32_t pages;         /* that it has */
  uint32_t pages_allowed; /* that it may have for now */
  uint32_t pages_max;     /* that it may ever have */
  uint32_t release_next;  /* HV_LIFE_DYING: for hv_frames_release */
  struct pv_layout layout; /* frames that the hypervisor itself uses */
  struct shared_info *shared; /* the hypervisor's view */
  struct hv_grant_table *grants; /* core/grant.c */

  uint32_t weight, cap_percent;
  uint32_t cap_now; /* percent: the least of cap_percent and what the guard sets; 0: none */
  int64_t cap_left; /* ticks until its vCPUs are throttled; only with a cap */
  struct hv_timer cap_refill;
  struct {
    uint32_t budget_us, period_us; /* of each vCPU; period 0: not of the real-time class */
  } realtime;
  struct hv_timer watchdog;
  uint32_t watchdog_seconds; /* 0: it is not set */
  bool watchdog_asked;       /* half of them are over, and it was told */
  bool watchdog_ordered;     /* not set by itself, so that it cannot take it away */
  bool watchdog_restart;     /* the control domain's note */
  hv_ticks created;
  struct hv_guard guard; /* before what is large: its place fits into a load */
  struct hv_event_channel event[HV_EVENT_CHANNELS];
  uint32_t events_used;
  uint8_t virq_port[HV_VIRQS]; /* 0: not bound */
  uint32_t events_sent;        /* by channels that are closed */

  uint32_t device_holds; /* frames of it that a device works on: not to be destroyed meanwhile */


  bool shutdown_asked; /* perhaps before its kernel listens */
  uint32_t shutdown_reason;
  struct pv_crash crash;
  bool devices_set;
  struct pv_device_config devices[PV_DEVICES_MAX]; /* the control domain's note */
  struct hv_console console;
};

/* The first domain that is built controls the others. */
#define HV_CONTROL_ID 0

extern struct hv_domain hv_domains[HV_DOMAINS];
/* The domain that may control the others; NULL until it is built. */
extern struct hv_domain *hv_control;

struct hv_domain_config {
  char name[PV_NAME_MAX];
  const struct hv_image *image;
  const struct pol_label *label;
  uint32_t memory_kib, max_memory_kib; /* the latter 0: the former */
  uint32_t vcpus, weight, cap_percent;
  uint32_t budget_us, period_us; /* 0: not of the real-time class */
  uint32_t watchdog_seconds;     /* 0: none, but what it sets itself */
  bool watchdog_restart;
  uint8_t affinity[HV_VCPUS];    /* 0: any processor */
  bool control;
  uint32_t flags; /* PV_CREATE_* */
  uint32_t low_pages;
  uint8_t handle[16];
  char command_line[PV_COMMAND_LINE_MAX];
};

void hv_domains_init (void);
/* For core/build.c: whether a domain can be like this; sets up the record of one that is; takes it
   off all processors and timers. */
int hv_domain_check (const struct hv_domain_config *config);
struct hv_domain *hv_domain_new (const struct hv_domain_config *config);
void hv_domain_fill (struct hv_domain *domain, const struct hv_domain_config *config);
void hv_domain_stop (struct hv_domain *domain);
/* What would make a domain like this one. */
void hv_domain_settings (const struct hv_domain *domain, struct hv_domain_config *config);

/* Sets how many pages a domain may have for now, and tells it. 0, or -XEN_EINVAL. */
long hv_domain_allow (struct hv_domain *domain, uint32_t pages);
/* Writes that number down in the shared page. */
void hv_domain_tell_pages (struct hv_domain *domain);
void hv_domain_pause (struct hv_domain *domain, bool pause);
/* The slot that had each id last. */
extern uint8_t hv_domain_slot[DOMID_FIRST_RESERVED];
/* The domain with this id, also one that is being built, or given back; or NULL. */
static inline struct hv_domain *
hv_domain_with_id (uint32_t id)
{
  if (id >= DOMID_FIRST_RESERVED)
    return NULL;
  struct hv_domain *domain = &hv_domains[hv_domain_slot[id]];
  return domain->life != HV_LIFE_FREE && domain->id == id ? domain : NULL;
}
/* The domain with this id, or NULL: where it matters, and elsewhere. */
static inline struct hv_domain *
hv_domain_look_up (uint32_t id)
{
  struct hv_domain *domain = hv_domain_with_id (id);
  return domain && domain->life > HV_LIFE_BUILDING ? domain : NULL;
}
struct hv_domain *hv_domain_find (uint32_t id);
/* The domain with the smallest id >= `id`, or NULL. */
struct hv_domain *hv_domain_from (uint32_t id);
/* Ends a domain for SHUTDOWN_*; its memory stays until it is destroyed. */
void hv_domain_shutdown (struct hv_domain *domain, uint32_t reason);
/* Lets a domain that has suspended go on as if nothing had happened. */
long hv_domain_unsuspend (struct hv_domain *domain);
/* Ends the domain of a vCPU that did what cannot go on. */
void hv_crash_vcpu (struct hv_vcpu *vcpu, uint32_t crash_reason);
/* The same, from where it may be running on another processor. */
void hv_doom_vcpu (struct hv_vcpu *vcpu, uint32_t crash_reason);
/* Tells the control domain that something about a domain changed. */
void hv_domain_changed (void);
void hv_domain_info (const struct hv_domain *domain, struct pv_domain_info *info);
/* Wakes a vCPU that waits for an event. */
void hv_vcpu_wake (struct hv_vcpu *vcpu);

#endif
