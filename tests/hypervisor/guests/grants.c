/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control domain of the grant tests: two or three proxies (proxy.h) give, map and copy pages of
 * each other, rightly and wrongly, and it looks at both sides.
 */
#include "proxies.h"

#define REFERENCES 1024u
#define MAPS_GUEST 128u

static struct peer a, b, c;

/* References of a peer in use, but for that of its device page, which is mapped here. */
static uint32_t
used_of (const struct peer *peer)
{
  return info_of (peer->id)->grants_used - 1;
}

static uint32_t
free_kib (void)
{
  struct pv_sysctl info = { .cmd = PV_SYSCTL_PHYSINFO };
  pv_sysctl (&info);
  return info.u.physinfo.free_kib;
}

static int32_t
update (struct peer *peer, uint64_t at, uint32_t value)
{
  struct mmu_update wish = { .ptr = at, .val = value };
  memcpy (peer->proxy->data, &wish, sizeof wish);
  return tell (peer, PROXY_HYPERCALL,
               (const uint32_t[5]){ __HYPERVISOR_mmu_update,
                                    peer->proxy->self + offsetof (struct proxy, data), 1, 0,
                                    DOMID_SELF });
}

static int32_t
pin_tables (struct peer *peer, uint32_t frame)
{
  struct mmuext_op wish = { .cmd = PV_MMUEXT_PIN_TABLES, .arg1.mfn = frame };
  memcpy (peer->proxy->data, &wish, sizeof wish);
  return tell (peer, PROXY_HYPERCALL,
               (const uint32_t[5]){ __HYPERVISOR_mmuext_op,
                                    peer->proxy->self + offsetof (struct proxy, data), 1, 0,
                                    DOMID_SELF });
}

/* ---- the tests ---- */

static void
rightly (void)
{
  uint32_t at = b.proxy->window + 5 * PV_PAGE_SIZE;
  give (&a, 8, GTF_permit_access, b.id, a.proxy->frame[3]);
  check (!can_load (&b, at), "nothing is mapped there before");
  struct mapping rw = map (&b, a.id, 8, at, 0);
  check (rw.status == GNTST_okay, "a page that was given is mapped: status %d", rw.status);
  check (load (&b, at + 64) == 3 && b.proxy->fault == 0, "the other domain reads it");
  check (can_store (&b, at + 64, 77) && load (&a, a.proxy->page[3] + 64) == 77,
         "what it writes the owner sees");
  check (flags_of (&a, 8) == (GTF_permit_access | GTF_reading | GTF_writing),
         "the entry says that it is written");
  check (used_of (&a) == 1 && info_of (a.id)->grants_max == REFERENCES, "one reference is in use");
  check (unmap (&b, at, rw.handle) == GNTST_okay && !can_load (&b, at),
         "unmapped, it is out of reach");
  check (flags_of (&a, 8) == GTF_permit_access && used_of (&a) == 0, "and not in use");

  struct mapping ro = map (&b, a.id, 8, at, GNTMAP_readonly);
  check (ro.status == GNTST_okay && can_load (&b, at) && !can_store (&b, at, 1),
         "mapped read-only, it cannot be written");
  check (flags_of (&a, 8) == (GTF_permit_access | GTF_reading), "the entry says that it is read");
  struct mapping both = map (&b, a.id, 8, at + PV_PAGE_SIZE, 0);
  check (both.status == GNTST_okay && can_store (&b, at + PV_PAGE_SIZE, 5) && load (&b, at) == 5,
         "twice at a time");
  check (unmap (&b, at + PV_PAGE_SIZE, both.handle) == GNTST_okay
             && flags_of (&a, 8) == (GTF_permit_access | GTF_reading),
         "the writer ends before the reader");
  check (unmap (&b, at, ro.handle) == GNTST_okay && flags_of (&a, 8) == GTF_permit_access,
         "and the reader after it");

  uint64_t entry = ((uint64_t)b.proxy->window_tables << PV_PAGE_SHIFT) + 9 * 4;
  struct mapping direct = map (&b, a.id, 8, entry, GNTMAP_contains_pte);
  check (direct.status == GNTST_okay && load (&b, b.proxy->window + 9 * PV_PAGE_SIZE + 64) == 77,
         "mapped by the address of the page-table entry");
  check (unmap (&b, entry, direct.handle) == GNTST_okay, "and unmapped by it");
}

