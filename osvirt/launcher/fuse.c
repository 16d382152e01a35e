/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>

#include "launcher/mounts.h"

int
fuse_mount_file (uid_t uid, gid_t gid, int *device, struct wire_fault *fault)
{
  char fd[16], user[16], group[16];
  const struct mount_option options[] = {
    { "source", "vault" }, { "fd", fd }, { "rootmode", "100000" }, { "user_id", user }, { "group_id", group },
    { NULL, NULL },
  };
  int mount;

  *device = open ("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (*device < 0)
    return wire_fail (fault, ENODEV, "opening /dev/fuse (error %d)", errno);
  snprintf (fd, sizeof fd, "%d", *device);
  snprintf (user, sizeof user, "%u", uid);
  snprintf (group, sizeof group, "%u", gid);
  mount = mount_new ("fuse", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, fault);
  if (mount < 0)
    close_fd (device);
  return mount;
}
