/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME "netlink-groups"

enum { MAX_WORDS = 32, BITS = 32 };

struct muting {
  const struct tree *tree;
  FILE              *out; /* NULL: noted already */
};

/* A copy of another process's descriptor, if it is a netlink socket; or -1. */
static int
borrow (pid_t pid, int number)
{
  int process = (int) syscall (SYS_pidfd_open, pid, 0), domain = 0;
  int fd = process >= 0 ? (int) syscall (SYS_pidfd_getfd, process, number, 0) : -1;
  socklen_t size = sizeof domain;

  if (process >= 0)
    close (process);
  if (fd < 0 || (getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK))
    return fd;
  close (fd);
  return -1;
}

/* Of the host's network and devices, which anybody may hear. Into other groups an image could have us put its processes, with
 * rights that they have not. */
static bool
hears_news (int fd)
{
  int protocol = -1;
  socklen_t size = sizeof protocol;

  return getsockopt (fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0
         && (protocol == NETLINK_ROUTE || protocol == NETLINK_KOBJECT_UEVENT);
}

static pid_t
inside_of (const struct tree *tree, pid_t pid)
{
  for (size_t i = 0; i < tree->count; i++)
    if (tree->list[i].pid == pid)
      return tree->list[i].inside;
  return 0;
}

static void
leave_groups (const struct muting *muting, pid_t pid, int number, int fd)
{
  uint32_t words[MAX_WORDS] = { 0 };
  socklen_t size = sizeof words;

  if (!hears_news (fd) || getsockopt (fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, words, &size) != 0)
    return;
  for (unsigned bit = 0; bit < MAX_WORDS * BITS; bit++) {
    int group = (int) bit + 1;

    if ((words[bit / BITS] & (1U << (bit % BITS))) == 0)
      continue;
    if (setsockopt (fd, SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof group) == 0 && muting->out != NULL)
      fprintf (muting->out, "%d %d %d\n", inside_of (muting->tree, pid), number, group);
  }
}

static void
mute (pid_t pid, const char *number, const char *target, void *data)
{
  char news[8192];
  int fd;

  if (strncmp (target, "socket:[", strlen ("socket:[")) != 0)
    return;
  fd = borrow (pid, atoi (number));
  if (fd < 0)
    return;
  leave_groups (data, pid, atoi (number), fd);
  while (recv (fd, news, sizeof news, MSG_DONTWAIT | MSG_TRUNC) > 0)
    ;
  close (fd);
}

void
netlink_mute (const struct tree *tree, int image)
{
  int fd = openat (image, NAME, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
  struct muting muting = { .tree = tree, .out = fd >= 0 ? fdopen (fd, "a") : NULL };

  for (size_t i = 0; i < tree->count; i++)
    tree_each_descriptor (tree->list[i].pid, mute, &muting);
  if (muting.out != NULL)
    fclose (muting.out);
}

void
netlink_unmute (const struct tree *tree, int image)
{
  int fd = openat (image, NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), inside, number, group;
  FILE *in = fd >= 0 ? fdopen (fd, "r") : NULL;

  while (in != NULL && fscanf (in, "%d %d %d", &inside, &number, &group) == 3)
    for (size_t i = 0; i < tree->count; i++) {
      int own = tree->list[i].inside == inside ? borrow (tree->list[i].pid, number) : -1;

      if (own >= 0 && hears_news (own))
        setsockopt (own, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
      if (own >= 0)
        close (own);
    }
  if (in != NULL)
    fclose (in);
  else if (fd >= 0)
    close (fd);
}
