/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory_op: a domain gives memory back and takes it again, in single frames or whole extents, up to
 * what the control domain lets it have (struct hv_domain, pages_allowed).
 */
#include <pv/arch.h>
#include <xen/errno.h>
#include <xen/memory.h>
#include "arch/arch.h"
#include "core/audit.h"
#include "core/domain.h"
#include "core/frame.h"
#include "core/hypercall.h"
#include "security/hooks.h"

#define FRAMES_MAX   64u /* of one call: what clearing them takes bounds it */
#define EXTENT_ORDER 2u  /* of HV_EXTENT_FRAMES */

struct reservation {
  uint32_t list;  /* address of xen_pfn_t[count] in the caller */
  uint32_t count; /* extents */
  uint32_t frames; /* of each */
};

/* Copies in and checks what the commands on a list of extents share. */
static int
get_reservation (const struct hv_domain *domain, uint32_t address, struct reservation *out)
{
  struct xen_memory_reservation in;
  if (hv_copy_from_guest (&in, address, sizeof in))
    return -XEN_EFAULT;
  if (in.domid != DOMID_SELF && in.domid != domain->id)
    return -XEN_EPERM;
  if ((in.extent_order != 0 && in.extent_order != EXTENT_ORDER) || in.extent_start.q >> 32 != 0)
    return -XEN_EINVAL;
  out->list = (uint32_t)in.extent_start.q;
  out->frames = 1u << in.extent_order;
  uint32_t most = FRAMES_MAX / out->frames;
  out->count = in.nr_extents < most ? (uint32_t)in.nr_extents : most;
  return 0;
}

static int
get_number (const struct reservation *from, uint32_t index, uint32_t *number)
{
  xen_pfn_t value;
  if (hv_copy_from_guest (&value, from->list + index * sizeof value, sizeof value))
    return -XEN_EFAULT;
  *number = (uint32_t)value;
  return value >> 32 != 0 || value % from->frames != 0 ? -XEN_EINVAL : 0;
}

/* Gives all frames of an extent back, or none. */
static int
release_extent (struct hv_domain *domain, uint32_t mfn, uint32_t frames)
{
  for (uint32_t i = 0; i < frames; i++) {
    const struct hv_frame *frame = hv_frame_of (mfn + i, domain->slot);
    if (!frame)
      return -XEN_EPERM;
    if (hv_frame_in_use (frame) || frame->held != 0)
      return -XEN_EBUSY;
  }
  for (uint32_t i = 0; i < frames; i++)
    hv_frame_release (mfn + i, domain->slot);
  domain->pages -= frames;
  return 0;
}

/* -> extents given back: all, or those before the first that cannot be; its error if it is the very
   first. */
static long
decrease (struct hv_domain *domain, uint32_t address)
{
  struct reservation from;
  int error = hv_may (domain, domain, HV_MEMORY_DECREASE);
  if (!error)
    error = get_reservation (domain, address, &from);
  if (error)
    return error;
  hv_arch_flush (domain); /* that an entry has gone does not say that its translation has */
  for (uint32_t i = 0; i < from.count; i++) {
    uint32_t mfn = 0;
    error = get_number (&from, i, &mfn);
    if (!error)
      error = release_extent (domain, mfn, from.frames);
    if (error) {
      hv_audit (domain, domain, HV_AUDIT_OF (MEMORY, DECREASE), mfn, error);
      return i > 0 ? (long)i : error;
    }
  }
  return (long)from.count;
}

/* The list has the number of the page that each extent shall be, or begin with: where it goes is for
   the domain's own tables to say. -> extents that the domain has got, their first frames in the list;
   fewer than asked for when no more are free, or allowed. */
static long
populate (struct hv_domain *domain, uint32_t address)
{
  struct reservation to;
  int error = hv_may (domain, domain, HV_MEMORY_INCREASE);
  if (!error)
    error = get_reservation (domain, address, &to);
  if (error)
    return error;
  for (uint32_t i = 0; i < to.count; i++) {
    uint32_t page;
    error = get_number (&to, i, &page);
    if (!error && page > domain->pages_max - to.frames)
      error = -XEN_EINVAL;
    if (error)
      return i > 0 ? (long)i : error;
    if (domain->pages + to.frames > domain->pages_allowed
        || !hv_guard_may_hold (domain, PV_GUARD_MEMORY,
                               (domain->pages + to.frames) * (HV_PAGE_SIZE / 1024u)))
      return (long)i;
    uint32_t mfn
        = to.frames == 1 ? hv_frame_take (domain->slot) : hv_extent_take (domain->slot, false);
    xen_pfn_t value = mfn;
    if (mfn == HV_FRAME_INVALID)
      return (long)i;
    domain->pages += to.frames;
    for (uint32_t j = 0; j < to.frames; j++)
      hv_frame_page[mfn + j - HV_FRAME_FIRST] = page + j;
    if (hv_copy_to_guest (to.list + i * sizeof value, &value, sizeof value)) {
      release_extent (domain, mfn, to.frames);
      return i > 0 ? (long)i : -XEN_EFAULT;
    }
  }
  return (long)to.count;
}

/* Frames that a domain has, or may have. */
static long
reservation (const struct hv_domain *caller, uint32_t cmd, uint32_t address)
{
  domid_t id;
  if (hv_copy_from_guest (&id, address, sizeof id))
    return -XEN_EFAULT;
  const struct hv_domain *target = id == DOMID_SELF ? caller : hv_domain_find (id);
  if (target != caller) {
    int denied = hv_may (caller, target, HV_DOMAIN_INFO);
    if (denied)
      return denied;
  }
  if (!target)
    return -XEN_ESRCH;
  return (long)(cmd == XENMEM_current_reservation ? target->pages : target->pages_allowed);
}

long
hv_memory_op (struct hv_vcpu *vcpu, const uint32_t *args)
{
  switch (args[0]) {
  case XENMEM_populate_physmap:
    return populate (vcpu->domain, args[1]);
  case XENMEM_decrease_reservation:
    return decrease (vcpu->domain, args[1]);
  case XENMEM_current_reservation:
  case XENMEM_maximum_reservation:
    return reservation (vcpu->domain, args[0], args[1]);
  default:
    return -XEN_ENOSYS;
  }
}
