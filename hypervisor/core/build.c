/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/build.h"

#include "core/string.h"
#include <xen/errno.h>
#include <xen/sched.h>
#include "arch/arch.h"
#include "core/frame.h"
#include "core/grant.h"
#include "core/hid.h"
#include "core/image.h"

#define EXTENT_KIB (HV_EXTENT_FRAMES * HV_PAGE_SIZE / 1024)
#define PAGE_KIB   (HV_PAGE_SIZE / 1024)

enum phase {
  PHASE_CLEAR,  /* of a domain that is made again: its memory goes */
  PHASE_MEMORY, /* frames, contents (verified as they come), page tables */
  PHASE_UNDO,   /* after an error */
};

static struct {
  struct hv_domain *domain; /* NULL: none */
  struct hv_domain_config config;
  bool again;
  enum phase phase;
  struct hv_progress progress;
  int error;
} build;

/* First it stands still on all processors, and then it is cut off from others, but for grants. */
static void
take_down (struct hv_domain *domain)
{
  hv_domain_stop (domain);
  hv_hid_domain_gone (domain);
  hv_event_close_all (domain);
  hv_arch_domain_destroy (domain);
  domain->pages = 0;
  domain->release_next = 0;
}

void
hv_domain_destroy (struct hv_domain *domain)
{
  take_down (domain);
  domain->life = HV_LIFE_DYING;
}

/* Some of what others have mapped of it, and it of them, and after that of its memory. -> whether nothing is left. */
static bool
give_back (struct hv_domain *domain)
{
  return hv_grant_close_some (domain) && hv_frames_release (domain->slot, &domain->release_next);
}

long
hv_domain_release (struct hv_domain *domain)
{
  if (!give_back (domain))
    return -XEN_EAGAIN;
  domain->life = HV_LIFE_FREE;
  hv_domain_changed ();
  return 0;
}

/* Some of what somebody has begun who then went away. -> whether nothing is left. */
static bool
finish_others (void)
{
  if (build.domain)
    hv_domain_destroy (build.domain);
  build.domain = NULL;
  for (uint32_t i = 0; i < HV_DOMAINS; i++)
    if (hv_domains[i].life == HV_LIFE_DYING) {
      hv_domain_release (&hv_domains[i]);
      return false;
    }
  return true;
}

static uint32_t
pages_of (uint32_t kib)
{
  return (uint32_t)(((uint64_t)kib + EXTENT_KIB - 1) / EXTENT_KIB * HV_EXTENT_FRAMES);
}

static void
start (struct hv_domain *domain, enum phase phase)
{
  build.domain = domain;
  build.phase = phase;
  build.progress = (struct hv_progress){ .step = 0 };
  domain->life = HV_LIFE_BUILDING;
}

static void
set_pages (struct hv_domain *domain)
{
  const struct hv_domain_config *config = &build.config;
  domain->pages = domain->pages_allowed = pages_of (config->memory_kib);
  domain->pages_max = pages_of (config->max_memory_kib);
  if (domain->pages_max < domain->pages)
    domain->pages_max = domain->pages;
}

long
hv_build_begin (const struct hv_domain_config *config)
{
  if (!finish_others ())
    return -XEN_EAGAIN;
  int error = hv_domain_check (config);
  if (!error)
    error = hv_image_check (config->image);
  if (error)
    return error;
  if (config->max_memory_kib > PV_MEMORY_KIB_MAX)
    return -XEN_EINVAL;
  if (pages_of (config->memory_kib) > hv_frames_free ())
    return -XEN_ENOMEM;
  if (pages_of (config->memory_kib) * PAGE_KIB < config->image->min_kib)
    return -XEN_E2BIG;
  struct hv_domain *domain = hv_domain_new (config);
  if (!domain)
    return -XEN_ENOSPC;
  domain->vcpu[0].initialised = (config->flags & PV_CREATE_EMPTY) == 0;
  build.config = *config;
  build.again = false;
  set_pages (domain);
  if (!hv_guard_may_hold (domain, PV_GUARD_MEMORY, domain->pages * PAGE_KIB)) {
    hv_domain_stop (domain);
    return -XEN_ENOBUFS;
  }
  start (domain, PHASE_MEMORY);
  return domain->id;
}

bool
hv_build_again (struct hv_domain *domain)
{
  if (!finish_others ())
    return false;
  hv_domain_settings (domain, &build.config);
  build.again = true;
  take_down (domain);
  start (domain, PHASE_CLEAR);
  return true;
}

bool
hv_build_is (uint32_t id)
{
  return build.domain && build.domain->id == id;
}

static void
refill (struct hv_domain *domain)
{
  uint16_t id = domain->id;
  build.config.label = domain->label; /* of the policy that holds now */
  hv_domain_fill (domain, &build.config);
  domain->id = id;
  domain->life = HV_LIFE_BUILDING;
}

static int
give_memory (struct hv_domain *domain)
{
  if ((build.config.flags & PV_CREATE_EMPTY) != 0)
    return hv_arch_domain_begin (domain, build.config.low_pages, &build.progress.next);
  return hv_arch_domain_build (domain, build.config.image, build.config.command_line,
                               &build.progress);
}

/* One slice of the present phase; 0: the phase is over. */
static int
do_phase (struct hv_domain *domain)
{
  switch (build.phase) {
  case PHASE_CLEAR:
  case PHASE_UNDO:
    return give_back (domain) ? 0 : -XEN_EAGAIN;
  case PHASE_MEMORY:
    return give_memory (domain);
  }
  return 0;
}

/* The last phase is over. */
static long
finish (struct hv_domain *domain)
{
  int error = build.phase == PHASE_UNDO ? build.error : 0;
  build.domain = NULL;
  if (!error) {
    domain->verified = (build.config.flags & PV_CREATE_EMPTY) == 0;
    domain->life = (build.config.flags & PV_CREATE_EMPTY) != 0 ? HV_LIFE_BUILDING : HV_LIFE_ALIVE;
  } else if (build.again) {
    refill (domain);
    domain->life = HV_LIFE_SHUTDOWN;
    domain->shutdown_reason = SHUTDOWN_reboot;
    domain->pages_allowed = pages_of (build.config.memory_kib);
    domain->pages_max = pages_of (build.config.max_memory_kib);
  } else {
    domain->life = HV_LIFE_FREE;
  }
  hv_domain_changed ();
  return error;
}

long
hv_build_slice (void)
{
  struct hv_domain *domain = build.domain;
  int error = do_phase (domain);
  if (error == -XEN_EAGAIN)
    return error;
  if (error) {
    build.error = error;
    take_down (domain);
    build.phase = PHASE_UNDO;
    return -XEN_EAGAIN;
  }
  if (build.phase >= PHASE_MEMORY)
    return finish (domain);
  if (build.phase == PHASE_CLEAR) {
    refill (domain);
    set_pages (domain);
  }
  build.phase++;
  return -XEN_EAGAIN;
}

long
hv_build_now (const struct hv_domain_config *config)
{
  long id, result = -XEN_EAGAIN;
  do
    id = hv_build_begin (config);
  while (id == -XEN_EAGAIN);
  while (id >= 0 && result == -XEN_EAGAIN)
    result = hv_build_slice ();
  return id < 0 || result == 0 ? id : result;
}
