/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "launcher/workdir.h"

#define OPAQUE "user.overlay.opaque"

int
open_beneath (int dir, const char *path, int flags)
{
  struct open_how how = {
    .flags = (uint64_t) (flags | O_CLOEXEC),
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
  };

  return (int) syscall (SYS_openat2, dir, path, &how, sizeof how);
}

int
make_beneath (int dir, const char *path, struct wire_fault *fault)
{
  char part[512];
  int at = open_beneath (dir, *path != '\0' ? path : ".", O_PATH | O_DIRECTORY);

  if (at >= 0 || errno != ENOENT)
    return at >= 0 ? at : wire_fail (fault, errno, "opening %.100s in the workspace", path);
  at = open_beneath (dir, ".", O_PATH | O_DIRECTORY);

  while (at >= 0 && *path != '\0') {
    size_t length = strcspn (path, "/");
    int next;

    snprintf (part, sizeof part, "%.*s", (int) length, path);
    if (mkdirat (at, part, 0755) != 0 && errno != EEXIST)
      next = -1;
    else
      next = open_beneath (at, part, O_PATH | O_DIRECTORY);
    if (next < 0) {
      int error = errno;

      close (at);
      return wire_fail (fault, error, "making %.100s in the workspace", part);
    }
    close (at);
    at = next;
    path += length + (path[length] == '/');
  }
  return at >= 0 ? at : wire_fail (fault, errno, "opening the workspace");
}

int
overlay_make_tmp (struct wire_fault *fault)
{
  static const char path[] = "layers/root/upper/var/tmp";
  int workspace = open (STAGE_WORKSPACE, O_PATH | O_DIRECTORY | O_CLOEXEC), made, folder;
  struct stat info;

  if (workspace < 0)
    return wire_fail (fault, errno, "opening the workspace");
  made = make_beneath (workspace, path, fault);
  folder = made < 0 ? -1 : open_beneath (workspace, path, O_RDONLY | O_DIRECTORY);
  close (workspace);
  close_fd (&made);
  if (folder >= 0 && fstat (folder, &info) == 0 && (info.st_mode & 07777) != 01777)
    fchmod (folder, 01777);
  /* Without such marks the overlay has a larger problem, which it tells. */
  if (folder >= 0 && fgetxattr (folder, OPAQUE, NULL, 0) < 0)
    fsetxattr (folder, OPAQUE, "y", 1, 0);
  close_fd (&folder);
  return 0;
}

int
overlay_in_workspace (const char *lower, const char *path, struct wire_fault *fault)
{
  char upper[400], work[400] = STAGE_WORKSPACE "/layers/root/work/";
  /* index would bind the upper layer to one host's inodes; xino keeps inode numbers what they are. */
  const struct mount_option options[] = {
    { "source", "workspace" }, { "lowerdir", lower }, { "upperdir", upper }, { "workdir", work },
    { "xino", "on" }, { "index", "off" }, { "userxattr", NULL }, { NULL, NULL },
  };
  const size_t prefix = strlen (STAGE_WORKSPACE "/"), place = strlen (work);
  int workspace = open (STAGE_WORKSPACE, O_PATH | O_DIRECTORY | O_CLOEXEC), made = -1;

  snprintf (upper, sizeof upper, STAGE_WORKSPACE "/layers/root/upper%s%s", *path != '\0' ? "/" : "", path);
  workdir_name (path, work + place, sizeof work - place);
  if (workspace < 0)
    return wire_fail (fault, errno, "opening the workspace");
  made = make_beneath (workspace, upper + prefix, fault);
  if (made >= 0) {
    close (made);
    made = make_beneath (workspace, work + prefix, fault);
  }
  close (workspace);
  if (made < 0)
    return -1;
  close (made);
  return mount_new ("overlay", options, MOUNT_ATTR_NODEV, fault);
}
