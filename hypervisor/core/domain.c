/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/domain.h"

#include "core/string.h"
#include <pv/arch.h>
#include <xen/errno.h>
#include <xen/sched.h>
#include "arch/arch.h"
#include "core/grant.h"
#include "core/hid.h"
#include "core/image.h"
#include "core/log.h"
#include "core/restart.h"
#include "core/realtime.h"
#include "core/sched.h"
#include "core/units.h"
#include "core/watchdog.h"
#include "platform/platform.h"
#include "policy/bundle.h"

struct hv_domain hv_domains[HV_DOMAINS];
struct hv_domain *hv_control;
static uint16_t next_id;
uint8_t hv_domain_slot[DOMID_FIRST_RESERVED];

void
hv_domains_init (void)
{
  for (uint32_t i = 0; i < HV_DOMAINS; i++)
    hv_domains[i].slot = (uint8_t)i;
}

struct hv_domain *
hv_domain_find (uint32_t id)
{
  return hv_domain_look_up (id);
}

struct hv_domain *
hv_domain_from (uint32_t id)
{
  struct hv_domain *best = NULL;
  for (uint32_t i = 0; i < HV_DOMAINS; i++) {
    struct hv_domain *domain = &hv_domains[i];
    if (domain->life > HV_LIFE_BUILDING && domain->id >= id && (!best || domain->id < best->id))
      best = domain;
  }
  return best;
}

static bool
name_taken (const char *name)
{
  for (uint32_t i = 0; i < HV_DOMAINS; i++)
    if (hv_domains[i].life >= HV_LIFE_BUILDING
        && memcmp (hv_domains[i].name, name, PV_NAME_MAX) == 0)
      return true;
  return false;
}

static struct hv_domain *
free_slot (void)
{
  for (uint32_t i = 0; i < HV_DOMAINS; i++)
    if (hv_domains[i].life == HV_LIFE_FREE)
      return &hv_domains[i];
  return NULL;
}

/* Ids are not reused before 32,752 domains have been created. */
static uint16_t
next_free_id (void)
{
  uint16_t id = next_id;
  while (hv_domain_with_id (id))
    id = id + 1 >= (uint16_t)DOMID_FIRST_RESERVED ? 1 : (uint16_t)(id + 1);
  return id;
}

int
hv_domain_check (const struct hv_domain_config *config)
{
  if (config->name[0] == 0 || config->name[PV_NAME_MAX - 1] != 0
      || config->command_line[sizeof config->command_line - 1] != 0)
    return -XEN_EINVAL;
  if (config->weight < PV_WEIGHT_MIN || config->weight > PV_WEIGHT_MAX || config->cap_percent > 100 * config->vcpus)
    return -XEN_EINVAL;
  if (config->vcpus == 0 || config->vcpus > HV_VCPUS)
    return -XEN_EINVAL;
  return name_taken (config->name) ? -XEN_EEXIST : 0;
}

static void
timer_fired (struct hv_timer *timer, hv_ticks now)
{
  struct hv_vcpu *vcpu = HV_LIST_ITEM (timer, struct hv_vcpu, timer);
  (void)now;
  if (vcpu->poll_port)
    hv_vcpu_wake (vcpu);
  hv_event_raise_timer (vcpu);
}

void
hv_domain_fill (struct hv_domain *domain, const struct hv_domain_config *config)
{
  uint8_t slot = domain->slot;
  memset (domain, 0, sizeof *domain);
  domain->slot = slot;
  domain->control = config->control;
  domain->image = config->image;
  domain->label = config->label;
  domain->log = (config->image->flags & PV_IMAGE_LOG) != 0;
  domain->weight = config->weight;
  domain->created = hv_platform_ticks ();
  domain->paused = true;
  domain->crash.trap = UINT32_MAX;
  memcpy (domain->name, config->name, PV_NAME_MAX);
  memcpy (domain->command_line, config->command_line, sizeof domain->command_line);
  memcpy (domain->handle, config->handle, sizeof domain->handle);
  domain->paging = &hv_paging_direct;
  domain->vcpus = config->vcpus;
  for (uint32_t i = 0; i < domain->vcpus; i++) {
    struct hv_vcpu *vcpu = &domain->vcpu[i];
    vcpu->domain = domain;
    vcpu->arch.table = domain->paging->hypercalls;
    vcpu->id = i;
    vcpu->initialised = i == 0;
    vcpu->held = i == 0 ? HV_HELD_STOPPED : HV_HELD_STOPPED | HV_HELD_DOWN;
    hv_timer_init (&vcpu->timer, timer_fired);
    hv_sched_vcpu_init (vcpu);
    if (config->affinity[i] != 0)
      vcpu->affinity = config->affinity[i];
  }
  hv_timer_init (&domain->cap_refill, NULL);
  hv_watchdog_init (domain);
  hv_guard_init (domain);
  hv_watchdog_order (domain, config->watchdog_seconds, config->watchdog_restart);
  hv_sched_set_cap (domain, config->cap_percent);
  if (hv_realtime_set (domain, config->budget_us, config->period_us))
    hv_log ("domain %u has no real-time class any more", domain->id);
}

