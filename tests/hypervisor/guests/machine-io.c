/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control domain that uses the machine's disk and network device as back ends do, rightly and
 * wrongly. test_machine_io.py gives the machine a disk of 64 sectors whose last one starts with
 * "from the host", and a user network, and looks at the disk afterwards.
 */
#include "test.h"

#define SECTORS 64u

static uint8_t page[4][PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
static uint8_t tables[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));

static void
on_io (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

/* Waits for one completion of the commands' family. */
static bool
collect (uint32_t cmd, struct pv_io_completion *completion)
{
  uint64_t deadline = pv_time_ns () + TEST_PATIENCE_NS;
  while (pv_io_op (cmd, completion, 1) != 1) {
    if (pv_time_ns () > deadline)
      return false;
    pv_event_wait (deadline);
  }
  return true;
}

static struct pv_io_block_request
request (uint32_t operation, uint64_t sector, void *buffer, uint32_t length)
{
  return (struct pv_io_block_request){ .id = 0x1234567800000000ull + sector,
                                       .operation = operation,
                                       .sector = sector,
                                       .segments = operation == PV_IO_FLUSH ? 0 : 1,
                                       .segment = { { (uint32_t)buffer, length } } };
}

static long
submit (struct pv_io_block_request wish)
{
  return pv_io_op (PV_IO_BLOCK_SUBMIT, &wish, 1);
}

static bool
run (struct pv_io_block_request wish)
{
  struct pv_io_completion completion;
  return submit (wish) == 1 && collect (PV_IO_BLOCK_COLLECT, &completion)
         && completion.id == wish.id && completion.status == 0;
}

static void
disk_works (void)
{
  struct pv_io_block_info info;
  check (pv_io_op (PV_IO_BLOCK_QUERY, &info, 0) == 0 && info.sectors == SECTORS
             && info.block_size == 512 && info.depth >= 8 && info.flags == PV_IO_BLOCK_CACHE,
         "the disk has %u sectors", (uint32_t)info.sectors);
  check (run (request (PV_IO_READ, SECTORS - 1, page[0], 512))
             && memcmp (page[0], "from the host", 13) == 0,
         "the last sector is what the host wrote");

  /* Four pieces of different lengths out of two pages; then back as two. */
  for (uint32_t i = 0; i < PV_PAGE_SIZE; i++) {
    page[0][i] = (uint8_t)(i * 7 + i / 251);
    page[1][i] = (uint8_t)(i * 13 + i / 241);
  }
  struct pv_io_block_request write = request (PV_IO_WRITE, 8, page[0], 512);
  write.segments = 4;
  write.segment[1] = (struct pv_io_segment){ (uint32_t)page[0] + 512, 3584 };
  write.segment[2] = (struct pv_io_segment){ (uint32_t)page[1], 2048 };
  write.segment[3] = (struct pv_io_segment){ (uint32_t)page[1] + 2048, 2048 };
  check (run (write), "a write of four segments");
  check (run (request (PV_IO_FLUSH, 0, NULL, 0)), "a flush");
  struct pv_io_block_request read = request (PV_IO_READ, 8, page[2], PV_PAGE_SIZE);
  read.segments = 2;
  read.segment[1] = (struct pv_io_segment){ (uint32_t)page[3], PV_PAGE_SIZE };
  check (run (read) && memcmp (page[0], page[2], 2 * PV_PAGE_SIZE) == 0,
         "the same comes back in two");
}

/* More at once than the device takes: every request is done, each once. */
static void
disk_is_shared (void)
{
  struct pv_io_block_request wishes[8];
  struct pv_io_completion completion;
  uint32_t submitted = 0, collected = 0;
  uint64_t seen = 0;
  bool full = false;
  while (collected < 48) {
    for (uint32_t i = 0; i < 8; i++) {
      wishes[i] = request (PV_IO_READ, 0, page[2] + 512 * i, 512);
      wishes[i].id = submitted + i;
    }
    uint32_t want = 48 - submitted < 8 ? 48 - submitted : 8;
    long taken = want > 0 ? pv_io_op (PV_IO_BLOCK_SUBMIT, wishes, want) : 0;
    if (taken < 0)
      break;
    submitted += (uint32_t)taken;
    full = full || (uint32_t)taken < want;
    if ((full || submitted == 48) && collect (PV_IO_BLOCK_COLLECT, &completion)) {
      collected += completion.status == 0;
      seen |= 1ull << completion.id;
    }
  }
  check (collected == 48 && seen == (1ull << 48) - 1, "48 requests, each done once");
  check (pv_io_op (PV_IO_BLOCK_COLLECT, &completion, 1) == 0, "and nothing more");
}

static void
disk_refuses (void)
{
  struct pv_io_block_request wish = request (PV_IO_READ, 0, page[0], 512);
  check (submit (request (3, 0, page[0], 512)) == -XEN_EINVAL, "disk: no such operation");
  check (submit (request (PV_IO_READ, SECTORS, page[0], 512)) == -XEN_EINVAL, "disk: past its end");
  check (submit (request (PV_IO_READ, SECTORS - 1, page[0], 1024)) == -XEN_EINVAL,
         "disk: across its end");
  check (submit (request (PV_IO_WRITE, UINT64_MAX, page[0], 512)) == -XEN_EINVAL,
         "disk: a sector that wraps");
  check (submit (request (PV_IO_READ, 0, page[0], 100)) == -XEN_EINVAL, "disk: part of a sector");
  check (submit (request (PV_IO_READ, 0, page[0], 0)) == -XEN_EINVAL, "disk: nothing");
  check (submit (request (PV_IO_READ, 0, page[0] + 3840, 512)) == -XEN_EINVAL,
         "disk: across the end of a page");
  check (submit (request (PV_IO_READ, 0, page[0], 0xfffffe00)) == -XEN_EINVAL,
         "disk: a length that wraps");
  check (submit (request (PV_IO_READ, 0, (void *)PV_HYPERVISOR_START, 512)) == -XEN_EFAULT,
         "disk: into the hypervisor");
  check (submit (request (PV_IO_READ, 0, (void *)0x1000, 512)) == -XEN_EFAULT,
         "disk: where nothing is mapped");
  check (submit (request (PV_IO_READ, 0, (void *)(uintptr_t)pv_start->directory, 512))
             == -XEN_EFAULT,
         "disk: into a page directory");
  check (run (request (PV_IO_WRITE, 1, (void *)(uintptr_t)pv_start->p2m, 512)),
         "disk: out of memory that may only be read");
  wish.segments = PV_IO_SEGMENTS + 1;
  check (submit (wish) == -XEN_EINVAL, "disk: too many segments");
  wish.segments = 0;
  check (submit (wish) == -XEN_EINVAL, "disk: no segments");
  wish.segments = 2;
  wish.segment[1] = (struct pv_io_segment){ 0x1000, 512 };
  check (submit (wish) == -XEN_EFAULT, "disk: the second segment nowhere");
  check (pv_io_op (PV_IO_BLOCK_SUBMIT, (void *)0x1000, 1) == -XEN_EFAULT,
         "disk: a request nowhere");
  check (pv_io_op (PV_IO_BLOCK_SUBMIT, (void *)0xfffffff0, 0xffffffff) == -XEN_EFAULT,
         "disk: an array that wraps");
  check (pv_io_op (77, &wish, 1) == -XEN_ENOSYS, "no such command");
  check (run (request (PV_IO_READ, 8, page[3], 512)) && memcmp (page[3], page[0], 512) == 0,
         "disk: works after all that");
}

/* ---- network ---- */

static long
offer (uint32_t cmd, void *buffer, uint32_t length)
{
  struct pv_io_buffer wish
      = { .id = (uint32_t)buffer, .address = (uint32_t)buffer, .length = length };
  return pv_io_op (cmd, &wish, 1);
}

static uint32_t
frame_of (const void *address)
{
  return ((const uint32_t *)(uintptr_t)
              pv_start->p2m)[((uint32_t)address - PV_KERNEL_START) / PV_PAGE_SIZE];
}

static long
pin (void *address)
{
  struct mmuext_op op = { .cmd = PV_MMUEXT_PIN_TABLES, .arg1.mfn = frame_of (address) };
  return pv_mmuext_op (&op, 1, NULL);
}

/* A page that waits for a frame cannot become a page table, even where no mapping is left. */
static void
held_frame_is_no_table (void)
{
  uint32_t va = (uint32_t)tables;
  check (pv_update_va_mapping (va, frame_of (tables) << 12 | PV_L2_RO, 0) == 0 && pin (tables) == 0,
         "an idle page becomes a table");
  struct mmuext_op op = { .cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = frame_of (tables) };
  check (pv_mmuext_op (&op, 1, NULL) == 0
             && pv_update_va_mapping (va, frame_of (tables) << 12 | PV_L2_RW, 0) == 0,
         "and a page again");
  check (offer (PV_IO_NET_POST, tables, PV_PAGE_SIZE) == 1, "it waits for a frame");
  check (pv_update_va_mapping (va, 0, 0) == 0 && pin (tables) == -XEN_EBUSY,
         "a page that a device may write becomes no table");
  check (pv_update_va_mapping (va, frame_of (tables) << 12 | PV_L2_RW, 0) == 0,
         "and is mapped again");
}

/* Who has 10.0.2.2? The user network's gateway answers. */
static const uint8_t arp_request[42] = {
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0x08, 0x06, /* Ethernet */
  0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01,                                     /* request */
  0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 10,   0,    2,    15,                           /* from */
  0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 10,   0,    2,    2,                            /* to */
};

static void
network_works (void)
{
  static const uint8_t mac[6] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };
  struct pv_io_net_info info;
  struct pv_io_completion completion;
  bool sent = false, received = false;
  check (pv_io_op (PV_IO_NET_QUERY, &info, 0) == 0 && memcmp (info.mac, mac, 6) == 0
             && info.mtu == 1500 && (info.flags & PV_IO_NET_LINK_UP) != 0 && info.post_depth >= 8,
         "the network device and its address");
  held_frame_is_no_table ();
  memcpy (page[1], arp_request, sizeof arp_request);
  check (offer (PV_IO_NET_SEND, page[1], sizeof arp_request) == 1, "a frame goes out");
  while ((!sent || !received) && collect (PV_IO_NET_COLLECT, &completion)) {
    if (completion.id == (uint32_t)page[1])
      sent = completion.status == 0;
    else if (completion.id == (uint32_t)tables)
      received = completion.status == 0 && completion.length >= sizeof arp_request
                 && memcmp (tables, mac, 6) == 0 && tables[21] == 2
                 && memcmp (tables + 28, arp_request + 38, 4) == 0;
    else
      break;
  }
  check (sent, "it was sent");
  check (received, "and answered");
}

