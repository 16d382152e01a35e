/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/grant.h"

#include <stdbool.h>
#include <pv/arch.h>
#include <xen/errno.h>
#include <xen/grant_table.h>
#include "arch/arch.h"
#include "core/audit.h"
#include "core/domain.h"
#include "core/frame.h"
#include "core/string.h"
#include "security/hooks.h"
#include "security/review.h"

#define BATCH_MAX    64u /* operations of one call */
#define CHUNK        16u /* of these are copied at a time */
#define CLAIM_TRIES  4u  /* against a guest that changes the entry all the time */
#define MAPS         (HV_GRANT_MAPS_CONTROL + (HV_DOMAINS - 1) * HV_GRANT_MAPS_GUEST)
#define MAP_NONE     0xffffu
#define CLOSE_MAX    96u /* mappings that are closed in one go */
#define ENTRIES_PAGE (HV_PAGE_SIZE / sizeof (struct grant_entry_v1))

/* A reference, by its granter. */
struct grant {
  struct grant_entry_v1 *shared; /* what the guest writes */
  uint32_t uses;                 /* READER and WRITER each */
  /* While it is used: */
  uint32_t frame;
  uint16_t peer;  /* id of the domain that uses it */
  uint16_t first; /* of its mappings */
};
/* One use of each kind; there are fewer mappings than would overflow. */
#define READER 1u
#define WRITER 0x10000u

enum map_state {
  MAP_FREE,
  MAP_LIVE,
  MAP_ENDING,  /* out of its page table; the rest follows the flush */
  MAP_REVOKED, /* nothing is mapped any more; the handle waits for its unmap */
  MAP_REVOKED_ENDING,
};

/* A mapping; its index is the handle. */
struct grant_map {
  uint32_t entry; /* machine address of the page-table entry */
  uint32_t host;  /* where the mapper says that it is: a virtual address, or the entry's */
  struct grant *grant;
  uint16_t next;  /* mapping of the same reference, or free one */
  uint8_t mapper; /* slot */
  uint8_t state;  /* enum map_state, and perhaps MAP_READONLY */
};
#define MAP_READONLY 0x80u

struct hv_grant_table {
  uint32_t frame[HV_GRANT_FRAMES];
  uint32_t maps, maps_max; /* mappings that the domain holds, and may hold */
  uint32_t mapped_end;     /* references from here on were never mapped */
  struct grant grant[HV_GRANTS];
};

static struct hv_grant_table tables[HV_DOMAINS]; /* by slot */
/* Of a granter and a user. */
static struct between {
  uint32_t uses;                  /* maps and copies so far */
  bool may_map[2], may_access[2]; /* by readonly: hv_may_keep for maps and for copies */
} between[HV_DOMAINS][HV_DOMAINS];
static struct grant_map maps[MAPS];
static uint32_t free_map = MAP_NONE;
static uint32_t maps_begun; /* those from here on were never used */
_Static_assert(MAPS < MAP_NONE, "handles");
_Static_assert(sizeof (struct grant_map) == 16, "found with one shift");

/* ---- a reference in use ---- */

/* Flags and domain of the entry are one word, checked and changed as one. */
static uint32_t *
shared_word (const struct grant *grant)
{
  return (uint32_t *)(void *)grant->shared;
}

/* Says in the entry that it is in use. GNTST_eagain: the guest has changed it in this moment. */
static inline int16_t
claim_once (const struct grant *grant, uint16_t peer, bool readonly)
{
  uint32_t *word = shared_word (grant), old = __atomic_load_n (word, __ATOMIC_RELAXED);
  uint32_t use = readonly ? GTF_reading : GTF_reading | GTF_writing;
  if ((old & GTF_type_mask) != GTF_permit_access)
    return GNTST_bad_gntref;
  if (old >> 16 != peer || (!readonly && (old & GTF_readonly) != 0))
    return GNTST_permission_denied;
  bool done = __atomic_compare_exchange_n (word, &old, old | use, false, __ATOMIC_ACQ_REL,
                                           __ATOMIC_RELAXED);
  return done ? GNTST_okay : GNTST_eagain;
}

static int16_t __attribute__ ((noinline, cold))
claim_again (const struct grant *grant, uint16_t peer, bool readonly)
{
  int16_t status = GNTST_eagain;
  for (uint32_t tries = 1; status == GNTST_eagain && tries < CLAIM_TRIES; tries++)
    status = claim_once (grant, peer, readonly);
  return status;
}