static void
cancel_timers (struct hv_domain *domain)
{
  hv_timer_cancel (&domain->cap_refill);
  hv_timer_cancel (&domain->watchdog);
  hv_guard_stop (domain);
  for (uint32_t i = 0; i < domain->vcpus; i++) {
    hv_timer_cancel (&domain->vcpu[i].timer);
    hv_timer_cancel (&domain->vcpu[i].refill);
  }
}

struct hv_domain *
hv_domain_new (const struct hv_domain_config *config)
{
  struct hv_domain *domain = free_slot ();
  if (!domain)
    return NULL;
  hv_domain_fill (domain, config);
  domain->id = next_free_id ();
  hv_domain_slot[domain->id] = domain->slot;
  next_id = domain->id + 1 >= (uint16_t)DOMID_FIRST_RESERVED ? 1 : (uint16_t)(domain->id + 1);
  return domain;
}

static void
stop_vcpus (struct hv_domain *domain)
{
  bool stopped = domain->paused || domain->life != HV_LIFE_ALIVE;
  for (uint32_t i = 0; i < domain->vcpus; i++) {
    if (stopped)
      domain->vcpu[i].held |= HV_HELD_STOPPED;
    else
      domain->vcpu[i].held &= (uint8_t)~HV_HELD_STOPPED;
    hv_sched_update (&domain->vcpu[i]);
  }
}

void
hv_domain_pause (struct hv_domain *domain, bool pause)
{
  domain->paused = pause;
  stop_vcpus (domain);
  hv_sched_wait_off (domain);
  hv_domain_changed ();
}

void
hv_domain_settings (const struct hv_domain *domain, struct hv_domain_config *config)
{
  *config = (struct hv_domain_config){
    .control = domain->control,
    .image = domain->image,
    .label = domain->label,
    .memory_kib = domain->pages_allowed * (HV_PAGE_SIZE / 1024u),
    .max_memory_kib = domain->pages_max * (HV_PAGE_SIZE / 1024u),
    .vcpus = domain->vcpus,
    .weight = domain->weight,
    .cap_percent = domain->cap_percent,
    .budget_us = domain->realtime.budget_us,
    .period_us = domain->realtime.period_us,
    .watchdog_seconds = domain->watchdog_ordered ? domain->watchdog_seconds : 0,
    .watchdog_restart = domain->watchdog_restart,
  };
  for (uint32_t i = 0; i < domain->vcpus; i++)
    config->affinity[i] = domain->vcpu[i].affinity;
  memcpy (config->name, domain->name, sizeof config->name);
  memcpy (config->handle, domain->handle, sizeof config->handle);
  memcpy (config->command_line, domain->command_line, sizeof config->command_line);
}

void
hv_domain_stop (struct hv_domain *domain)
{
  domain->paused = true;
  stop_vcpus (domain);
  hv_sched_wait_off (domain);
  cancel_timers (domain);
}

void
hv_domain_tell_pages (struct hv_domain *domain)
{
  if (domain->shared)
    *(uint32_t *)(void *)((char *)domain->shared + PV_SHARED_MEMORY_TARGET)
        = domain->pages_allowed;
}

long
hv_domain_allow (struct hv_domain *domain, uint32_t pages)
{
  if (pages < domain->image->min_kib / (HV_PAGE_SIZE / 1024)
      || pages > domain->pages_max)
    return -XEN_EINVAL;
  if (!hv_guard_may_hold (domain, PV_GUARD_MEMORY, pages * (HV_PAGE_SIZE / 1024u)))
    return -XEN_ENOBUFS;
  domain->pages_allowed = pages;
  hv_domain_tell_pages (domain);
  hv_event_raise (domain, PV_VIRQ_MEMORY);
  hv_domain_changed ();
  return 0;
}

static void
end (struct hv_domain *domain, enum hv_life life, uint32_t reason)
{
  domain->life = life;
  domain->shutdown_reason = reason;
  stop_vcpus (domain);
  hv_hid_domain_ended (domain);
  hv_log ("domain %u (%s) ended: %s, reason %u", domain->id, domain->name,
          life == HV_LIFE_CRASHED ? "crashed" : "shut down",
          life == HV_LIFE_CRASHED ? domain->crash.reason : reason);
  if (domain == hv_control)
    hv_restart_control ();
  hv_domain_changed ();
}

void
hv_domain_shutdown (struct hv_domain *domain, uint32_t reason)
{
  if (domain->life == HV_LIFE_ALIVE)
    end (domain, HV_LIFE_SHUTDOWN, reason);
}

long
hv_domain_unsuspend (struct hv_domain *domain)
{
  domain->life = HV_LIFE_ALIVE;
  hv_arch_set_result (&domain->vcpu[0], 1);
  stop_vcpus (domain);
  hv_domain_changed ();
  return 0;
}

