/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hypervisor's part in saving and restoring a domain: frames and registers out of one that
 * stands still or is watched, and into one that is being built. Every call does a bounded piece.
 */
#include "core/state.h"

#include <pv/arch.h>
#include <xen/errno.h>
#include <xen/sched.h>
#include "arch/arch.h"
#include "core/domain.h"
#include "core/frame.h"
#include "core/sched.h"
#include "security/hooks.h"

#define LIST_SCAN 8192u /* frames that one call looks at */

static uint32_t
page_use (const struct hv_domain *domain, uint32_t mfn)
{
  const struct hv_frame *frame = hv_frame_of (mfn, domain->slot);
  uint32_t use = 0;
  if (!frame)
    return PV_PAGE_ABSENT;
  if (hv_frame_in_use (frame) && hv_frame_type (frame) == HV_FRAME_TABLE)
    use = PV_PAGE_TABLES;
  else if (hv_frame_in_use (frame) && hv_frame_type (frame) == HV_FRAME_DIRECTORY)
    use = PV_PAGE_DIRECTORY;
  return use | ((frame->use & HV_USE_PINNED) != 0 ? PV_PAGE_PINNED : 0);
}

static long
memory_list (const struct hv_domain *domain, struct pv_memory_list *list)
{
  uint32_t end = HV_FRAME_FIRST + hv_frames_total (), room = list->count, stored = 0;
  uint32_t mfn = list->first < HV_FRAME_FIRST ? HV_FRAME_FIRST : list->first;
  for (uint32_t seen = 0; mfn < end && stored < room && seen < LIST_SCAN; seen++, mfn++) {
    struct pv_memory_item item = { .frame = mfn, .page = hv_frame_page[mfn - HV_FRAME_FIRST] };
    if (!hv_frame_of (mfn, domain->slot))
      continue;
    if (hv_copy_to_guest (list->buffer + stored * sizeof item, &item, sizeof item))
      return -XEN_EFAULT;
    stored++;
  }
  list->first = mfn < end ? mfn : 0;
  list->count = stored;
  return 0;
}

/* Copies one page to the caller; tables with page numbers instead of machine frames. */
static int
read_page (const struct hv_domain *domain, uint32_t mfn, uint32_t use, uint32_t to)
{
  uint32_t *words = hv_frame_address (mfn), part[64];
  if ((use & ~PV_PAGE_PINNED) == 0)
    return hv_copy_to_guest (to, words, HV_PAGE_SIZE);
  for (uint32_t i = 0; i < HV_PAGE_SIZE / sizeof *words; i += 64) {
    for (uint32_t j = 0; j < 64; j++)
      part[j] = hv_arch_entry_page (domain, words[i + j]);
    if (hv_copy_to_guest (to + i * sizeof *words, part, sizeof part))
      return -XEN_EFAULT;
  }
  return 0;
}

static long
pages_read (const struct hv_domain *domain, const struct pv_pages *pages)
{
  if (pages->count > (pages->data != 0 ? PV_PAGES_MAX : PV_USES_MAX))
    return -XEN_EINVAL;
  for (uint32_t i = 0; i < pages->count; i++) {
    uint32_t at = pages->frames + i * sizeof (uint32_t), mfn;
    if (hv_copy_word_from_guest (&mfn, at))
      return -XEN_EFAULT;
    mfn &= PV_PAGE_FRAME;
    uint32_t use = page_use (domain, mfn), answer = mfn | use;
    if (use != PV_PAGE_ABSENT && pages->data != 0
        && read_page (domain, mfn, use, pages->data + i * HV_PAGE_SIZE))
      return -XEN_EFAULT;
    if (hv_copy_to_guest (at, &answer, sizeof answer))
      return -XEN_EFAULT;
  }
  return 0;
}

/* Only what is nothing yet can be written: tables are checked when they become tables. */
static long
pages_write (const struct hv_domain *domain, const struct pv_pages *pages)
{
  if (pages->count > PV_PAGES_MAX)
    return -XEN_EINVAL;
  for (uint32_t i = 0; i < pages->count; i++) {
    uint32_t mfn;
    if (hv_copy_word_from_guest (&mfn, pages->frames + i * sizeof mfn))
      return -XEN_EFAULT;
    const struct hv_frame *frame = hv_frame_of (mfn, domain->slot);
    if (!frame)
      return -XEN_EPERM;
    if (hv_frame_in_use (frame))
      return -XEN_EBUSY;
    if (hv_copy_from_guest (hv_frame_address (mfn), pages->data + i * HV_PAGE_SIZE, HV_PAGE_SIZE))
      return -XEN_EFAULT;
  }
  return 0;
}

static long
page_release (struct hv_domain *domain, uint32_t mfn)
{
  int error = hv_frame_release (mfn, domain->slot);
  domain->pages -= error == 0;
  return error;
}