/* One use of a reference by domain `peer`; what the guest has written is read once, by the first.
 */
static inline int16_t
use (struct grant *grant, uint16_t peer, bool readonly)
{
  uint32_t uses = grant->uses, one = readonly ? READER : WRITER;
  if (uses != 0 && grant->peer != peer)
    return GNTST_permission_denied;
  if (uses < one) { /* the first of its kind */
    int16_t status = claim_once (grant, peer, readonly);
    if (status == GNTST_eagain)
      status = claim_again (grant, peer, readonly);
    if (status != GNTST_okay)
      return status;
  }
  if (uses == 0) {
    grant->frame = __atomic_load_n (&grant->shared->frame, __ATOMIC_RELAXED);
    grant->peer = peer;
    grant->first = MAP_NONE;
  }
  grant->uses = uses + one;
  return GNTST_okay;
}

static inline void
unuse (struct grant *grant, bool readonly)
{
  uint32_t uses = grant->uses - (readonly ? READER : WRITER), over = 0;
  grant->uses = uses;
  if (!readonly && uses < WRITER)
    over = GTF_writing;
  if (uses == 0)
    over |= GTF_reading;
  if (over != 0)
    __atomic_fetch_and (shared_word (grant), ~over, __ATOMIC_RELEASE);
}

/* As use(), with the frame held in the way it is used. */
static inline int16_t
acquire (uint32_t granter, struct grant *grant, uint16_t peer, bool readonly)
{
  int16_t status = use (grant, peer, readonly);
  if (status != GNTST_okay)
    return status;
  if (!(readonly ? hv_frame_get (grant->frame, granter)
                 : hv_frame_get_type (grant->frame, granter, HV_FRAME_WRITABLE)))
    return GNTST_okay;
  unuse (grant, readonly);
  return GNTST_bad_page;
}

/* A frame that somebody may have written to other than through mappings of its owner. */
static inline void
put_written (uint32_t frame)
{
  hv_arch_written (frame);
  hv_frame_put_writable (frame);
}

static inline void
release (struct grant *grant, bool readonly)
{
  if (readonly)
    hv_frame_put (grant->frame);
  else
    put_written (grant->frame);
  unuse (grant, readonly);
}

/* NULL: there is no such reference. */
static inline struct grant *
grant_of (const struct hv_domain *granter, uint32_t ref)
{
  return ref < HV_GRANTS && granter->grants ? &granter->grants->grant[ref] : NULL;
}

/* ---- mappings ---- */

/* There is one: all quotas together are what there is. */
static inline uint32_t
take_map (struct hv_grant_table *table)
{
  uint32_t handle = free_map;
  if (handle != MAP_NONE)
    free_map = maps[handle].next;
  else
    handle = maps_begun++;
  table->maps++;
  return handle;
}

static inline bool
is_live (const struct grant_map *map)
{
  return (map->state & ~MAP_READONLY) == MAP_LIVE;
}

static inline void
give_map (struct hv_grant_table *table, uint32_t handle)
{
  struct grant_map *map = &maps[handle];
  table->maps--;
  map->state = MAP_FREE;
  map->next = (uint16_t)free_map;
  free_map = handle;
}

/* Takes a mapping that stands in no page table any more from its reference. */
static inline void
end_map (uint32_t handle)
{
  const struct grant_map *map = &maps[handle];
  uint16_t *at = &map->grant->first;
  while (*at != handle)
    at = &maps[*at].next;
  *at = map->next;
  release (map->grant, (map->state & MAP_READONLY) != 0);
}

/* Counts and records a refusal. The control domain takes references from what guests write: one that
   is wrong is the fault of the guest. */
static int16_t __attribute__ ((noinline, cold))
refused (struct hv_vcpu *vcpu, uint16_t peer, uint32_t detail, int16_t status)
{
  struct hv_domain *owner = peer == DOMID_SELF ? vcpu->domain : hv_domain_find (peer);
  bool given = status == GNTST_bad_gntref && owner && vcpu->domain->control;
  (given ? &owner->vcpu[0] : vcpu)->arch.faults++;
  hv_audit (vcpu->domain, owner, HV_AUDIT_OF (GRANT, MAP_READ), detail, status);
  return status;
}

