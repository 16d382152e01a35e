/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#include "launcher/wire.h"

struct loop {
  char path[32]; /* "/dev/loopN", "" when none is bound */
};

/**
 * loop_attach:
 * @image: (O_PATH) a FUSE file of @uid
 * @uid: the client
 * @gid: the client
 *
 * Binds @image to a free loop device, with the block size of a page and without a second cache of the kernel's. The
 * device frees itself when its last user goes.
 *
 * Returns: descriptor that keeps the device bound until something else does, or -1
 */
int loop_attach (struct loop *loop, int image, uid_t uid, gid_t gid, struct wire_fault *fault);

/* As loop_attach(), for reading only, of a file that this process has opened. */
int loop_attach_readonly (struct loop *loop, int image, struct wire_fault *fault);

/* The same of one that the client has opened, which may lie where only he can ask for its length. */
int loop_attach_given (struct loop *loop, int image, uid_t uid, gid_t gid, struct wire_fault *fault);

/* Mounts the ext4 on the device, detached, ids mapped as in @userns. Each call gives another mount of the one file system. */
int loop_mount (const struct loop *loop, int userns, struct wire_fault *fault);

/* As loop_mount(), for the EROFS of a base system; programs in it may be set-user-id, which counts in the view alone. */
int loop_mount_base (const struct loop *loop, int userns, struct wire_fault *fault);

/* Waits until the device is free; 0, or -1 with EBUSY after @timeout_ms. */
int loop_wait_free (struct loop *loop, int timeout_ms, struct wire_fault *fault);
