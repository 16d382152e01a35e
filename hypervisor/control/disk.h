/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine's disk, shared out: a GUID partition table (UEFI 2.10, 5.3) names the part of each
 * domain, so that any tool that knows partitions can make and read the image.
 */
#ifndef CONTROL_DISK_H
#define CONTROL_DISK_H

#include <pv/control.h>
#include <pv/io.h>
#include "base.h"

#define DISKS_MAX 64

struct disk {
  char name[sizeof ((struct pv_device_config *)0)->name];
  uint64_t first, sectors;   /* of PV_IO_SECTOR bytes */
  uint32_t readers, writers; /* devices that use it */
};

/* Reads the table; waits for the device. Where there is no disk, or no table, there are no parts.
 */
void disks_start (void);
/* The part with this name; NULL: none. */
struct disk *disk_find (const char *name);
/* Number `index`; NULL: past the last. */
const struct disk *disk_get (size_t index);
/* What the machine's device is like; sectors is 0 where there is none. */
const struct pv_io_block_info *disk_machine (void);

#endif
