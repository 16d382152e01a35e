/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "launcher/wire.h"

/* The kernel's mount interface of file descriptors (Linux 5.12 and later): a mount is made detached, belongs to its
 * descriptor, and is gone when that is closed unless it was attached. So nothing here needs a clean-up list. */

/* One option of a new file system; a flag has no text; the last one of a list has no key. */
struct mount_option {
  const char *key;
  const char *text;
};

/**
 * mount_new:
 * @type: file system type
 * @options: (nullable): list that ends with a NULL key
 * @attributes: MOUNT_ATTR_* of the mount
 *
 * Returns: descriptor of the detached mount, or -1 with @fault naming the type, the option and the kernel's own words
 */
int mount_new (const char *type, const struct mount_option *options, unsigned attributes, struct wire_fault *fault);

/* A detached copy of the mount at @path (AT_EMPTY_PATH for "" with @dir); with @recursive of all below it too. What is mounted on either
 * afterwards is not on the other: a view keeps no file system of the host busy, and CRIU brings no mount back that is one with another. */
int mount_clone (int dir, const char *path, bool recursive, struct wire_fault *fault);

/* Sets MOUNT_ATTR_* on a detached mount; with @userns >= 0 its ids are mapped as in that user namespace. */
int mount_set (int mount, unsigned attributes, int userns, bool recursive, struct wire_fault *fault);

/* Attaches a detached mount at @path below @dir, closes the descriptor in any case and sets it to -1. */
int mount_attach (int *mount, int dir, const char *path, struct wire_fault *fault);

/**
 * userns_new:
 * @uid_map: text for uid_map
 * @gid_map: text for gid_map
 *
 * Makes a user namespace that nobody lives in, for mapping the ids of mounts. Needs CAP_SETUID and CAP_SETGID.
 *
 * Returns: descriptor, or -1
 */
int userns_new (const char *uid_map, const char *gid_map, struct wire_fault *fault);

/* Writes @text to /proc/@pid/@file in one write. */
int proc_write (pid_t pid, const char *file, const char *text, struct wire_fault *fault);

void close_fd (int *fd);
