/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/fuse.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdio.h>

#include "launcher/mounts.h"

/* @check: the kernel checks permissions, not the server. */
static int
fuse_mount (uid_t uid, gid_t gid, const char *root_mode, bool check, unsigned attributes, int *device,
            struct wire_fault *fault)
{
  char fd[16], user[16], group[16];
  const struct mount_option options[] = {
    { "source", "vault" }, { "fd", fd }, { "rootmode", root_mode }, { "user_id", user }, { "group_id", group },
    { check ? "default_permissions" : NULL, NULL }, { NULL, NULL },
  };
  int mount;

  *device = open ("/dev/fuse", O_RDWR | O_CLOEXEC);
  if (*device < 0)
    return errno == ENOENT || errno == ENODEV || errno == ENXIO ? wire_fail (fault, ENODEV, "this kernel does not have FUSE")
                                                                : wire_fail (fault, errno, "opening /dev/fuse");
  snprintf (fd, sizeof fd, "%d", *device);
  snprintf (user, sizeof user, "%u", uid);
  snprintf (group, sizeof group, "%u", gid);
  mount = mount_new ("fuse", options, attributes | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, fault);
  if (mount < 0)
    close_fd (device);
  return mount;
}

int
fuse_mount_file (uid_t uid, gid_t gid, int *device, struct wire_fault *fault)
{
  return fuse_mount (uid, gid, "100000", false, MOUNT_ATTR_NOEXEC, device, fault);
}

int
fuse_mount_directory (uid_t uid, gid_t gid, int *device, struct wire_fault *fault)
{
  return fuse_mount (uid, gid, "40000", true, 0, device, fault);
}