static void
wrongly_referenced (void)
{
  uint32_t at = b.proxy->window;
  give (&a, 9, GTF_permit_access | GTF_readonly, b.id, a.proxy->frame[1]);
  check (map (&b, a.id, 9, at, 0).status == GNTST_permission_denied,
         "a read-only page is not mapped writable");
  check (map (&c, a.id, 9, c.proxy->window, GNTMAP_readonly).status == GNTST_permission_denied,
         "a page given to another is not mapped");
  check (map (&b, a.id, 10, at, 0).status == GNTST_bad_gntref, "a reference that was not given");
  check (map (&b, a.id, REFERENCES, at, 0).status == GNTST_bad_gntref,
         "a reference past the table");
  check (map (&b, a.id, 0xffffffff, at, 0).status == GNTST_bad_gntref, "the largest reference");
  check (map (&b, 77, 8, at, 0).status == GNTST_bad_domain, "a domain that is not there");
  check (map (&b, DOMID_XEN, 8, at, 0).status == GNTST_bad_domain, "the hypervisor's domain id");
  give (&a, 10, GTF_accept_transfer, b.id, a.proxy->frame[1]);
  check (map (&b, a.id, 10, at, 0).status == GNTST_bad_gntref, "an entry for a transfer");
  static const char *const what[]
      = { "another domain's page", "frame 0", "a frame past the end", "the largest frame number" };
  const uint32_t frames[] = { c.proxy->frame[0], 0, 0x60000 + 0x40000, 0xffffffff };
  for (uint32_t i = 0; i < 4; i++) {
    give (&a, 10, GTF_permit_access, b.id, frames[i]);
    check (map (&b, a.id, 10, at, 0).status == GNTST_bad_page
               && map (&b, a.id, 10, at, GNTMAP_readonly).status == GNTST_bad_page
               && flags_of (&a, 10) == GTF_permit_access,
           "giving %s", what[i]);
  }
  give (&b, 10, GTF_permit_access, b.id, a.proxy->frame[1]);
  check (map (&b, b.id, 10, at, 0).status == GNTST_bad_page,
         "a grant of another's page to oneself");
  check (!can_load (&b, at), "nothing was mapped by all that");
}

static void
wrongly_placed (void)
{
  uint32_t at = b.proxy->window;
  uint64_t tables = (uint64_t)b.proxy->window_tables << PV_PAGE_SHIFT;
  struct {
    uint64_t at;
    uint32_t flags;
    const char *what;
  } places[] = {
    { 0xd0000000, 0, "an address without a page table" },
    { PV_HYPERVISOR_START, 0, "the hypervisor's first address" },
    { 0xffffffff00000000ull + at, 0, "an address of 64 bits" },
    { at + 4, 0, "an address inside a page" },
    { b.proxy->page[0], 0, "a page of its own that is mapped" },
    { ((uint64_t)b.proxy->frame[0] << PV_PAGE_SHIFT), GNTMAP_contains_pte,
      "an entry in ordinary memory" },
    { ((uint64_t)a.proxy->window_tables << PV_PAGE_SHIFT), GNTMAP_contains_pte,
      "an entry in another's page table" },
    { tables + 2, GNTMAP_contains_pte, "half an entry" },
    { 0x100000000ull + tables, GNTMAP_contains_pte, "an entry past 4 GiB" },
    { 0xfffffffcu, GNTMAP_contains_pte, "an entry past the memory" },
    { 0, GNTMAP_contains_pte, "an entry at zero" },
  };
  for (uint32_t i = 0; i < sizeof places / sizeof places[0]; i++)
    check (map (&b, a.id, 8, places[i].at, places[i].flags).status == GNTST_bad_virt_addr,
           "mapping at %s", places[i].what);
  struct gnttab_map_grant_ref device = { .host_addr = at, .ref = 8, .dom = (domid_t)a.id };
  grant_op (&b, GNTTABOP_map_grant_ref, &device, sizeof device, 1);
  check (device.status == GNTST_general_error, "mapping nowhere");
  check (flags_of (&a, 8) == GTF_permit_access && used_of (&a) == 0,
         "no refusal leaves a reference in use");
}