static inline struct hv_domain *
domain_of (struct hv_domain *caller, uint16_t id)
{
  return id == DOMID_SELF ? caller : hv_domain_look_up (id);
}

/* Maps a reference that may be mapped. */
static int16_t __attribute__ ((noinline)) map_grant (struct hv_vcpu *vcpu,
                                                     const struct hv_domain *granter,
                                                     struct grant *grant,
                                                     struct gnttab_map_grant_ref *op,
                                                     bool readonly)
{
  const struct hv_domain *mapper = vcpu->domain;
  if (mapper->grants->maps >= mapper->grants->maps_max)
    return GNTST_no_space;
  int16_t status = acquire (granter->slot, grant, mapper->id, readonly);
  if (status != GNTST_okay)
    return status;
  uint32_t entry
      = mapper->paging->grant_map (vcpu, (uint32_t)op->host_addr, grant->frame, op->flags);
  if (entry == 0) {
    release (grant, readonly);
    return GNTST_bad_virt_addr;
  }
  uint32_t handle = take_map (mapper->grants);
  maps[handle] = (struct grant_map){ .entry = entry,
                                     .host = (uint32_t)op->host_addr,
                                     .grant = grant,
                                     .next = grant->first,
                                     .mapper = mapper->slot,
                                     .state = (uint8_t)(readonly ? MAP_LIVE | MAP_READONLY
                                                                 : MAP_LIVE) };
  grant->first = (uint16_t)handle;
  op->handle = handle;
  op->dev_bus_addr = (uint64_t)grant->frame << HV_PAGE_SHIFT;
  return GNTST_okay;
}

static int16_t __attribute__ ((noinline))
map (struct hv_vcpu *vcpu, struct gnttab_map_grant_ref *op)
{
  struct hv_domain *mapper = vcpu->domain, *granter = domain_of (mapper, op->dom);
  bool readonly = (op->flags & GNTMAP_readonly) != 0;
  if (!granter)
    return GNTST_bad_domain;
  if (op->host_addr >> 32 != 0)
    return GNTST_bad_virt_addr;
  if ((op->flags & (GNTMAP_host_map | GNTMAP_device_map)) != GNTMAP_host_map)
    return GNTST_general_error;
  struct between *pair = &between[granter->slot][mapper->slot];
  asm("" : "+r"(pair)); /* else its address is found twice */
  if (hv_may_keep (mapper, granter, readonly ? HV_GRANT_MAP_READ : HV_GRANT_MAP_WRITE,
                   &pair->may_map[readonly]))
    return GNTST_permission_denied;
  struct grant *grant = grant_of (granter, op->ref);
  if (!grant)
    return GNTST_bad_gntref;
  if (op->ref >= granter->grants->mapped_end)
    granter->grants->mapped_end = op->ref + 1;
  pair->uses++;
  return map_grant (vcpu, granter, grant, op, readonly);
}

/* Takes the mapping out of its page table; others may still have it cached until a flush. */
static int16_t __attribute__ ((noinline))
unmap_entry (struct hv_vcpu *vcpu, const struct gnttab_unmap_grant_ref *op)
{
  if (op->handle >= MAPS || maps[op->handle].mapper != vcpu->domain->slot)
    return GNTST_bad_handle;
  struct grant_map *map = &maps[op->handle];
  if (!is_live (map)) {
    if (map->state != MAP_REVOKED) /* it is free, or named twice in one call */
      return GNTST_bad_handle;
    map->state = MAP_REVOKED_ENDING;
    return GNTST_okay;
  }
  if (op->host_addr != map->host)
    return GNTST_bad_virt_addr;
  vcpu->domain->paging->grant_unmap (map->entry);
  map->state ^= MAP_LIVE ^ MAP_ENDING;
  return GNTST_okay;
}

/* After the flush. */
static void __attribute__ ((noinline)) unmap_finish (struct hv_grant_table *table, uint32_t handle)
{
  struct grant_map *map = &maps[handle];
  if ((map->state & ~MAP_READONLY) == MAP_ENDING)
    end_map (handle);
  give_map (table, handle);
}

static void
revoke (uint32_t handle)
{
  struct grant_map *map = &maps[handle];
  if (!is_live (map))
    return;
  hv_domains[map->mapper].paging->grant_unmap (map->entry);
  hv_arch_flush (&hv_domains[map->mapper]);
  end_map (handle);
  map->state = MAP_REVOKED;
}