void
hv_crash_vcpu (struct hv_vcpu *vcpu, uint32_t crash_reason)
{
  struct hv_domain *domain = vcpu->domain;
  if (domain->life != HV_LIFE_ALIVE) { /* another of its vCPUs was faster */
    stop_vcpus (domain);
    return;
  }
  hv_arch_crash_record (vcpu, &domain->crash);
  domain->crash.reason = crash_reason;
  hv_log ("domain %u: pc %x lr %x sp %x fault address %x status %x", domain->id, domain->crash.pc,
          domain->crash.lr, domain->crash.sp, domain->crash.fault_address,
          domain->crash.fault_status);
  end (domain, HV_LIFE_CRASHED, SHUTDOWN_crash);
}

void
hv_doom_vcpu (struct hv_vcpu *vcpu, uint32_t crash_reason)
{
  if (!hv_sched_runs (vcpu) || vcpu->arch.cpu == hv_this_cpu ()) {
    hv_crash_vcpu (vcpu, crash_reason);
    return;
  }
  vcpu->doomed = (uint8_t)crash_reason;
  hv_sched_signal (vcpu->arch.cpu); /* its registers are saved when it comes */
}

void
hv_domain_changed (void)
{
  hv_event_raise (hv_control, VIRQ_DOM_EXC);
}

void
hv_vcpu_wake (struct hv_vcpu *vcpu)
{
  vcpu->held &= (uint8_t)~HV_HELD_BLOCKED;
  vcpu->poll_port = 0;
  hv_sched_update (vcpu);
}

static enum pv_state
vcpu_state (const struct hv_vcpu *vcpu)
{
  const struct hv_domain *domain = vcpu->domain;
  if (domain->life == HV_LIFE_CRASHED)
    return PV_STATE_CRASHED;
  if (domain->life == HV_LIFE_SHUTDOWN)
    return domain->shutdown_reason == SHUTDOWN_suspend ? PV_STATE_SAVED : PV_STATE_SHUTDOWN;
  if (domain->paused)
    return PV_STATE_PAUSED;
  if ((vcpu->held & HV_HELD_DOWN) != 0)
    return PV_STATE_DOWN;
  return (vcpu->held & HV_HELD_BLOCKED) != 0 ? PV_STATE_BLOCKED : PV_STATE_RUNNING;
}

/* A domain runs while one of its vCPUs does. */
static enum pv_state
domain_state (const struct hv_domain *domain)
{
  enum pv_state state = vcpu_state (&domain->vcpu[0]);
  for (uint32_t i = 1; i < domain->vcpus && state != PV_STATE_RUNNING; i++)
    if (vcpu_state (&domain->vcpu[i]) == PV_STATE_RUNNING)
      state = PV_STATE_RUNNING;
  return state == PV_STATE_DOWN ? PV_STATE_BLOCKED : state;
}

void
hv_domain_info (const struct hv_domain *domain, struct pv_domain_info *info)
{
  memset (info, 0, sizeof *info);
  info->state = domain_state (domain);
  info->control = domain->control;
  memcpy (info->name, domain->name, sizeof info->name);
  memcpy (info->handle, domain->handle, sizeof info->handle);
  memcpy (info->image, domain->image->name, sizeof info->image);
  memcpy (info->label, domain->label->type, sizeof info->label);
  memcpy (info->image_sha256, domain->image->sha256, sizeof info->image_sha256);
  info->image_verified = domain->verified;
  info->memory_kib = domain->pages * (HV_PAGE_SIZE / 1024u);
  info->target_memory_kib = domain->pages_allowed * (HV_PAGE_SIZE / 1024u);
  info->max_memory_kib = domain->pages_max * (HV_PAGE_SIZE / 1024u);
  info->weight = domain->weight;
  info->cap_percent = domain->cap_percent;
  info->budget_us = domain->realtime.budget_us;
  info->period_us = domain->realtime.period_us;
  info->watchdog_seconds = domain->watchdog_seconds;
  info->watchdog_restart = domain->watchdog_restart;
  info->vcpus = domain->vcpus;
  for (uint32_t i = 0; i < domain->vcpus; i++) {
    const struct hv_vcpu *vcpu = &domain->vcpu[i];
    info->vcpu[i].state = vcpu_state (vcpu);
    info->vcpu[i].pcpu = vcpu->arch.cpu->id;
    info->vcpu[i].affinity = vcpu->affinity & ((1u << hv_cpus_online) - 1);
    info->vcpu[i].cpu_time_ns = hv_ticks_to_ns (hv_sched_run_ticks (vcpu));
    info->cpu_time_ns += info->vcpu[i].cpu_time_ns;
    info->faults += vcpu->arch.faults;
    info->hypercalls += vcpu->arch.hypercalls;
  }
  info->created_us = hv_ticks_to_us (domain->created);
  info->event_channels_used = domain->events_used;
  info->event_channels_max = HV_EVENT_CHANNELS - 1;
  info->grants_used = hv_grants_used (domain);
  info->grants_max = HV_GRANTS;
  info->events_sent = domain->events_sent;
  for (uint32_t port = 0; port < HV_EVENT_CHANNELS; port++)
    info->events_sent += domain->event[port].sent;
  info->console_bytes = domain->console.written;
  info->shutdown_reason = domain->shutdown_reason;
  info->flags |= hv_hid_flags (domain);
  info->crash = domain->crash;
}