/* The entry is believed once. */
static void
changed_while_mapped (void)
{
  uint32_t at = b.proxy->window;
  struct mapping first = map (&b, a.id, 8, at, GNTMAP_readonly);
  give (&a, 8, GTF_permit_access, c.id, a.proxy->frame[5]);
  check (map (&c, a.id, 8, c.proxy->window, 0).status == GNTST_permission_denied,
         "a reference in use is not given to a third domain");
  struct mapping second = map (&b, a.id, 8, at + PV_PAGE_SIZE, GNTMAP_readonly);
  check (second.status == GNTST_okay && load (&b, at + PV_PAGE_SIZE) == load (&b, at),
         "a frame that was changed meanwhile is not used");
  check (map (&b, a.id, 8, at + 2 * PV_PAGE_SIZE, 0).status == GNTST_permission_denied,
         "and the entry counts for a new kind of use");
  give (&a, 8, 0, 0, 0);
  check (unmap (&b, at, first.handle) == GNTST_okay
             && unmap (&b, at + PV_PAGE_SIZE, second.handle) == GNTST_okay,
         "both are unmapped, whatever stands in the entry now");
  check (used_of (&a) == 0, "the reference is free again");
  give (&a, 8, GTF_permit_access, b.id, a.proxy->frame[3]);
}

static void
page_table_games (void)
{
  uint32_t at = b.proxy->window;
  uint64_t entry = (uint64_t)b.proxy->window_tables << PV_PAGE_SHIFT;
  struct mapping rw = map (&b, a.id, 8, at, 0);
  check (update (&b, entry, 0) == -XEN_EBUSY, "a granted mapping is not cleared by mmu_update");
  check (update (&b, entry, b.proxy->frame[0] << PV_PAGE_SHIFT | PV_L2_RW) == -XEN_EBUSY,
         "nor replaced");
  check (tell (&b, PROXY_HYPERCALL,
               (const uint32_t[5]){ __HYPERVISOR_update_va_mapping, at, 0, UVMF_INVLPG })
             == -XEN_EBUSY,
         "nor by update_va_mapping");
  check (update (&b, entry + 4, a.proxy->frame[3] << PV_PAGE_SHIFT | PV_L2_RW) == -XEN_EPERM,
         "a mapping does not let one map the page oneself");
  check (update (&b, entry + 4, a.proxy->frame[3] << PV_PAGE_SHIFT | 0xd47 | PV_L2_WRITABLE)
             == -XEN_EINVAL,
         "nor does the form of its entry");
  check (can_load (&b, at), "it is still there");
  check (unmap (&b, at, rw.handle) == GNTST_okay, "unmapped");

  give (&a, 13, GTF_permit_access, b.id, a.proxy->frame[0]);
  rw = map (&b, a.id, 13, at, 0);
  tell (&a, PROXY_HYPERCALL,
        (const uint32_t[5]){ __HYPERVISOR_update_va_mapping, a.proxy->page[0],
                             a.proxy->frame[0] << PV_PAGE_SHIFT | PV_L2_RO, UVMF_INVLPG });
  check (pin_tables (&a, a.proxy->frame[0]) == -XEN_EBUSY,
         "a page that another may write becomes no page table");
  check (unmap (&b, at, rw.handle) == GNTST_okay && pin_tables (&a, a.proxy->frame[0]) == 0,
         "until the other has unmapped it");
  check (map (&b, a.id, 13, at, 0).status == GNTST_bad_page, "and then it is not mapped writable");
  give (&a, 11, GTF_permit_access, b.id, a.proxy->window_tables);
  check (map (&b, a.id, 11, at, 0).status == GNTST_bad_page,
         "a page table is not mapped writable elsewhere");
  struct mapping ro = map (&b, a.id, 11, at, GNTMAP_readonly);
  check (ro.status == GNTST_okay && can_load (&b, at) && !can_store (&b, at, 0),
         "but may be read there");
  check (unmap (&b, at, ro.handle) == GNTST_okay, "and unmapped");
}

