/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/group.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define HIERARCHY "/sys/fs/cgroup"

/* The path of @pid in the hierarchy of version 2 into @path. */
static int
read_path (pid_t pid, char *path, size_t size)
{
  char name[32], line[PATH_MAX];
  int found = -1;
  FILE *in;

  snprintf (name, sizeof name, "/proc/%d/cgroup", pid);
  in = fopen (name, "re");
  while (in != NULL && found != 0 && fgets (line, sizeof line, in) != NULL) {
    line[strcspn (line, "\n")] = '\0';
    if (strncmp (line, "0::/", 4) == 0 && strstr (line, "/..") == NULL
        && snprintf (path, size, HIERARCHY "%s", line + 3) < (int) size)
      found = 0;
  }
  if (in != NULL)
    fclose (in);
  return found;
}

/* The group of the client, or -1. Should it have ended and its number be another's: that group is this user's, or it is not taken. */
static int
open_group (int socket, uid_t uid)
{
  struct ucred peer;
  socklen_t length = sizeof peer;
  char path[PATH_MAX];
  struct statfs kind;
  struct stat info;
  int group;

  if (statfs (HIERARCHY, &kind) != 0 || kind.f_type != CGROUP2_SUPER_MAGIC) /* soon told, where groups are of version 1 */
    return -1;
  if (getsockopt (socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.pid <= 0
      || read_path (peer.pid, path, sizeof path) != 0)
    return -1;
  group = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (group < 0)
    return -1;
  if (fstatfs (group, &kind) == 0 && kind.f_type == CGROUP2_SUPER_MAGIC && fstat (group, &info) == 0 && info.st_uid == uid)
    return group;
  close (group);
  return -1;
}

/* A view that cannot be put there runs as it would where groups are of version 1: the client finds out when it sets a budget. */
void
group_join_client (pid_t pid, int socket, uid_t uid)
{
  int group = open_group (socket, uid), procs;

  if (group < 0)
    return;
  procs = openat (group, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (procs < 0 || dprintf (procs, "%d", pid) < 0)
    perror ("domicile-helper: putting a workspace into its user's control group");
  if (procs >= 0)
    close (procs);
  close (group);
}
