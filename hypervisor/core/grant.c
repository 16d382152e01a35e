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

#define BATCH_MAX    64u /* operations of one call */
#define CHUNK        16u /* of these are copied at a time */
#define CLAIM_TRIES  4u  /* against a guest that changes the entry all the time */
#define MAPS         (HV_GRANT_MAPS_CONTROL + (HV_DOMAINS - 1) * HV_GRANT_MAPS_GUEST)
#define MAP_NONE     0xffffu
#define ENTRIES_PAGE (HV_PAGE_SIZE / sizeof (struct grant_entry_v1))

/* A reference in use, by its granter. */
struct grant {
  uint32_t frame;
  uint16_t peer;             /* id of the domain that uses it */
  uint16_t readers, writers; /* uses of each kind */
  uint16_t first;            /* of its mappings */
};

/* A mapping; its index is the handle. */
struct grant_map {
  uint32_t entry; /* machine address of the page-table entry */
  uint16_t ref;
  uint16_t next; /* mapping of the same reference, or free one */
  uint8_t granter, mapper; /* slots */
  bool used, readonly;
  bool ending;  /* out of its page table; the rest follows the flush */
  bool revoked; /* nothing is mapped any more; the handle waits for its unmap */
};

struct grant_table {
  struct grant_entry_v1 *page[HV_GRANT_FRAMES]; /* the hypervisor's view; NULL: there is no table */
  uint32_t frame[HV_GRANT_FRAMES];
  uint32_t used; /* references in use */
  uint32_t maps; /* mappings that the domain holds */
  struct grant grant[HV_GRANTS];
};

static struct grant_table tables[HV_DOMAINS];
static uint32_t uses_between[HV_DOMAINS][HV_DOMAINS]; /* granter, user: maps and copies so far */
static struct grant_map maps[MAPS];
static uint16_t free_map = MAP_NONE;
static uint32_t maps_begun; /* those from here on were never used */
_Static_assert(MAPS < MAP_NONE, "handles");

/* ---- the entry that the guest writes ---- */

static struct grant_entry_v1 *
shared_entry (const struct grant_table *table, uint32_t ref)
{
  return &table->page[ref / ENTRIES_PAGE][ref % ENTRIES_PAGE];
}

/* Flags and domain are one word, checked and changed as one. */
static uint32_t *
shared_word (const struct grant_table *table, uint32_t ref)
{
  return (uint32_t *)(void *)shared_entry (table, ref);
}

/* Says in the entry that it is in use; the guest may take it back or change it at any moment before.
 */
static int16_t
claim (const struct grant_table *table, uint32_t ref, uint16_t peer, bool readonly)
{
  uint32_t *word = shared_word (table, ref);
  uint32_t old = __atomic_load_n (word, __ATOMIC_RELAXED);
  uint32_t use = readonly ? GTF_reading : GTF_reading | GTF_writing;
  for (uint32_t tries = 0; tries < CLAIM_TRIES; tries++) {
    if ((old & GTF_type_mask) != GTF_permit_access)
      return GNTST_bad_gntref;
    if (old >> 16 != peer || (!readonly && (old & GTF_readonly) != 0))
      return GNTST_permission_denied;
    if (__atomic_compare_exchange_n (word, &old, old | use, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_RELAXED))
      return GNTST_okay;
  }
  return GNTST_eagain;
}

static void
disclaim (const struct grant_table *table, uint32_t ref, uint32_t use)
{
  __atomic_fetch_and (shared_word (table, ref), ~use, __ATOMIC_RELEASE);
}

/* ---- a reference in use ---- */

static bool
in_use (const struct grant *grant)
{
  return (grant->readers | grant->writers) != 0;
}

/* One use of a reference by domain `peer`; what the guest has written is read once, by the first. */
static int16_t
use (struct grant_table *table, uint32_t ref, uint16_t peer, bool readonly)
{
  struct grant *grant = &table->grant[ref];
  bool first = !in_use (grant);
  uint16_t *uses = readonly ? &grant->readers : &grant->writers;
  if ((!first && grant->peer != peer) || *uses == UINT16_MAX)
    return GNTST_permission_denied;
  if (first || (!readonly && grant->writers == 0)) {
    int16_t status = claim (table, ref, peer, readonly);
    if (status != GNTST_okay)
      return status;
  }
  if (first) {
    grant->frame = __atomic_load_n (&shared_entry (table, ref)->frame, __ATOMIC_RELAXED);
    grant->peer = peer;
    grant->first = MAP_NONE;
    table->used++;
  }
  (*uses)++;
  return GNTST_okay;
}