static void
handles (void)
{
  uint32_t at = b.proxy->window;
  struct mapping mine = map (&b, a.id, 8, at, 0);
  struct gnttab_unmap_grant_ref twice[2]
      = { { .host_addr = at, .handle = mine.handle }, { .host_addr = at, .handle = mine.handle } };
  check (unmap (&c, at, mine.handle) == GNTST_bad_handle, "another's mapping is not unmapped");
  check (unmap (&b, at, 0xffffffff) == GNTST_bad_handle, "the largest handle");
  check (unmap (&b, at, mine.handle + 1) == GNTST_bad_handle, "a handle that was not given out");
  check (unmap (&b, at + PV_PAGE_SIZE, mine.handle) == GNTST_bad_virt_addr
             && unmap (&b, 0, mine.handle) == GNTST_bad_virt_addr,
         "a mapping is unmapped where it is, and nowhere else");
  check (can_load (&b, at), "it is still there");
  grant_op (&b, GNTTABOP_unmap_grant_ref, twice, sizeof twice[0], 2);
  check (twice[0].status == GNTST_okay && twice[1].status == GNTST_bad_handle,
         "twice in one call is once");
  check (unmap (&b, at, mine.handle) == GNTST_bad_handle, "and not again later");

  uint32_t mapped = 0;
  static uint32_t given[MAPS_GUEST + 1];
  for (; mapped <= MAPS_GUEST; mapped++) {
    struct mapping one = map (&b, a.id, 8, at + mapped * PV_PAGE_SIZE, GNTMAP_readonly);
    given[mapped] = one.handle;
    if (one.status != GNTST_okay) {
      check (one.status == GNTST_no_space && mapped == MAPS_GUEST, "%u mappings, not more", mapped);
      break;
    }
  }
  check (map (&c, a.id, 8, c.proxy->window, 0).status == GNTST_permission_denied,
         "others have theirs");
  bool good = true;
  for (uint32_t i = 0; i < mapped; i++)
    good = unmap (&b, at + i * PV_PAGE_SIZE, given[i]) == GNTST_okay && good;
  check (good && used_of (&a) == 0, "all are unmapped");
}

static int16_t
copy (struct peer *by, struct gnttab_copy wish)
{
  wish.status = 99;
  grant_op (by, GNTTABOP_copy, &wish, sizeof wish, 1);
  return wish.status;
}

