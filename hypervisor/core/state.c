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

#define LIST_SCAN  2048u /* frames that one call looks at, */
#define LIST_ITEMS 128u  /* and stores */

static uint32_t
page_use (const struct hv_domain *domain, uint32_t mfn)
{
  const struct hv_frame *frame = hv_frame_of (mfn, domain->slot);
  uint32_t use = 0;
  if (!frame)
    return PV_PAGE_ABSENT;
  if (hv_frame_in_use (frame) && hv_frame_type (frame) == HV_FRAME_TABLE)
    use = PV_PAGE_TABLES;
  else if (hv_frame_in_use (frame)
           && (hv_frame_type (frame) == HV_FRAME_DIRECTORY || hv_frame_type (frame) == HV_FRAME_CHECKED))
    use = PV_PAGE_DIRECTORY;
  return use | ((frame->use & HV_USE_PINNED) != 0 ? PV_PAGE_PINNED : 0);
}

long
hv_state_memory_list (struct hv_domain *domain, struct pv_domctl *op)
{
  struct pv_memory_list *list = &op->u.memory_list;
  uint32_t room = list->count < LIST_ITEMS ? list->count : LIST_ITEMS, stored = 0;
  uint32_t end = HV_FRAME_FIRST + hv_frames_total ();
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
      part[j] = domain->paging->entry_page (domain, words[i + j]);
    if (hv_copy_to_guest (to + i * sizeof *words, part, sizeof part))
      return -XEN_EFAULT;
  }
  return 0;
}

long
hv_state_pages_read (struct hv_domain *domain, struct pv_domctl *op)
{
  const struct pv_pages *pages = &op->u.pages;
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
long
hv_state_pages_write (struct hv_domain *domain, struct pv_domctl *op)
{
  const struct pv_pages *pages = &op->u.pages;
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

long
hv_state_page_release (struct hv_domain *domain, struct pv_domctl *op)
{
  int error = hv_frame_release (op->u.pin.frame, domain->slot);
  domain->pages -= error == 0;
  return error;
}

long
hv_state_pin (struct hv_domain *domain, struct pv_domctl *op)
{
  return domain->paging->pin (&domain->vcpu[0], op->u.pin.cmd, op->u.pin.frame);
}

/* Suspended, and off its processors. */
static bool
stands_still (const struct hv_domain *domain)
{
  hv_sched_wait_off (domain);
  return domain->life == HV_LIFE_SHUTDOWN && domain->shutdown_reason == SHUTDOWN_suspend;
}

long
hv_state_get_vcpu (struct hv_domain *domain, struct pv_domctl *op)
{
  struct pv_vcpu_context context;
  if (!stands_still (domain))
    return -XEN_EBUSY;
  if (op->u.vcpu.vcpu >= domain->vcpus)
    return -XEN_ENOENT;
  const struct hv_vcpu *vcpu = &domain->vcpu[op->u.vcpu.vcpu];
  context.state = vcpu->initialised ? PV_VCPU_STARTED : 0;
  context.state |= (vcpu->held & HV_HELD_DOWN) == 0 ? PV_VCPU_UP : 0;
  hv_arch_get_context (vcpu, &context);
  return hv_copy_to_guest (op->u.vcpu.context, &context, sizeof context);
}

long
hv_state_set_vcpu (struct hv_domain *domain, struct pv_domctl *op)
{
  struct pv_vcpu_context context;
  if (op->u.vcpu.vcpu >= domain->vcpus)
    return -XEN_ENOENT;
  struct hv_vcpu *vcpu = &domain->vcpu[op->u.vcpu.vcpu];
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

long
hv_state_suspend (struct hv_domain *domain, struct pv_domctl *op)
{
  (void)op;
  if (domain->life != HV_LIFE_ALIVE || domain->paused)
    return -XEN_EBUSY;
  if (domain->virq_port[PV_VIRQ_SUSPEND] == 0)
    return -XEN_EOPNOTSUPP;
  hv_event_raise (domain, PV_VIRQ_SUSPEND);
  return 0;
}

long
hv_state_unsuspend (struct hv_domain *domain, struct pv_domctl *op)
{
  (void)op;
  return stands_still (domain) ? hv_domain_unsuspend (domain) : -XEN_EBUSY;
}

long
hv_state_log_dirty (struct hv_domain *domain, struct pv_domctl *op)
{
  hv_sched_wait_off (domain);
  return hv_arch_log_dirty (domain, &op->u.log_dirty);
}

long
hv_state_get_layout (struct hv_domain *domain, struct pv_domctl *op)
{
  op->u.layout = domain->layout;
  return 0;
}

long
hv_state_complete (struct hv_domain *domain, struct pv_domctl *op)
{
  if (!domain->vcpu[0].initialised)
    return -XEN_EINVAL;
  int error = hv_arch_domain_complete (domain, &op->u.layout);
  if (error)
    return error;
  /* As in the builder: PV_PORT_CONSOLE, PV_PORT_DEVICE. */
  hv_event_bind_virq (domain, VIRQ_CONSOLE, 0);
  hv_event_reserve (domain, HV_CONTROL_ID);
  domain->life = HV_LIFE_ALIVE;
  hv_domain_changed ();
  return 0;
}