static void
unuse (struct grant_table *table, uint32_t ref, bool readonly)
{
  struct grant *grant = &table->grant[ref];
  uint32_t over = 0;
  if (readonly)
    grant->readers--;
  else if (--grant->writers == 0)
    over = GTF_writing;
  if (!in_use (grant)) {
    over |= GTF_reading;
    table->used--;
  }
  if (over != 0)
    disclaim (table, ref, over);
}

/* As use(), with the frame held in the way it is used. */
static int16_t
acquire (struct hv_domain *granter, uint32_t ref, uint16_t peer, bool readonly, uint32_t *frame)
{
  struct grant_table *table = &tables[granter->slot];
  if (ref >= HV_GRANTS || !table->page[0])
    return GNTST_bad_gntref;
  int16_t status = use (table, ref, peer, readonly);
  if (status != GNTST_okay)
    return status;
  *frame = table->grant[ref].frame;
  int error = readonly ? hv_frame_get (*frame, granter->slot)
                       : hv_frame_get_type (*frame, granter->slot, HV_FRAME_WRITABLE);
  if (!error)
    return GNTST_okay;
  unuse (table, ref, readonly);
  return GNTST_bad_page;
}

static void
release (uint32_t granter_slot, uint32_t ref, bool readonly)
{
  struct grant_table *table = &tables[granter_slot];
  if (readonly)
    hv_frame_put (table->grant[ref].frame);
  else
    hv_frame_put_type (table->grant[ref].frame);
  unuse (table, ref, readonly);
}

/* ---- mappings ---- */

static uint32_t
take_map (const struct hv_domain *mapper)
{
  struct grant_table *table = &tables[mapper->slot];
  uint32_t handle = free_map;
  if (table->maps >= (mapper->control ? HV_GRANT_MAPS_CONTROL : HV_GRANT_MAPS_GUEST))
    return MAP_NONE;
  if (handle != MAP_NONE)
    free_map = maps[handle].next;
  else
    handle = maps_begun++; /* all quotas together are what there is */
  table->maps++;
  return handle;
}

static void
give_map (uint32_t handle)
{
  tables[maps[handle].mapper].maps--;
  maps[handle].used = false;
  maps[handle].next = free_map;
  free_map = (uint16_t)handle;
}

static void
link_map (uint32_t handle)
{
  struct grant_map *map = &maps[handle];
  struct grant *grant = &tables[map->granter].grant[map->ref];
  map->next = grant->first;
  grant->first = (uint16_t)handle;
}

static void
unlink_map (uint32_t handle)
{
  uint16_t *at = &tables[maps[handle].granter].grant[maps[handle].ref].first;
  while (*at != handle)
    at = &maps[*at].next;
  *at = maps[handle].next;
}

/* Counts and records a refusal. */
static int16_t __attribute__ ((noinline, cold))
refused (struct hv_vcpu *vcpu, uint16_t peer, uint32_t detail, int16_t status)
{
  vcpu->arch.faults++;
  hv_audit (vcpu->domain, peer == DOMID_SELF ? vcpu->domain->id : peer, detail, status);
  return status;
}

static struct hv_domain *
domain_of (struct hv_domain *caller, uint16_t id)
{
  return id == DOMID_SELF ? caller : hv_domain_find (id);
}

static int16_t
map (struct hv_vcpu *vcpu, struct gnttab_map_grant_ref *op)
{
  struct hv_domain *mapper = vcpu->domain, *granter = domain_of (mapper, op->dom);
  bool readonly = (op->flags & GNTMAP_readonly) != 0;
  uint32_t frame, handle;
  if (!granter)
    return GNTST_bad_domain;
  if ((op->flags & (GNTMAP_host_map | GNTMAP_device_map)) != GNTMAP_host_map)
    return GNTST_general_error;
  if (hv_may (mapper, granter, readonly ? HV_GRANT_MAP_READ : HV_GRANT_MAP_WRITE))
    return GNTST_permission_denied;
  handle = take_map (mapper);
  if (handle == MAP_NONE)
    return GNTST_no_space;
  struct grant_map *record = &maps[handle];
  *record = (struct grant_map){ .ref = (uint16_t)op->ref,
                                .granter = granter->slot,
                                .mapper = mapper->slot,
                                .used = true,
                                .readonly = readonly };
  int16_t status = acquire (granter, op->ref, mapper->id, readonly, &frame);
  if (status == GNTST_okay) {
    bool by_entry = (op->flags & GNTMAP_contains_pte) != 0;
    record->entry = hv_arch_grant_map (vcpu, op->host_addr, by_entry, frame, readonly);
    if (record->entry != 0) {
      link_map (handle);
      uses_between[granter->slot][mapper->slot]++;
      op->handle = handle;
      op->dev_bus_addr = (uint64_t)frame << HV_PAGE_SHIFT;
      return GNTST_okay;
    }
    release (granter->slot, op->ref, readonly);
    status = GNTST_bad_virt_addr;
  }
  give_map (handle);
  return status;
}

