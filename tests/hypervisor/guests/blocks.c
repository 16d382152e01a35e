/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that uses its disk: writes a pattern of its own all over it, by many requests at once,
 * and reads it back. test_block.py looks at the image afterwards.
 */
#include <xen/errno.h>
#include "block.h"
#include "device.h"
#include "test.h"

#define S        1000000000ull
#define SECTOR   PV_BLOCK_SECTOR
#define REQUESTS 48u
#define APART    8u /* sectors */
#define CHUNK    (8 * PV_PAGE_SIZE)

static uint8_t buffer[64 * PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
static struct pv_block *disk;

/* Every sector differs from every other, also of another domain. */
static void
write_pattern (uint32_t *words, uint64_t sector, uint32_t length)
{
  for (uint32_t i = 0; i < length / 4; i++)
    words[i] = (uint32_t)(sector * SECTOR + i * 4) * 2654435761u + pv_start->domid;
}

static bool
is_pattern (const uint32_t *words, uint64_t sector, uint32_t length)
{
  for (uint32_t i = 0; i < length / 4; i++)
    if (words[i] != (uint32_t)(sector * SECTOR + i * 4) * 2654435761u + pv_start->domid)
      return false;
  return true;
}

static bool
wait_for_disk (void)
{
  uint64_t deadline = pv_time_ns () + 20 * S;
  while (!(disk = pv_block_get (0)) && pv_time_ns () < deadline)
    pv_event_wait (deadline);
  return disk != NULL;
}

static void
whole_disk (void)
{
  uint64_t sectors = pv_block_sectors (disk);
  bool good = true;
  for (uint64_t sector = 0; good && sector < sectors; sector += sizeof buffer / SECTOR) {
    uint32_t length = sizeof buffer;
    if (sectors - sector < length / SECTOR)
      length = (uint32_t)(sectors - sector) * SECTOR;
    write_pattern ((uint32_t *)(void *)buffer, sector, length);
    good = pv_block_transfer (disk, PV_BLOCK_WRITE, sector, buffer, length) == 0;
  }
  check (good, "all of %u sectors are written", (uint32_t)sectors);
  for (uint64_t sector = 0; good && sector < sectors; sector += CHUNK / SECTOR) {
    memset (buffer, 0, CHUNK);
    good = pv_block_transfer (disk, PV_BLOCK_READ, sector, buffer, CHUNK) == 0
           && is_pattern ((uint32_t *)(void *)buffer, sector, CHUNK);
  }
  check (good, "and read back as they were written");
  check (pv_block_transfer (disk, PV_BLOCK_FLUSH_CACHE, 0, NULL, 0) == 0, "a flush");
}

static uint32_t finished, failed;
static uint64_t order[REQUESTS];

static void
on_done (struct pv_block_request *request, int status)
{
  order[finished++] = request->sector;
  failed += status != 0;
}

static void
wait_finished (uint32_t count)
{
  uint64_t deadline = pv_time_ns () + 20 * S;
  while (finished < count && pv_time_ns () < deadline)
    pv_event_wait (deadline);
}

/* More requests than the ring has room for, of one sector each, in one page. */
static void
many_at_once (void)
{
  static struct pv_block_request requests[REQUESTS];
  finished = failed = 0;
  memset (buffer, 0, REQUESTS * SECTOR);
  for (uint32_t i = 0; i < REQUESTS; i++) {
    requests[i] = (struct pv_block_request){ .operation = PV_BLOCK_READ,
                                             .sector = (i * 7) % REQUESTS,
                                             .segments = 1,
                                             .segment = { { buffer + i * SECTOR, SECTOR } },
                                             .done = on_done };
    pv_block_submit (disk, &requests[i]);
  }
  wait_finished (REQUESTS);
  bool good = finished == REQUESTS && failed == 0;
  for (uint32_t i = 0; i < REQUESTS; i++)
    good = good
           && is_pattern ((uint32_t *)(void *)(buffer + i * SECTOR), (i * 7) % REQUESTS, SECTOR);
  check (good, "%u requests at once, each answered once and with its own sector", finished);
}

/* What was asked for before a barrier is answered before it, and the rest after it. The sectors lie
   apart, so that nobody makes one write of two. */
static void
barrier (void)
{
  static struct pv_block_request requests[21];
  finished = failed = 0;
  for (uint32_t i = 0; i < 21; i++) {
    write_pattern ((uint32_t *)(void *)(buffer + i * SECTOR), i * APART, SECTOR);
    requests[i]
        = (struct pv_block_request){ .operation = i == 10 ? PV_BLOCK_WRITE_BARRIER : PV_BLOCK_WRITE,
                                     .sector = i * APART,
                                     .segments = 1,
                                     .segment = { { buffer + i * SECTOR, SECTOR } },
                                     .done = on_done };
    pv_block_submit (disk, &requests[i]);
  }
  wait_finished (21);
  bool before = finished == 21 && failed == 0 && order[10] == 10 * APART;
  for (uint32_t i = 0; i < 10; i++)
    before = before && order[i] < 10 * APART;
  check (before, "a barrier comes after what was asked for earlier, and before the rest");
}

static uint32_t
back_state (void)
{
  const struct pv_device_page *page = (const struct pv_device_page *)(uintptr_t)pv_start->device_page;
  return *(const volatile uint32_t *)&page->slot[0].back.state;
}

/* It leaves the back end, and comes back, as after a restart of its kernel: nothing asks for a flush. Delivery is masked
   while it yields: handlers run in a wait only, and in one of those it could leave and be connected again unseen. */
static void
detach (void)
{
  struct pv_device_page *page = (struct pv_device_page *)(uintptr_t)pv_start->device_page;
  uint64_t deadline = pv_time_ns () + 60 * S;
  __atomic_store_n (&page->slot[0].front.state, XenbusStateClosing, __ATOMIC_RELEASE);
  pv_event_send (pv_start->device_port);
  while (back_state () != XenbusStateClosed && pv_time_ns () < deadline)
    pv_sched_op (SCHEDOP_yield, NULL);
  check (back_state () == XenbusStateClosed, "the disk is detached");
  while (back_state () != XenbusStateConnected && pv_time_ns () < deadline)
    pv_event_wait (deadline);
  check (back_state () == XenbusStateConnected, "and comes back");
  write_pattern ((uint32_t *)(void *)buffer, 21 * APART, SECTOR);
  check (pv_block_transfer (disk, PV_BLOCK_WRITE, 21 * APART, buffer, SECTOR) == 0, "a write behind that");
}

static void
refusals (void)
{
  uint64_t sectors = pv_block_sectors (disk);
  check (pv_block_transfer (disk, PV_BLOCK_READ, sectors, buffer, SECTOR) == -XEN_EIO,
         "a sector past the end");
  check (pv_block_transfer (disk, PV_BLOCK_READ, sectors - 1, buffer, 2 * SECTOR) == -XEN_EIO,
         "two sectors at the last one");
  check (pv_block_transfer (disk, PV_BLOCK_READ, UINT64_MAX - 1, buffer, 2 * SECTOR) == -XEN_EIO,
         "sectors that wrap");
  check (pv_block_transfer (disk, (enum pv_block_operation)BLKIF_OP_DISCARD, 0, buffer, SECTOR)
             == -XEN_EOPNOTSUPP,
         "an operation that is not there");
  check (pv_block_transfer (disk, PV_BLOCK_READ, sectors - 1, buffer, SECTOR) == 0,
         "the last sector is still there");
}

void
pv_main (const struct pv_start_info *info)
{
  (void)info;
  pv_blocks_register ();
  pv_devices_start ();
  check (wait_for_disk (), "a disk appears");
  if (disk) {
    check (strncmp (pv_block_name (disk), "blocks", 6) == 0 && !pv_block_is_readonly (disk),
           "it is called %s", pv_block_name (disk));
    whole_disk ();
    many_at_once ();
    barrier ();
    refusals ();
    detach ();
  }
  pv_printf ("done\n");
  pv_shutdown (SHUTDOWN_poweroff);
}
