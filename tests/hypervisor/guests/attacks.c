/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control domain of the attacks on page tables: one domain tries by every way that has a name to
 * map the hypervisor, its own tables or another's memory writable. Each is refused with its error
 * and recorded with who, what and the argument; at the end nobody has been harmed.
 */
#include "proxies.h"

#include <xen/errno.h>
#include <xen/memory.h>
#include <xen/vcpu.h>
#include <pv/hid.h>

#define SRAM    0x48000000u /* where the hypervisor is */
#define UART    0x10009000u
#define SECTION 0x00000c0eu /* writable for all */
#define RECORDS 4u

static struct peer attacker, victim;
static uint64_t seen; /* records so far */

/* Whether there is one new record of this refusal. */
static bool
recorded (const struct peer *by, int32_t result, uint32_t detail)
{
  static struct pv_audit_record records[RECORDS];
  struct pv_sysctl read = { .cmd = PV_SYSCTL_AUDIT_READ,
                            .u.audit = { .buffer = (uint32_t)records, .records = RECORDS, .since = seen } };
  uint32_t found = 0;
  pv_sysctl (&read);
  for (uint32_t i = 0; i < read.u.audit.records; i++)
    found += records[i].subject == by->id && records[i].result == result
             && records[i].detail == detail && records[i].by_policy == 0;
  seen = read.u.audit.next;
  return found == 1;
}

static void
refused (const struct peer *by, long got, long wanted, uint32_t detail, const char *what)
{
  bool found = recorded (by, (int32_t)wanted, detail);
  check (got == wanted && found, "%s: %d%s", what, (int)got, found ? "" : ", without a record");
}

static uint32_t
data_of (const struct peer *peer, uint32_t offset)
{
  return peer->proxy->self + offsetof (struct proxy, data) + offset;
}

static int32_t
update (uint64_t at, uint64_t value)
{
  struct mmu_update wish = { .ptr = at, .val = value };
  memcpy (attacker.proxy->data, &wish, sizeof wish);
  return tell (&attacker, PROXY_HYPERCALL,
               (const uint32_t[5]){ __HYPERVISOR_mmu_update, data_of (&attacker, 0), 1, 0, DOMID_SELF });
}

static int32_t
extended (uint32_t cmd, uint32_t mfn)
{
  struct mmuext_op wish = { .cmd = cmd, .arg1.mfn = mfn };
  memcpy (attacker.proxy->data, &wish, sizeof wish);
  return tell (&attacker, PROXY_HYPERCALL,
               (const uint32_t[5]){ __HYPERVISOR_mmuext_op, data_of (&attacker, 0), 1, 0, DOMID_SELF });
}

static int32_t
update_va (uint32_t va, uint32_t value)
{
  return tell (&attacker, PROXY_HYPERCALL,
               (const uint32_t[5]){ __HYPERVISOR_update_va_mapping, va, value, UVMF_INVLPG });
}

static int32_t
memory_op (struct peer *peer, uint32_t cmd, uint32_t order, uint32_t number)
{
  struct xen_memory_reservation wish
      = { .nr_extents = 1, .extent_order = order, .domid = DOMID_SELF };
  xen_pfn_t list = number;
  wish.extent_start.q = data_of (peer, 256);
  memcpy (peer->proxy->data, &wish, sizeof wish);
  memcpy (peer->proxy->data + 256, &list, sizeof list);
  return tell (peer, PROXY_HYPERCALL,
               (const uint32_t[5]){ __HYPERVISOR_memory_op, cmd, data_of (peer, 0) });
}

/* The frames that the last populate gave begin here. */
static uint32_t
populated (const struct peer *peer)
{
  xen_pfn_t frame;
  memcpy (&frame, peer->proxy->data + 256, sizeof frame);
  return (uint32_t)frame;
}

/* ---- by the directory in use ---- */

