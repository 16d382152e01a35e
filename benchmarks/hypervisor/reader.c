/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest that reads 4 KiB of its disk at a time. */
#include "block.h"
#include "device.h"

void
pv_main (const struct pv_start_info *info)
{
  static uint8_t buffer[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
  struct pv_block *disk;
  (void)info;
  pv_blocks_register ();
  pv_devices_start ();
  while (!(disk = pv_block_get (0)))
    pv_event_wait (0);
  for (;;)
    if (pv_block_transfer (disk, PV_BLOCK_READ, 0, buffer, sizeof buffer) != 0)
      pv_panic ("a read failed");
}