/* ---- copies ---- */

/* One side of a copy: -> where it is, with the frame held; release_side() lets go. */
static int16_t
acquire_side (struct hv_vcpu *vcpu,
              const struct gnttab_copy_ptr *side,
              bool by_ref,
              bool readonly,
              uint8_t **at)
{
  struct hv_domain *caller = vcpu->domain, *owner = domain_of (caller, side->domid);
  uint32_t frame;
  int16_t status = GNTST_okay;
  if (!owner)
    return GNTST_bad_domain;
  if (by_ref) {
    if (hv_may_keep (caller, owner, readonly ? HV_GRANT_COPY_FROM : HV_GRANT_COPY_TO,
                     &between[owner->slot][caller->slot].may_access[readonly]))
      return GNTST_permission_denied;
    struct grant *grant = grant_of (owner, side->u.ref);
    if (!grant)
      return GNTST_bad_gntref;
    status = acquire (owner->slot, grant, caller->id, readonly);
    frame = grant->frame;
    between[owner->slot][caller->slot].uses++;
  } else {
    if (owner != caller)
      return GNTST_permission_denied;
    frame = side->u.gmfn > UINT32_MAX ? UINT32_MAX : (uint32_t)side->u.gmfn;
    if (readonly ? hv_frame_get (frame, owner->slot)
                 : hv_frame_get_type (frame, owner->slot, HV_FRAME_WRITABLE))
      status = GNTST_bad_page;
  }
  if (status == GNTST_okay)
    *at = (uint8_t *)hv_frame_address (frame) + side->offset;
  return status;
}

static void
release_side (struct hv_vcpu *vcpu, const struct gnttab_copy_ptr *side, bool by_ref, bool readonly)
{
  const struct hv_domain *owner = domain_of (vcpu->domain, side->domid);
  if (by_ref)
    release (grant_of (owner, side->u.ref), readonly);
  else if (readonly)
    hv_frame_put ((uint32_t)side->u.gmfn);
  else
    put_written ((uint32_t)side->u.gmfn);
}

static int16_t
copy (struct hv_vcpu *vcpu, const struct gnttab_copy *op)
{
  bool from_ref = (op->flags & GNTCOPY_source_gref) != 0;
  bool to_ref = (op->flags & GNTCOPY_dest_gref) != 0;
  uint8_t *from, *to;
  if ((uint32_t)op->source.offset + op->len > HV_PAGE_SIZE
      || (uint32_t)op->dest.offset + op->len > HV_PAGE_SIZE)
    return GNTST_bad_copy_arg;
  int16_t status = acquire_side (vcpu, &op->source, from_ref, true, &from);
  if (status != GNTST_okay)
    return status;
  status = acquire_side (vcpu, &op->dest, to_ref, false, &to);
  if (status == GNTST_okay) {
    memcpy (to, from, op->len);
    release_side (vcpu, &op->dest, to_ref, false);
  }
  release_side (vcpu, &op->source, from_ref, true);
  return status;
}

/* ---- the operations, on arrays ---- */

static long
map_all (struct hv_vcpu *vcpu, uint32_t address, uint32_t count)
{
  /* The part that answers: from the word of dom and status on. */
  const uint32_t answer = offsetof (struct gnttab_map_grant_ref, dom);
  for (; count > 0; count--, address += sizeof (struct gnttab_map_grant_ref)) {
    struct gnttab_map_grant_ref op;
    if (hv_copy_from_guest (&op, address, answer + 2 * sizeof (uint32_t)))
      return -XEN_EFAULT;
    op.status = map (vcpu, &op);
    if (op.status != GNTST_okay) {
      op.handle = 0;
      op.dev_bus_addr = 0;
      refused (vcpu, op.dom, op.ref, op.status);
    }
    if (hv_copy_to_guest (address + answer, &op.dom, sizeof op - answer))
      return -XEN_EFAULT;
  }
  return 0;
}