static void
copies (void)
{
  struct gnttab_copy in = { .source = { .u.ref = 8, .domid = (domid_t)a.id, .offset = 64 },
                            .dest = { .u.gmfn = b.proxy->frame[6], .domid = DOMID_SELF },
                            .len = 100,
                            .flags = GNTCOPY_source_gref };
  can_store (&a, a.proxy->page[3] + 160, 0x12345678);
  check (copy (&b, in) == GNTST_okay && load (&b, b.proxy->page[6] + 96) == 0x12345678
             && load (&b, b.proxy->page[6] + 100) == 6,
         "100 bytes are copied from another's page, and no more");
  struct gnttab_copy out = { .source = { .u.gmfn = b.proxy->frame[7], .domid = DOMID_SELF },
                             .dest = { .u.ref = 8, .domid = (domid_t)a.id },
                             .len = PV_PAGE_SIZE,
                             .flags = GNTCOPY_dest_gref };
  check (copy (&b, out) == GNTST_okay && load (&a, a.proxy->page[3] + PV_PAGE_SIZE - 4) == 7,
         "a page is copied into another's");
  check (flags_of (&a, 8) == GTF_permit_access, "the entry is not in use afterwards");

  struct gnttab_copy wish = in;
  wish.source.offset = PV_PAGE_SIZE - 99;
  check (copy (&b, wish) == GNTST_bad_copy_arg, "a source that crosses the page");
  wish = in, wish.dest.offset = 0xffff;
  check (copy (&b, wish) == GNTST_bad_copy_arg, "a destination far outside the page");
  wish = in, wish.source.u.ref = 12;
  check (copy (&b, wish) == GNTST_bad_gntref, "a source that was not given");
  check (copy (&c, in) == GNTST_permission_denied, "a source given to another");
  wish = out, wish.dest.u.ref = 9;
  check (copy (&b, wish) == GNTST_permission_denied, "a destination given read-only");
  wish = in, wish.dest.u.gmfn = a.proxy->frame[1];
  check (copy (&b, wish) == GNTST_bad_page, "a destination that is not the caller's");
  wish = in, wish.dest.u.gmfn = 0x100000000ull + b.proxy->frame[6];
  check (copy (&b, wish) == GNTST_bad_page, "a frame number of 64 bits");
  wish = in, wish.dest.domid = (domid_t)a.id;
  check (copy (&b, wish) == GNTST_permission_denied, "another's frame without a grant");
  wish = in, wish.dest.u.gmfn = b.proxy->window_tables;
  check (copy (&b, wish) == GNTST_bad_page, "a page table as the destination");
  wish = in, wish.source.domid = 77;
  check (copy (&b, wish) == GNTST_bad_domain, "a source in no domain");
}

static void
calls (void)
{
  uint32_t data = b.proxy->self + offsetof (struct proxy, data);
  const uint32_t number = __HYPERVISOR_grant_table_op;
  check (tell (&b, PROXY_HYPERCALL, (const uint32_t[5]){ number, GNTTABOP_map_grant_ref, data, 65 })
             == -XEN_E2BIG,
         "65 operations at once");
  check (tell (&b, PROXY_HYPERCALL,
               (const uint32_t[5]){ number, GNTTABOP_unmap_grant_ref, data, 0xffffffff })
             == -XEN_E2BIG,
         "a count that wraps");
  for (uint32_t cmd = 0; cmd <= GNTTABOP_get_version; cmd++)
    if (cmd == GNTTABOP_map_grant_ref || cmd == GNTTABOP_unmap_grant_ref || cmd == GNTTABOP_copy
        || cmd == GNTTABOP_setup_table || cmd == GNTTABOP_query_size || cmd == GNTTABOP_get_version)
      check (
          tell (&b, PROXY_HYPERCALL, (const uint32_t[5]){ number, cmd, PV_HYPERVISOR_START - 4, 1 })
                  == -XEN_EFAULT
              && tell (&b, PROXY_HYPERCALL, (const uint32_t[5]){ number, cmd, 0x1000, 1 })
                     == -XEN_EFAULT,
          "command %u with a bad pointer", cmd);
    else
      check (tell (&b, PROXY_HYPERCALL, (const uint32_t[5]){ number, cmd, data, 1 }) == -XEN_ENOSYS,
             "command %u is not there", cmd);
  struct gnttab_query_size size = { .dom = DOMID_SELF, .status = 99 };
  grant_op (&b, GNTTABOP_query_size, &size, sizeof size, 1);
  check (size.status == GNTST_okay && size.nr_frames * 512 == REFERENCES
             && size.max_nr_frames == size.nr_frames,
         "the size of the table");
  size.dom = (domid_t)a.id;
  grant_op (&b, GNTTABOP_query_size, &size, sizeof size, 1);
  check (size.status == GNTST_permission_denied, "another's table is not asked about");
  struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 3, .status = 99 };
  setup.frame_list.q = data + 1024;
  grant_op (&b, GNTTABOP_setup_table, &setup, sizeof setup, 1);
  check (setup.status == GNTST_general_error, "a table of 3 pages");
  setup.nr_frames = 2;
  grant_op (&b, GNTTABOP_setup_table, &setup, sizeof setup, 1);
  check (setup.status == GNTST_okay, "a table of 2 pages");
  struct gnttab_get_version version = { .dom = DOMID_SELF };
  grant_op (&b, GNTTABOP_get_version, &version, sizeof version, 1);
  check (version.version == 1, "version 1");
}