static long
vcpu_context (struct hv_domain *domain, const struct pv_domctl *op)
{
  struct pv_vcpu_context context;
  if (op->u.vcpu.vcpu >= domain->vcpus)
    return -XEN_ENOENT;
  struct hv_vcpu *vcpu = &domain->vcpu[op->u.vcpu.vcpu];
  if (op->cmd == PV_DOMCTL_GET_VCPU) {
    context.state = vcpu->initialised ? PV_VCPU_STARTED : 0;
    context.state |= (vcpu->held & HV_HELD_DOWN) == 0 ? PV_VCPU_UP : 0;
    hv_arch_get_context (vcpu, &context);
    return hv_copy_to_guest (op->u.vcpu.context, &context, sizeof context);
  }
  if (hv_copy_from_guest (&context, op->u.vcpu.context, sizeof context))
    return -XEN_EFAULT;
  int error = (context.state & PV_VCPU_STARTED) != 0 ? hv_arch_set_context (vcpu, &context) : 0;
  if (error)
    return error;
  vcpu->initialised = (context.state & PV_VCPU_STARTED) != 0;
  if (vcpu->initialised && (context.state & PV_VCPU_UP) != 0)
    vcpu->held &= (uint8_t)~HV_HELD_DOWN;
  else
    vcpu->held |= HV_HELD_DOWN;
  return 0;
}

static long
suspend (struct hv_domain *domain)
{
  if (domain->life != HV_LIFE_ALIVE || domain->paused)
    return -XEN_EBUSY;
  if (domain->virq_port[PV_VIRQ_SUSPEND] == 0)
    return -XEN_EOPNOTSUPP;
  hv_event_raise (domain, PV_VIRQ_SUSPEND);
  return 0;
}

static long
complete (struct hv_domain *domain, const struct pv_layout *layout)
{
  if (!domain->vcpu[0].initialised)
    return -XEN_EINVAL;
  int error = hv_arch_domain_complete (domain, layout);
  if (error)
    return error;
  /* As in the builder: PV_PORT_CONSOLE, PV_PORT_DEVICE. */
  hv_event_bind_virq (domain, VIRQ_CONSOLE, 0);
  hv_event_reserve (domain, HV_CONTROL_ID);
  domain->life = HV_LIFE_ALIVE;
  hv_domain_changed ();
  return 0;
}

/* Commands on a domain that runs or ran. */
static long
of_whole (struct hv_domain *domain, struct pv_domctl *op)
{
  hv_sched_wait_off (domain);
  bool still = domain->life == HV_LIFE_SHUTDOWN && domain->shutdown_reason == SHUTDOWN_suspend;
  switch (op->cmd) {
  case PV_DOMCTL_SUSPEND:
    return suspend (domain);
  case PV_DOMCTL_UNSUSPEND:
    return still ? hv_domain_unsuspend (domain) : -XEN_EBUSY;
  case PV_DOMCTL_MEMORY_LIST:
    return memory_list (domain, &op->u.memory_list);
  case PV_DOMCTL_PAGES_READ:
    return pages_read (domain, &op->u.pages);
  case PV_DOMCTL_GET_VCPU:
    return still ? vcpu_context (domain, op) : -XEN_EBUSY;
  case PV_DOMCTL_LOG_DIRTY:
    return hv_arch_log_dirty (domain, &op->u.log_dirty);
  case PV_DOMCTL_GET_LAYOUT:
    op->u.layout = domain->layout;
    return 0;
  default:
    return -XEN_EBUSY;
  }
}

/* Commands on one that is being built. */
static long
of_building (struct hv_domain *domain, struct pv_domctl *op)
{
  switch (op->cmd) {
  case PV_DOMCTL_MEMORY_LIST:
    return memory_list (domain, &op->u.memory_list);
  case PV_DOMCTL_PAGES_WRITE:
    return pages_write (domain, &op->u.pages);
  case PV_DOMCTL_PAGE_RELEASE:
    return page_release (domain, op->u.pin.frame);
  case PV_DOMCTL_PIN:
    return hv_arch_pin (domain, op->u.pin.cmd, op->u.pin.frame);
  case PV_DOMCTL_SET_VCPU:
    return vcpu_context (domain, op);
  case PV_DOMCTL_COMPLETE:
    return complete (domain, &op->u.layout);
  default:
    return -XEN_EBUSY;
  }
}

bool
hv_state_command (uint32_t cmd)
{
  switch (cmd) {
  case PV_DOMCTL_MEMORY_LIST:
  case PV_DOMCTL_LOG_DIRTY:
  case PV_DOMCTL_SET_VCPU:
  case PV_DOMCTL_GET_VCPU:
  case PV_DOMCTL_UNSUSPEND:
  case PV_DOMCTL_SUSPEND:
  case PV_DOMCTL_PAGES_READ:
  case PV_DOMCTL_PAGES_WRITE:
  case PV_DOMCTL_PIN:
  case PV_DOMCTL_PAGE_RELEASE:
  case PV_DOMCTL_GET_LAYOUT:
  case PV_DOMCTL_COMPLETE:
    return true;
  default:
    return false;
  }
}

long
hv_state_domctl (struct hv_domain *caller, struct pv_domctl *op)
{
  struct hv_domain *whole = hv_domain_find (op->domain);
  struct hv_domain *target = whole ? whole : hv_domain_building (op->domain);
  int denied = whole ? hv_may (caller, target, HV_DOMAIN_SAVE)
                     : hv_may (caller, target, HV_DOMAIN_RESTORE);
  if (denied)
    return denied;
  if (!target)
    return -XEN_ESRCH;
  if (target->control)
    return -XEN_EPERM;
  return whole ? of_whole (target, op) : of_building (target, op);
}