static long
unmap_all (struct hv_vcpu *vcpu, uint32_t address, uint32_t count)
{
  while (count > 0) {
    struct gnttab_unmap_grant_ref ops[CHUNK];
    uint32_t part = count < CHUNK ? count : CHUNK;
    if (hv_copy_from_guest (ops, address, part * sizeof ops[0]))
      return -XEN_EFAULT;
    for (uint32_t i = 0; i < part; i++)
      ops[i].status = unmap_entry (vcpu, &ops[i]);
    hv_arch_flush (vcpu->domain);
    for (uint32_t i = 0; i < part; i++)
      if (ops[i].status == GNTST_okay)
        unmap_finish (vcpu->domain->grants, ops[i].handle);
      else
        refused (vcpu, DOMID_SELF, ops[i].handle, ops[i].status);
    if (hv_copy_to_guest (address, ops, part * sizeof ops[0]))
      return -XEN_EFAULT;
    address += part * sizeof ops[0];
    count -= part;
  }
  return 0;
}

static long
copy_all (struct hv_vcpu *vcpu, uint32_t address, uint32_t count)
{
  for (; count > 0; count--, address += sizeof (struct gnttab_copy)) {
    struct gnttab_copy op;
    if (hv_copy_from_guest (&op, address, sizeof op))
      return -XEN_EFAULT;
    op.status = copy (vcpu, &op);
    if (op.status != GNTST_okay)
      refused (vcpu, (op.flags & GNTCOPY_source_gref) != 0 ? op.source.domid : op.dest.domid,
               (op.flags & GNTCOPY_source_gref) != 0 ? op.source.u.ref : op.dest.u.ref, op.status);
    if (hv_copy_to_guest (address + offsetof (struct gnttab_copy, status), &op.status,
                          sizeof op.status))
      return -XEN_EFAULT;
  }
  return 0;
}

/* The table a caller may ask about: its own. */
static int16_t
setup_target (struct hv_domain *caller, uint16_t id, struct hv_domain **target)
{
  *target = domain_of (caller, id);
  if (!*target)
    return GNTST_bad_domain;
  if (hv_may (caller, *target, HV_GRANT_SETUP))
    return GNTST_permission_denied;
  return GNTST_okay;
}

/* The table has its full size from the start, so that this only says where it is. */
static long
setup_table (struct hv_vcpu *vcpu, uint32_t address)
{
  struct gnttab_setup_table op;
  struct hv_domain *target;
  if (hv_copy_from_guest (&op, address, sizeof op))
    return -XEN_EFAULT;
  op.status = setup_target (vcpu->domain, op.dom, &target);
  if (op.status == GNTST_okay && op.nr_frames > HV_GRANT_FRAMES)
    op.status = GNTST_general_error;
  for (uint32_t i = 0; op.status == GNTST_okay && i < op.nr_frames; i++) {
    xen_pfn_t frame = tables[target->slot].frame[i];
    if (hv_copy_to_guest ((uint32_t)op.frame_list.p + i * sizeof frame, &frame, sizeof frame))
      return -XEN_EFAULT;
  }
  return hv_copy_to_guest (address, &op, sizeof op);
}

static long
query_size (struct hv_vcpu *vcpu, uint32_t address)
{
  struct gnttab_query_size op;
  struct hv_domain *target;
  if (hv_copy_from_guest (&op, address, sizeof op))
    return -XEN_EFAULT;
  op.status = setup_target (vcpu->domain, op.dom, &target);
  op.nr_frames = op.max_nr_frames = HV_GRANT_FRAMES;
  return hv_copy_to_guest (address, &op, sizeof op);
}

static long
get_version (struct hv_vcpu *vcpu, uint32_t address)
{
  struct gnttab_get_version op;
  struct hv_domain *target;
  if (hv_copy_from_guest (&op, address, sizeof op))
    return -XEN_EFAULT;
  switch (setup_target (vcpu->domain, op.dom, &target)) {
  case GNTST_okay:
    op.version = 1;
    return hv_copy_to_guest (address, &op, sizeof op);
  case GNTST_bad_domain:
    return -XEN_ESRCH;
  default:
    return -XEN_EPERM;
  }
}

long
hv_grant_op (struct hv_vcpu *vcpu, const uint32_t *args)
{
  uint32_t address = args[1], count = args[2];
  if (count > BATCH_MAX)
    return -XEN_E2BIG;
  hv_guard_spend (vcpu->domain, PV_GUARD_GRANTS, count);
  switch (args[0]) {
  case GNTTABOP_map_grant_ref:
    return map_all (vcpu, address, count);
  case GNTTABOP_unmap_grant_ref:
    return unmap_all (vcpu, address, count);
  case GNTTABOP_copy:
    return copy_all (vcpu, address, count);
  case GNTTABOP_setup_table:
    return count == 1 ? setup_table (vcpu, address) : -XEN_EINVAL;
  case GNTTABOP_query_size:
    return count == 1 ? query_size (vcpu, address) : -XEN_EINVAL;
  case GNTTABOP_get_version:
    return count == 1 ? get_version (vcpu, address) : -XEN_EINVAL;
  default:
    return -XEN_ENOSYS;
  }
}