/* Takes the mapping out of its page table; others may still have it cached until a flush. */
static int16_t
unmap_entry (struct hv_vcpu *vcpu, const struct gnttab_unmap_grant_ref *op)
{
  if (op->handle >= MAPS || !maps[op->handle].used
      || maps[op->handle].mapper != vcpu->domain->slot)
    return GNTST_bad_handle;
  struct grant_map *map = &maps[op->handle];
  if (map->ending) /* named twice in one call */
    return GNTST_bad_handle;
  if (!map->revoked) {
    if (!hv_arch_grant_is_at (vcpu, op->host_addr, map->entry))
      return GNTST_bad_virt_addr;
    hv_arch_grant_unmap (map->entry);
  }
  map->ending = true;
  return GNTST_okay;
}

/* After the flush. */
static void
unmap_finish (uint32_t handle)
{
  struct grant_map *map = &maps[handle];
  if (!map->revoked) {
    unlink_map (handle);
    release (map->granter, map->ref, map->readonly);
  }
  give_map (handle);
}

static void
revoke (uint32_t handle)
{
  struct grant_map *map = &maps[handle];
  if (map->revoked)
    return;
  hv_arch_grant_unmap (map->entry);
  hv_arch_flush (&hv_domains[map->mapper]);
  unlink_map (handle);
  release (map->granter, map->ref, map->readonly);
  map->revoked = true;
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
    if (hv_may (caller, owner, readonly ? HV_GRANT_COPY_FROM : HV_GRANT_COPY_TO))
      return GNTST_permission_denied;
    status = acquire (owner, side->u.ref, caller->id, readonly, &frame);
    uses_between[owner->slot][caller->slot]++;
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
  if (by_ref)
    release (domain_of (vcpu->domain, side->domid)->slot, side->u.ref, readonly);
  else if (readonly)
    hv_frame_put ((uint32_t)side->u.gmfn);
  else
    hv_frame_put_type ((uint32_t)side->u.gmfn);
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
  for (; count > 0; count--, address += sizeof (struct gnttab_map_grant_ref)) {
    struct gnttab_map_grant_ref op;
    if (hv_copy_from_guest (&op, address, sizeof op))
      return -XEN_EFAULT;
    op.status = map (vcpu, &op);
    if (op.status != GNTST_okay)
      refused (vcpu, op.dom, op.ref, op.status);
    if (hv_copy_to_guest (address, &op, sizeof op))
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
        unmap_finish (ops[i].handle);
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
      refused (vcpu, op.source.domid, op.source.u.ref, op.status);
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
  struct grant_table *table = &tables[domain->slot];
  memset (table, 0, sizeof *table);
  for (uint32_t i = 0; i < HV_DOMAINS; i++)
    uses_between[domain->slot][i] = uses_between[i][domain->slot] = 0;
  for (uint32_t i = 0; i < HV_GRANT_FRAMES; i++) {
    /* The hypervisor writes there for as long as the domain lives. */
    int error = hv_frame_get_type (frames[i], domain->slot, HV_FRAME_WRITABLE);
    if (error)
      return error;
    table->frame[i] = frames[i];
    table->page[i] = hv_frame_address (frames[i]);
  }
  return 0;
}

void
hv_grant_offer (struct hv_domain *domain, uint32_t reference, uint16_t peer, uint32_t frame)
{
  *shared_entry (&tables[domain->slot], reference)
      = (struct grant_entry_v1){ .flags = GTF_permit_access, .domid = peer, .frame = frame };
}

void
hv_grant_close_all (struct hv_domain *domain)
{
  struct grant_table *table = &tables[domain->slot];
  for (uint32_t ref = 0; ref < HV_GRANTS && table->used > 0; ref++)
    while (in_use (&table->grant[ref]))
      revoke (table->grant[ref].first);
  for (uint32_t handle = 0; handle < maps_begun && table->maps > 0; handle++)
    if (maps[handle].used && maps[handle].mapper == domain->slot) {
      revoke (handle);
      give_map (handle);
    }
  memset (table->page, 0, sizeof table->page);
}

void
hv_grant_recheck (void)
{
  for (uint32_t handle = 0; handle < maps_begun; handle++) {
    const struct grant_map *map = &maps[handle];
    if (map->used && !map->revoked
        && hv_may (&hv_domains[map->mapper], &hv_domains[map->granter],
                   map->readonly ? HV_GRANT_MAP_READ : HV_GRANT_MAP_WRITE))
      revoke (handle);
  }
}

uint32_t
hv_grants_used (const struct hv_domain *domain)
{
  return tables[domain->slot].used;
}

uint32_t
hv_grant_uses (const struct hv_domain *granter, const struct hv_domain *user)
{
  return uses_between[granter->slot][user->slot];
}
