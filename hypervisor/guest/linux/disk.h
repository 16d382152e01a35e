/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The domain's disks as block devices: /dev/xvda and on. */
#ifndef LINUX_DISK_H
#define LINUX_DISK_H

#include "file.h"

#define DISK_MAJOR 202u
#define DISK_STEP  16u /* minor numbers a disk */

extern const struct file_ops file_ops_disk;

void disk_init (void);
/* Writes everything back; the channel to wait for before it is called again, or NULL: done. */
const void *disk_sync_all (void);

#endif