static void
own_directory (void)
{
  uint32_t directory = attacker.proxy->directory << PV_PAGE_SHIFT, slot = directory + 0x123 * 4;
  uint32_t tables = attacker.proxy->window_tables << PV_PAGE_SHIFT;
  uint32_t page = attacker.proxy->frame[0] << PV_PAGE_SHIFT;
  const struct {
    uint64_t at, value;
    int32_t error;
    const char *what;
  } tries[] = {
    { slot, SRAM | SECTION, -XEN_EINVAL, "a section over the hypervisor" },
    { slot, SRAM | SECTION | 0x40000, -XEN_EINVAL, "a supersection over the hypervisor" },
    { slot, page | SECTION, -XEN_EINVAL, "a section over its own memory" },
    { slot, tables | 3, -XEN_EINVAL, "a fine table" },
    { slot, tables | PV_L1_TABLE, -XEN_EINVAL, "a table in the hypervisor's MMU domain" },
    { slot, page | PV_L1_KERNEL, -XEN_EBUSY, "a table that is still written to" },
    { slot, SRAM | PV_L1_KERNEL, -XEN_EPERM, "a table inside the hypervisor" },
    { slot, (victim.proxy->window_tables << PV_PAGE_SHIFT) | PV_L1_KERNEL, -XEN_EPERM,
      "another domain's table" },
    { directory + 0xfc0 * 4, tables | PV_L1_KERNEL, -XEN_EPERM, "a table in place of the hypervisor" },
    { directory + 0xfc0 * 4, 0, -XEN_EPERM, "nothing in place of the hypervisor" },
    { slot + 2, tables | PV_L1_KERNEL, -XEN_EINVAL, "an entry across two" },
    { slot | 1ull << 32, tables | PV_L1_KERNEL, -XEN_EINVAL, "an entry above 4 GiB" },
    { slot, tables | PV_L1_KERNEL | 1ull << 32, -XEN_EINVAL, "a value of 33 bits" },
    { victim.proxy->directory << PV_PAGE_SHIFT, 0, -XEN_EPERM, "another domain's directory" },
    { page, SRAM | SECTION, -XEN_EINVAL, "an entry in a page that is no table" },
    { SRAM + 0x4000, 0, -XEN_EPERM, "an entry in the hypervisor's own directory" },
  };
  for (uint32_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
    refused (&attacker, update (tries[i].at, tries[i].value), tries[i].error,
             (uint32_t)tries[i].value, tries[i].what);
}

/* ---- by entries of a table ---- */

static void
own_table (void)
{
  uint32_t slot = (attacker.proxy->window_tables << PV_PAGE_SHIFT) + 7 * 4;
  uint32_t page = attacker.proxy->frame[0] << PV_PAGE_SHIFT;
  const struct {
    uint32_t value;
    int32_t error;
    const char *what;
  } tries[] = {
    { SRAM | PV_L2_RW, -XEN_EPERM, "a small page over the hypervisor" },
    { SRAM | PV_L2_RO, -XEN_EPERM, "a small page over the hypervisor, read-only" },
    { UART | PV_L2_RW, -XEN_EPERM, "a small page over a device" },
    { page | 1, -XEN_EINVAL, "a large page" },
    { page | (PV_L2_RW & ~0x20u), -XEN_EINVAL, "a page for privileged modes" },
    { page | (PV_L2_RW & ~0x800u), -XEN_EINVAL, "a global page" },
    { page | (PV_L2_RW ^ 0x40u), -XEN_EINVAL, "a page of another memory type" },
    { attacker.proxy->directory << PV_PAGE_SHIFT | PV_L2_RW, -XEN_EBUSY, "its own directory" },
    { (attacker.proxy->directory + 3) << PV_PAGE_SHIFT | PV_L2_RW, -XEN_EBUSY,
      "the last quarter of its own directory" },
    { attacker.proxy->window_tables << PV_PAGE_SHIFT | PV_L2_RW, -XEN_EBUSY,
      "the table that the entry stands in" },
    { victim.proxy->frame[0] << PV_PAGE_SHIFT | PV_L2_RW, -XEN_EPERM, "another domain's page" },
    { victim.proxy->frame[0] << PV_PAGE_SHIFT | PV_L2_RO, -XEN_EPERM,
      "another domain's page, read-only" },
    { victim.proxy->window_tables << PV_PAGE_SHIFT | PV_L2_RW, -XEN_EPERM,
      "another domain's table" },
  };
  for (uint32_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
    refused (&attacker, update (slot, tries[i].value), tries[i].error, tries[i].value,
             tries[i].what);
  refused (&attacker, update_va (attacker.proxy->window, SRAM | PV_L2_RW), -XEN_EPERM,
           SRAM | PV_L2_RW, "by its address: a small page over the hypervisor");
  refused (&attacker, update_va (0xfc000000, page | PV_L2_RW), -XEN_EPERM, 0xfc000000,
           "an address of the hypervisor's");
  refused (&attacker, update_va (0xff000000, page | PV_L2_RW), -XEN_EPERM, 0xff000000,
           "an address of the focus window");
  check (!can_load (&attacker, attacker.proxy->window + 7 * PV_PAGE_SIZE)
             && !can_load (&attacker, attacker.proxy->window),
         "and nothing is mapped there");
}

/* ---- by a second directory ---- */

static uint32_t second; /* its first frame, of four that are mapped at the first spare pages */

static void
map_second (uint32_t entry)
{
  for (uint32_t i = 0; i < 4; i++)
    update_va (attacker.proxy->page[i], (second + i) << PV_PAGE_SHIFT | entry);
}

/* Exchanges the first spare pages for four empty frames in a row. */
static bool
take_second (void)
{
  for (uint32_t i = 0; i < 4; i++)
    update_va (attacker.proxy->page[i], 0);
  if (memory_op (&attacker, XENMEM_decrease_reservation, 2, attacker.proxy->frame[0]) != 1
      || memory_op (&attacker, XENMEM_populate_physmap, 2, 0) != 1)
    return false;
  second = populated (&attacker);
  map_second (PV_L2_RW);
  return can_store (&attacker, attacker.proxy->page[3], 0);
}

/* Writes one entry into it while it is memory, and asks for it to be a directory. */
static int32_t
pin_with (uint32_t index, uint32_t entry)
{
  uint32_t at = attacker.proxy->page[0] + index * 4;
  map_second (PV_L2_RW);
  can_store (&attacker, at, entry);
  map_second (PV_L2_RO);
  int32_t result = extended (PV_MMUEXT_PIN_DIRECTORY, second);
  if (result != 0) {
    map_second (PV_L2_RW);
    can_store (&attacker, at, 0);
  }
  return result;
}

static void
second_directory (void)
{
  uint32_t tables = attacker.proxy->window_tables << PV_PAGE_SHIFT;
  const struct {
    uint32_t entry;
    int32_t error;
    const char *what;
  } tries[] = {
    { SRAM | SECTION, -XEN_EINVAL, "a second directory with a section" },
    { tables | PV_L1_TABLE, -XEN_EINVAL,
      "a second directory with a table in the hypervisor's MMU domain" },
    { SRAM | PV_L1_KERNEL, -XEN_EPERM, "a second directory with a table inside the hypervisor" },
    { second << PV_PAGE_SHIFT | PV_L1_KERNEL, -XEN_EBUSY,
      "a second directory that is a table of its own" },
  };
  refused (&attacker, extended (PV_MMUEXT_PIN_DIRECTORY, second), -XEN_EBUSY, second,
           "a second directory that is still written to");
  for (uint32_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
    refused (&attacker, pin_with (0x200, tries[i].entry), tries[i].error, second, tries[i].what);
  refused (&attacker, extended (PV_MMUEXT_PIN_DIRECTORY, second + 1), -XEN_EINVAL, second + 1,
           "a second directory that is not aligned");
  uint32_t real = load (&attacker, attacker.proxy->directory_page + 0xfc0 * 4);
  check (pin_with (0xfc0, SRAM | SECTION) == 0, "a second directory with the hypervisor for all");
  check (load (&attacker, attacker.proxy->page[3] + 0x3c0 * 4) == real && (real & 0xc00) == 0x400,
         "is taken but for what it says of the hypervisor's addresses");
  for (uint32_t i = 0; i < 4; i++) {
    uint32_t alias = (second + i) << PV_PAGE_SHIFT | PV_L2_RW;
    refused (&attacker, update_va (attacker.proxy->window, alias), -XEN_EBUSY, alias,
             "a quarter of the second directory, writable");
  }
  check (extended (MMUEXT_UNPIN_TABLE, second) == 0, "it is given up");
  refused (&attacker, extended (MMUEXT_UNPIN_TABLE, second), -XEN_EINVAL, second,
           "giving it up twice");
  map_second (PV_L2_RW);
  check (can_store (&attacker, attacker.proxy->page[0], 0), "and it is memory again");
}

static void
base (void)
{
  uint32_t page = attacker.proxy->frame[4] & ~3u;
  refused (&attacker, extended (MMUEXT_NEW_BASEPTR, page), -XEN_EBUSY, page,
           "pages that are written to as the base");
  refused (&attacker, extended (MMUEXT_NEW_BASEPTR, SRAM >> PV_PAGE_SHIFT), -XEN_EPERM,
           SRAM >> PV_PAGE_SHIFT, "the hypervisor's memory as the base");
  refused (&attacker, extended (MMUEXT_NEW_BASEPTR, 0), -XEN_EPERM, 0, "frame 0, which is nobody's, as the base");
  refused (&attacker, extended (PV_MMUEXT_PIN_DIRECTORY, 0), -XEN_EPERM, 0, "to pin frame 0");
  refused (&attacker, extended (MMUEXT_NEW_BASEPTR, victim.proxy->directory), -XEN_EPERM,
           victim.proxy->directory, "another domain's directory as the base");
  refused (&attacker, extended (MMUEXT_NEW_BASEPTR, attacker.proxy->directory + 1), -XEN_EINVAL,
           attacker.proxy->directory + 1, "the second quarter of its directory as the base");
  refused (&attacker, extended (PV_MMUEXT_PIN_TABLES, attacker.proxy->directory), -XEN_EBUSY,
           attacker.proxy->directory, "its directory as a table");
  refused (&attacker, extended (MMUEXT_UNPIN_TABLE, attacker.proxy->frame[7]), -XEN_EINVAL,
           attacker.proxy->frame[7], "to unpin what is not pinned");
}

/* ---- by grants ---- */

static void
grants (void)
{
  give (&attacker, 20, GTF_permit_access, victim.id, attacker.proxy->window_tables);
  refused (&victim, map (&victim, attacker.id, 20, victim.proxy->window, 0).status, GNTST_bad_page, 20,
           "a table, granted to a friend who maps it writable");
  give (&attacker, 21, GTF_permit_access, attacker.id, attacker.proxy->directory);
  refused (&attacker, map (&attacker, attacker.id, 21, attacker.proxy->window, 0).status,
           GNTST_bad_page, 21, "its directory, granted to itself");
  give (&attacker, 22, GTF_permit_access, attacker.id, SRAM >> PV_PAGE_SHIFT);
  refused (&attacker, map (&attacker, attacker.id, 22, attacker.proxy->window, 0).status,
           GNTST_bad_page, 22, "the hypervisor's memory, granted to itself");
  give (&attacker, 23, GTF_permit_access, attacker.id, attacker.proxy->frame[5]);
  refused (&attacker, map (&attacker, attacker.id, 23, 0xfc000000, 0).status, GNTST_bad_virt_addr, 23,
           "a page of its own, granted to the hypervisor's address");
  refused (&attacker,
           map (&attacker, attacker.id, 23, attacker.proxy->directory << PV_PAGE_SHIFT, GNTMAP_contains_pte)
               .status,
           GNTST_bad_virt_addr, 23, "a page granted into an entry of the directory");
  struct gnttab_copy copy = { .source = { .u.gmfn = attacker.proxy->frame[5], .domid = DOMID_SELF },
                              .dest = { .u.gmfn = attacker.proxy->window_tables, .domid = DOMID_SELF },
                              .len = 64 };
  grant_op (&attacker, GNTTABOP_copy, &copy, sizeof copy, 1);
  refused (&attacker, copy.status, GNTST_bad_page, attacker.proxy->window_tables,
           "a copy onto its own table");
}

/* ---- by memory that is given back ---- */

static void
balloon (void)
{
  uint32_t page = attacker.proxy->page[6], frame = attacker.proxy->frame[6];
  refused (&attacker, memory_op (&attacker, XENMEM_decrease_reservation, 0, frame), -XEN_EBUSY, frame,
           "a page given back that is still mapped");
  refused (&attacker,
           memory_op (&attacker, XENMEM_decrease_reservation, 0,
                      attacker.proxy->window_tables), -XEN_EBUSY,
           attacker.proxy->window_tables, "a table given back");
  refused (&attacker, memory_op (&attacker, XENMEM_decrease_reservation, 0, victim.proxy->frame[0]),
           -XEN_EPERM, victim.proxy->frame[0], "another domain's page given back");
  update_va (page, 0);
  check (memory_op (&attacker, XENMEM_decrease_reservation, 0, frame) == 1, "a page is given back");
  refused (&attacker, update_va (page, frame << PV_PAGE_SHIFT | PV_L2_RW), -XEN_EPERM,
           frame << PV_PAGE_SHIFT | PV_L2_RW, "a page that was given back");
  refused (&attacker, extended (PV_MMUEXT_PIN_TABLES, frame), -XEN_EPERM, frame,
           "a page that was given back as a table");
  check (!can_store (&attacker, page, 1), "and no translation of it is left");
  check (memory_op (&attacker, XENMEM_populate_physmap, 0, 6) == 1, "a page is taken again");
  check (update_va (page, populated (&attacker) << PV_PAGE_SHIFT | PV_L2_RW) == 0
             && load (&attacker, page) == 0,
         "with nothing in it");
}

/* ---- by calls in calls ---- */

static void
multicalls (void)
{
  struct multicall_entry *calls = (struct multicall_entry *)(void *)attacker.proxy->data;
  const struct mmu_update wish
      = { .ptr = (attacker.proxy->window_tables << PV_PAGE_SHIFT) + 8 * 4, .val = SRAM | PV_L2_RW };
  memset (calls, 0, 3 * sizeof *calls);
  memcpy (attacker.proxy->data + 512, &wish, sizeof wish);
  calls[0].op = __HYPERVISOR_multicall;
  calls[0].args[0] = data_of (&attacker, 0);
  calls[0].args[1] = 1;
  calls[1].op = __HYPERVISOR_mmu_update;
  calls[1].args[0] = data_of (&attacker, 512);
  calls[1].args[1] = 1;
  calls[1].args[3] = DOMID_SELF;
  calls[2].op = 50000;
  int32_t result = tell (&attacker, PROXY_HYPERCALL,
                         (const uint32_t[5]){ __HYPERVISOR_multicall, data_of (&attacker, 0), 3 });
  check (result == 0 && (int32_t)calls[0].result == -XEN_ENOSYS,
         "a multicall in a multicall: %d", (int32_t)calls[0].result);
  refused (&attacker, (int32_t)calls[1].result, -XEN_EPERM, (uint32_t)wish.val,
           "a small page over the hypervisor, in a multicall");
  check ((int32_t)calls[2].result == -XEN_ENOSYS, "a call that there is not, in a multicall");
  result = tell (&attacker, PROXY_HYPERCALL,
                 (const uint32_t[5]){ __HYPERVISOR_multicall, attacker.proxy->directory_page, 1 });
  check (result == -XEN_EFAULT, "results of a multicall over its directory: %d", (int)result);
}

/* ---- by batches that take long ---- */

#define LONG 20u /* pins and unpins of a full page of tables, of some 20,000 instructions each */

static struct mmuext_op *
long_batch (uint32_t frame)
{
  struct mmuext_op *ops = (struct mmuext_op *)(void *)attacker.proxy->data;
  memset (ops, 0, LONG * sizeof *ops);
  for (uint32_t i = 0; i < LONG; i++) {
    ops[i].cmd = i % 2 == 0 ? PV_MMUEXT_PIN_TABLES : MMUEXT_UNPIN_TABLE;
    ops[i].arg1.mfn = frame;
  }
  return ops;
}

/* Others get their turn in between, and nothing is lost; inside a multicall it is for the caller to go on. */
static void
batches (void)
{
  uint32_t page = attacker.proxy->page[5], frame = attacker.proxy->frame[5];
  const uint32_t done_at = 1800, calls_at = 1824;
  for (uint32_t i = 0; i < PV_PAGE_SIZE; i += 4)
    can_store (&attacker, page + i, attacker.proxy->frame[7] << PV_PAGE_SHIFT | PV_L2_RO);
  update_va (page, frame << PV_PAGE_SHIFT | PV_L2_RO);
  long_batch (frame);
  int32_t result = tell (&attacker, PROXY_HYPERCALL,
                         (const uint32_t[5]){ __HYPERVISOR_mmuext_op, data_of (&attacker, 0), LONG,
                                              data_of (&attacker, done_at), DOMID_SELF });
  uint32_t *done = (uint32_t *)(void *)(attacker.proxy->data + done_at);
  check (result == 0 && *done == LONG, "a long batch is made to its end: %d, %u", (int)result, *done);
  long_batch (frame);
  *done = 0;
  struct multicall_entry call = { .op = __HYPERVISOR_mmuext_op,
                                  .args = { data_of (&attacker, 0), LONG,
                                            data_of (&attacker, done_at), DOMID_SELF } };
  memcpy (attacker.proxy->data + calls_at, &call, sizeof call);
  tell (&attacker, PROXY_HYPERCALL,
        (const uint32_t[5]){ __HYPERVISOR_multicall, data_of (&attacker, calls_at), 1 });
  memcpy (&call, attacker.proxy->data + calls_at, sizeof call);
  check ((int32_t)call.result == -XEN_EAGAIN && *done > 0 && *done < LONG,
         "and ends early in a multicall: %d, %u", (int32_t)call.result, *done);
  if (*done % 2 != 0)
    extended (MMUEXT_UNPIN_TABLE, frame);
  update_va (page, frame << PV_PAGE_SHIFT | PV_L2_RW);
}

/* ---- event channels of others ---- */

static int32_t
event_op (struct peer *peer, uint32_t cmd, const void *wish, size_t size)
{
  memcpy (peer->proxy->data, wish, size);
  return tell (peer, PROXY_HYPERCALL,
               (const uint32_t[5]){ __HYPERVISOR_event_channel_op, cmd, data_of (peer, 0) });
}

static void
event_ports (void)
{
  struct evtchn_alloc_unbound offer = { .dom = DOMID_SELF, .remote_dom = 0 };
  event_op (&victim, EVTCHNOP_alloc_unbound, &offer, sizeof offer);
  memcpy (&offer, victim.proxy->data, sizeof offer);
  const struct {
    uint32_t port;
    const char *what;
  } tries[] = { { offer.port, "a port that waits for another domain" },
                { PV_PORT_DEVICE, "a port that is bound to another domain" },
                { 0, "port 0 of another domain" },
                { 127, "a free port of another domain" },
                { 4096, "a port of another domain that there cannot be" },
                { UINT32_MAX, "the largest port of another domain" } };
  for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
    struct evtchn_bind_interdomain bind
        = { .remote_dom = (domid_t)victim.id, .remote_port = tries[i].port };
    refused (&attacker, event_op (&attacker, EVTCHNOP_bind_interdomain, &bind, sizeof bind), -XEN_EINVAL,
             tries[i].port, tries[i].what);
  }
  struct evtchn_status status = { .dom = (domid_t)victim.id, .port = PV_PORT_DEVICE };
  check (event_op (&attacker, EVTCHNOP_status, &status, sizeof status) == -XEN_EPERM,
         "the state of another domain's port");
  struct evtchn_alloc_unbound there = { .dom = (domid_t)victim.id, .remote_dom = DOMID_SELF };
  check (event_op (&attacker, EVTCHNOP_alloc_unbound, &there, sizeof there) == -XEN_EPERM,
         "a port in another domain");
  struct evtchn_close own = { .port = offer.port };
  check (event_op (&victim, EVTCHNOP_close, &own, sizeof own) == 0, "its owner closes the port that waits");
}

/* Its own ports, named wrongly. */
static void
wrong_ports (void)
{
  struct evtchn_alloc_unbound offer = { .dom = DOMID_SELF, .remote_dom = 0 };
  event_op (&attacker, EVTCHNOP_alloc_unbound, &offer, sizeof offer);
  memcpy (&offer, attacker.proxy->data, sizeof offer);
  const struct {
    uint32_t port;
    const char *what;
  } tries[] = { { 0, "port 0" },
                { 126, "a free port" },
                { 128, "a port behind the last" },
                { UINT32_MAX, "the largest port" } };
  for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
    uint32_t port = tries[i].port;
    struct evtchn_send send = { .port = port };
    refused (&attacker, event_op (&attacker, EVTCHNOP_send, &send, sizeof send), -XEN_EINVAL, port, tries[i].what);
    struct evtchn_close close = { .port = port };
    refused (&attacker, event_op (&attacker, EVTCHNOP_close, &close, sizeof close), -XEN_EINVAL, port,
             tries[i].what);
    struct evtchn_unmask unmask = { .port = port };
    refused (&attacker, event_op (&attacker, EVTCHNOP_unmask, &unmask, sizeof unmask), -XEN_EINVAL, port,
             tries[i].what);
    struct evtchn_bind_vcpu vcpu = { .port = port, .vcpu = 0 };
    refused (&attacker, event_op (&attacker, EVTCHNOP_bind_vcpu, &vcpu, sizeof vcpu), -XEN_EINVAL, port,
             tries[i].what);
  }
  struct evtchn_status status = { .dom = DOMID_SELF, .port = 128 };
  refused (&attacker, event_op (&attacker, EVTCHNOP_status, &status, sizeof status), -XEN_EINVAL, 128,
           "the state of a port behind the last");
  struct evtchn_send unbound = { .port = offer.port };
  check (event_op (&attacker, EVTCHNOP_send, &unbound, sizeof unbound) == 0 && !recorded (&attacker, 0, offer.port),
         "what is sent where nobody listens yet is lost, and not recorded");
  struct evtchn_send console = { .port = PV_PORT_CONSOLE };
  refused (&attacker, event_op (&attacker, EVTCHNOP_send, &console, sizeof console), -XEN_EINVAL, PV_PORT_CONSOLE,
           "to signal by a virtual interrupt");
  struct evtchn_bind_virq virq = { .virq = VIRQ_DEBUG, .vcpu = 3 };
  refused (&attacker, event_op (&attacker, EVTCHNOP_bind_virq, &virq, sizeof virq), -XEN_ENOENT, VIRQ_DEBUG,
           "an interrupt for a processor that it has not");
  struct evtchn_close close = { .port = offer.port };
  check (event_op (&attacker, EVTCHNOP_close, &close, sizeof close) == 0, "the port is closed");
}

/* ---- calls of every kind with arguments that cannot be ---- */

static void
wrong_calls (void)
{
  const uint32_t high = 0xfc000000, data = data_of (&attacker, 0);
  const struct {
    uint32_t call[4];
    int32_t error;
    const char *what;
  } tries[] = {
    { { 55, 1, 2 }, -XEN_ENOSYS, "a hypercall that there is not" },
    { { UINT32_MAX, 1, 2 }, -XEN_ENOSYS, "the largest hypercall" },
    { { __HYPERVISOR_set_trap_table, high }, -XEN_EFAULT, "handlers inside the hypervisor" },
    { { __HYPERVISOR_stack_switch, high }, -XEN_EINVAL, "a stack inside the hypervisor" },
    { { __HYPERVISOR_stack_switch, 0 }, -XEN_EINVAL, "a stack at 0" },
    { { __HYPERVISOR_set_segment_base, UINT32_MAX, 3 }, -XEN_EINVAL, "a segment that there is not" },
    { { __HYPERVISOR_vcpu_op, VCPUOP_is_up, 3 }, -XEN_ENOENT, "a processor that it has not" },
    { { __HYPERVISOR_vcpu_op, VCPUOP_up, UINT32_MAX }, -XEN_ENOENT, "the largest processor" },
    { { __HYPERVISOR_vcpu_op, UINT32_MAX, 0 }, -XEN_ENOSYS, "a command that there is not" },
    { { __HYPERVISOR_sched_op, SCHEDOP_poll, high }, -XEN_EFAULT, "ports inside the hypervisor" },
    { { __HYPERVISOR_sched_op, SCHEDOP_shutdown, high }, -XEN_EFAULT, "a reason inside the hypervisor" },
    { { __HYPERVISOR_console_io, CONSOLEIO_write, 16, high }, -XEN_EFAULT, "to print the hypervisor" },
    { { __HYPERVISOR_memory_op, XENMEM_populate_physmap, high }, -XEN_EFAULT, "a list inside the hypervisor" },
    { { __HYPERVISOR_grant_table_op, GNTTABOP_copy, data, UINT32_MAX }, -XEN_E2BIG, "too many copies" },
    { { __HYPERVISOR_multicall, data, UINT32_MAX }, -XEN_E2BIG, "too many calls at once" },
    { { __HYPERVISOR_mmu_update, data, UINT32_MAX }, -XEN_EINVAL, "too many updates" },
    { { __HYPERVISOR_event_channel_op, UINT32_MAX, data }, -XEN_ENOSYS, "a command on events that there is not" },
    { { __HYPERVISOR_event_channel_op, EVTCHNOP_send, high }, -XEN_EFAULT, "a port inside the hypervisor" },
    { { PV_HYPERVISOR_hid_op, PV_HID_MODE, high }, -XEN_EFAULT, "the display's size into the hypervisor" },
  };
  for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
    refused (&attacker,
             tell (&attacker, PROXY_HYPERCALL,
                   (const uint32_t[5]){ tries[i].call[0], tries[i].call[1], tries[i].call[2], tries[i].call[3] }),
             tries[i].error, tries[i].call[2], tries[i].what);
  struct evtchn_bind_virq again = { .virq = VIRQ_CONSOLE };
  check (event_op (&attacker, EVTCHNOP_bind_virq, &again, sizeof again) == -XEN_EEXIST
             && !recorded (&attacker, -XEN_EEXIST, VIRQ_CONSOLE),
         "what is only done twice is not recorded");
}

/* ---- a domain that could not be made again: it is there, and has nothing ---- */

static void
not_made_again (void)
{
  const uint32_t most = 512u << 10; /* KiB: more than the machine has */
  memset (&op, 0, sizeof op);
  op.cmd = PV_DOMCTL_CREATE;
  memcpy (op.u.create.name, "again", 5);
  memcpy (op.u.create.image, "proxy", 5);
  op.u.create.memory_kib = 4096;
  op.u.create.max_memory_kib = most;
  op.u.create.vcpus = 1;
  check (pv_domctl (&op) == 0, "a domain that may have more than there is");
  uint32_t id = op.domain;
  memset (&op, 0, sizeof op);
  op.cmd = PV_DOMCTL_MAX_MEM;
  op.domain = id;
  op.u.max_mem.kib = most;
  check (pv_domctl (&op) == 0 && command (PV_DOMCTL_REBUILD, id) == -XEN_ENOMEM, "is not made again");
  struct evtchn_alloc_unbound offer = { .dom = (domid_t)id, .remote_dom = DOMID_SELF };
  check (pv_event_channel_op (EVTCHNOP_alloc_unbound, &offer) == -XEN_ESRCH, "has no ports");
  check (command (PV_DOMCTL_UNPAUSE, id) == -XEN_EBUSY && command (PV_DOMCTL_UNSUSPEND, id) == -XEN_EBUSY,
         "does not run");
  check (command (PV_DOMCTL_DESTROY, id) == 0, "and is destroyed");
}

static void
unharmed (void)
{
  bool good = true;
  for (uint32_t i = 0; i < PROXY_PAGES; i++)
    for (uint32_t j = 0; j < PV_PAGE_SIZE; j += 512)
      good &= load (&victim, victim.proxy->page[i] + j) == i && victim.proxy->fault == 0;
  check (good, "the other domain's memory is as it was");
  check (info_of (victim.id)->state <= PV_STATE_BLOCKED && info_of (attacker.id)->state <= PV_STATE_BLOCKED,
         "both domains go on");
}

void
pv_main (const struct pv_start_info *info)
{
  (void)info;
  check (start (&attacker, "attacker", "") && start (&victim, "victim", ""), "two domains");
  own_directory ();
  own_table ();
  check (take_second (), "four pages for another directory");
  second_directory ();
  base ();
  grants ();
  balloon ();
  multicalls ();
  batches ();
  event_ports ();
  wrong_ports ();
  wrong_calls ();
  not_made_again ();
  unharmed ();
  stop (&attacker);
  stop (&victim);
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  for (;;)
    continue;
}
