/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/live.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/mounts.h"

enum { PATH_ROOM = 256 };

/* A name is no path. */
static bool
find_place (const char *name, long length, char *place)
{
  if (length < 2 || name[length - 1] != '\0' || name[0] == '.' || strchr (name, '/') != NULL)
    return false;
  return snprintf (place, PATH_ROOM, LIVE_BUNDLES "/%s", name) < PATH_ROOM;
}

int
live_mount (const char *name, long length, const int *fds, unsigned n_fds)
{
  struct wire_fault fault = { 0 };
  char place[PATH_ROOM];
  int mount;

  if (n_fds != 1 || !find_place (name, length, place))
    return EINVAL;
  mkdir (LIVE_BUNDLES, 0755);
  if (mkdir (place, 0755) != 0 && errno != EEXIST)
    return errno;
  mount = fcntl (fds[0], F_DUPFD_CLOEXEC, 3);
  if (mount >= 0 && mount_attach (&mount, AT_FDCWD, place, &fault) == 0)
    return 0;
  fault.error = mount < 0 ? errno : fault.error;
  close_fd (&mount);
  rmdir (place);
  return fault.error;
}

int
live_unmount (const char *name, long length)
{
  char place[PATH_ROOM];

  if (!find_place (name, length, place))
    return EINVAL;
  if (umount2 (place, UMOUNT_NOFOLLOW) != 0)
    return errno;
  rmdir (place);
  return 0;
}