static void
network_refuses (void)
{
  check (offer (PV_IO_NET_SEND, page[0], PV_IO_FRAME_MIN - 1) == -XEN_EINVAL, "network: too short");
  check (offer (PV_IO_NET_SEND, page[0], PV_IO_FRAME_MAX + 1) == -XEN_EINVAL, "network: too long");
  check (offer (PV_IO_NET_SEND, page[0] + 4000, 100) == -XEN_EINVAL,
         "network: across a page's end");
  check (offer (PV_IO_NET_SEND, (void *)PV_HYPERVISOR_START, 100) == -XEN_EFAULT,
         "network: out of the hypervisor");
  check (offer (PV_IO_NET_POST, page[0], PV_IO_FRAME_MAX - 1) == -XEN_EINVAL,
         "network: too little room");
  check (offer (PV_IO_NET_POST, (void *)(uintptr_t)pv_start->directory, 2048) == -XEN_EFAULT,
         "network: into a page directory");
  long posted = 0, last;
  while ((last = offer (PV_IO_NET_POST, page[2], 2048)) == 1)
    posted++;
  check (last == 0 && posted >= 8, "%u buffers can wait", (uint32_t)posted);
}

void
pv_main (const struct pv_start_info *info)
{
  struct pv_io_block_info block;
  (void)info;
  pv_event_bind_virq (PV_VIRQ_IO, on_io, NULL);
  if (pv_io_op (PV_IO_BLOCK_QUERY, &block, 0) == -XEN_ENODEV) {
    check (pv_io_op (PV_IO_NET_QUERY, &block, 0) == -XEN_ENODEV,
           "there is neither disk nor network");
  } else {
    disk_works ();
    disk_is_shared ();
    disk_refuses ();
    network_works ();
    network_refuses ();
  }
  pv_printf ("done\n");
  pv_hypercall1 (PV_HYPERVISOR_debug_op, 0);
  pv_shutdown (SHUTDOWN_poweroff);
}