/* ---- the life of a table ---- */

int
hv_grant_table_init (struct hv_domain *domain, const uint32_t *frames)
{
  struct hv_grant_table *table = &tables[domain->slot];
  memset (table, 0, sizeof *table);
  for (uint32_t i = 0; i < HV_DOMAINS; i++)
    memset (&between[i][domain->slot], 0, sizeof between[0][0]);
  memset (between[domain->slot], 0, sizeof between[0]);
  for (uint32_t i = 0; i < HV_GRANT_FRAMES; i++) {
    if (!hv_frame_is_low (frames[i]))
      return -XEN_EINVAL;
    /* The hypervisor writes there for as long as the domain lives. */
    int error = hv_frame_get_type (frames[i], domain->slot, HV_FRAME_WRITABLE);
    if (error)
      return error;
    table->frame[i] = frames[i];
    struct grant_entry_v1 *entries = hv_frame_address (frames[i]);
    for (uint32_t j = 0; j < ENTRIES_PAGE; j++)
      table->grant[i * ENTRIES_PAGE + j].shared = &entries[j];
  }
  table->maps_max = domain->control ? HV_GRANT_MAPS_CONTROL : HV_GRANT_MAPS_GUEST;
  domain->grants = table;
  return 0;
}

void
hv_grant_offer (struct hv_domain *domain, uint32_t reference, uint16_t peer, uint32_t frame)
{
  *tables[domain->slot].grant[reference].shared
      = (struct grant_entry_v1){ .flags = GTF_permit_access, .domid = peer, .frame = frame };
}

bool
hv_grant_close_some (struct hv_domain *domain)
{
  struct hv_grant_table *table = domain->grants;
  uint32_t closed = 0;
  if (!table)
    return true;
  for (; table->mapped_end > 0; table->mapped_end--)
    while (table->grant[table->mapped_end - 1].uses != 0) {
      if (closed++ == CLOSE_MAX)
        return false;
      revoke (table->grant[table->mapped_end - 1].first);
    }
  for (uint32_t handle = 0; handle < maps_begun && table->maps > 0; handle++)
    if (maps[handle].state != MAP_FREE && maps[handle].mapper == domain->slot) {
      if (closed++ == CLOSE_MAX)
        return false;
      revoke (handle);
      give_map (table, handle);
    }
  domain->grants = NULL;
  return true;
}

void
hv_grant_forget (void)
{
  for (uint32_t i = 0; i < HV_DOMAINS * HV_DOMAINS; i++) {
    struct between *pair = &between[i / HV_DOMAINS][i % HV_DOMAINS];
    pair->may_map[0] = pair->may_map[1] = pair->may_access[0] = pair->may_access[1] = false;
  }
}

static const struct hv_domain *
granter_of (const struct grant_map *map)
{
  return &hv_domains[((uintptr_t)map->grant - (uintptr_t)tables) / sizeof tables[0]];
}

bool
hv_grant_review (struct hv_review *review)
{
  uint32_t end = review->cursor + HV_REVIEW_PART;
  for (; review->cursor < end && review->cursor < maps_begun; review->cursor++) {
    const struct grant_map *map = &maps[review->cursor];
    if (!is_live (map)
        || !hv_review_ends (review, &hv_domains[map->mapper], granter_of (map),
                            (map->state & MAP_READONLY) != 0 ? HV_GRANT_MAP_READ
                                                             : HV_GRANT_MAP_WRITE))
      continue;
    review->grants++;
    if (review->revoke)
      revoke (review->cursor);
  }
  return review->cursor >= maps_begun;
}

uint32_t
hv_grants_used (const struct hv_domain *domain)
{
  uint32_t used = 0;
  for (uint32_t ref = 0; domain->grants && ref < domain->grants->mapped_end; ref++)
    used += domain->grants->grant[ref].uses != 0;
  return used;
}

uint32_t
hv_grant_uses (const struct hv_domain *granter, const struct hv_domain *user)
{
  return between[granter->slot][user->slot].uses;
}
