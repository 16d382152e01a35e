/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that reads its disk over and over, several requests at a time, and says after each pass
 * what all sectors add up to. It can be saved and moved at any moment.
 */
#include "block.h"
#include "device.h"
#include "pv.h"

#define REQUESTS 8u
#define LENGTH   (4 * PV_PAGE_SIZE)
#define SECTORS  (LENGTH / PV_BLOCK_SECTOR)

static uint8_t buffers[REQUESTS][LENGTH] __attribute__ ((aligned (PV_PAGE_SIZE)));
static struct pv_block_request requests[REQUESTS];
static struct pv_block *disk;
static bool ready[REQUESTS];

static void
on_done (struct pv_block_request *request, int status)
{
  if (status != 0)
    pv_panic ("sector %u cannot be read: %d", (uint32_t)request->sector, status);
  ready[request - requests] = true;
}

static void
ask (uint32_t index, uint64_t sector)
{
  ready[index] = false;
  requests[index] = (struct pv_block_request){
    .operation = PV_BLOCK_READ, .sector = sector, .segments = 4, .done = on_done
  };
  for (uint32_t i = 0; i < 4; i++)
    requests[index].segment[i]
        = (struct pv_block_segment){ buffers[index] + i * PV_PAGE_SIZE, PV_PAGE_SIZE };
  pv_block_submit (disk, &requests[index]);
}

static uint32_t
add (uint32_t sum, const void *buffer)
{
  const uint32_t *words = buffer;
  for (uint32_t i = 0; i < LENGTH / 4; i++)
    sum = (sum ^ words[i]) * 16777619u;
  return sum;
}

/* Answers come in any order; they are added up in the order of the sectors. */
static uint32_t
read_all (void)
{
  uint64_t sectors = pv_block_sectors (disk), asked = 0;
  uint32_t sum = 0;
  for (uint32_t i = 0; i < REQUESTS; i++, asked += SECTORS)
    ask (i, asked);
  for (uint64_t sector = 0; sector < sectors; sector += SECTORS) {
    uint32_t index = (uint32_t)(sector / SECTORS) % REQUESTS;
    while (!ready[index])
      pv_event_wait (0);
    sum = add (sum, buffers[index]);
    if (asked < sectors) {
      ask (index, asked);
      asked += SECTORS;
    }
  }
  return sum;
}

void
pv_main (const struct pv_start_info *info)
{
  (void)info;
  pv_suspend_init ();
  pv_blocks_register ();
  pv_devices_start ();
  while (!(disk = pv_block_get (0)))
    pv_event_wait (0);
  for (uint32_t pass = 1;; pass++) {
    uint32_t sum = read_all ();
    pv_printf ("pass %u: %08x\n", pass, sum);
  }
}
