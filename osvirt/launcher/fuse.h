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

/* The same for a directory tree that the server leaves to the kernel to guard; only processes of @uid reach it, in
 * whatever namespace they are. */
int fuse_mount_directory (uid_t uid, gid_t gid, int *device, struct wire_fault *fault);
