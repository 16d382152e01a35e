/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "launcher/wire.h"

/**
 * fuse_mount_file:
 * @uid: whom the file belongs to; only that user may touch it
 * @gid: its group
 * @device: (out): the connection, for the program that will serve it
 *
 * Mounts a FUSE file system whose root is one regular file. It is attached nowhere.
 *
 * Returns: descriptor of the detached mount, or -1
 */
int fuse_mount_file (uid_t uid, gid_t gid, int *device, struct wire_fault *fault);