static void
deaths (void)
{
  uint32_t at = b.proxy->window, before;
  struct mapping mine = map (&b, a.id, 8, at, 0);
  struct mapping more = map (&b, a.id, 8, at + PV_PAGE_SIZE, GNTMAP_readonly);
  before = free_kib ();
  stop (&a);
  check (free_kib () == before + 1024, "a granter that is destroyed gives all its memory back");
  check (!can_load (&b, at) && !can_load (&b, at + PV_PAGE_SIZE),
         "and its pages are out of reach for who had mapped them");
  check (update (&b, (uint64_t)b.proxy->window_tables << PV_PAGE_SHIFT,
                 b.proxy->frame[0] << PV_PAGE_SHIFT | PV_L2_RW)
             == 0,
         "the place may be used again");
  check (unmap (&b, at, mine.handle) == GNTST_okay
             && unmap (&b, at + PV_PAGE_SIZE, more.handle) == GNTST_okay
             && unmap (&b, at, mine.handle) == GNTST_bad_handle,
         "the handles are given back, once");
  check (load (&b, at) == 0 && b.proxy->fault == 0, "without touching what stands there now");

  check (start (&a, "a again", ""), "another granter");
  give (&a, 8, GTF_permit_access, b.id, a.proxy->frame[3]);
  give (&a, 9, GTF_permit_access, b.id, a.proxy->frame[4]);
  map (&b, a.id, 8, at + 3 * PV_PAGE_SIZE, 0);
  map (&b, a.id, 9, at + 4 * PV_PAGE_SIZE, GNTMAP_readonly);
  check (used_of (&a) == 2, "which has given two pages");
  stop (&b);
  check (used_of (&a) == 0 && flags_of (&a, 8) == GTF_permit_access
             && flags_of (&a, 9) == GTF_permit_access,
         "when the domain that mapped them is destroyed they are free");
  check (can_store (&a, a.proxy->page[3], 1), "and the granter goes on");
}

void
pv_on_data_abort (struct pv_context *context)
{
  if (!pv_grant_fault (pv_fault_address ()))
    pv_panic ("data abort at %08x, address %08x", context->frame.pc, pv_fault_address ());
}

/* A page that we have mapped goes away under us: the library puts an empty one there. */
static void
loss (void)
{
  struct evtchn_close close = { .port = b.port };
  check (start (&b, "b again", "") && b.proxy->ready == 1, "a page of another domain is mapped here");
  while (command (PV_DOMCTL_DESTROY, b.id) == -XEN_EAGAIN)
    continue;
  check (*(volatile uint32_t *)&b.proxy->ready == 0,
         "when that domain is destroyed an empty page stands there");
  *(volatile uint32_t *)&b.proxy->asked = 7;
  check (*(volatile uint32_t *)&b.proxy->asked == 7, "which may be written");
  pv_grant_unmap (&b.page, 1);
  pv_event_channel_op (EVTCHNOP_close, &close);
  check (start (&b, "b once more", "") && b.proxy->ready == 1, "and its place is used again");
  stop (&b);
}

void
pv_main (const struct pv_start_info *info)
{
  uint32_t before = free_kib ();
  (void)info;
  check (start (&a, "a", "") && start (&b, "b", "") && start (&c, "c", ""),
         "the control domain reaches the device pages of new domains");
  rightly ();
  wrongly_referenced ();
  wrongly_placed ();
  changed_while_mapped ();
  page_table_games ();
  handles ();
  copies ();
  calls ();
  deaths ();
  loss ();
  stop (&a);
  stop (&c);
  check (free_kib () == before, "all memory is free again");
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  for (;;)
    continue;
}
