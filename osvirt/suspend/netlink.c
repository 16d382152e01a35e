/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/netlink.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "suspend/sockets.h"

static void
drain (pid_t pid, const char *number)
{
  int process = (int) syscall (SYS_pidfd_open, pid, 0);
  int fd = process >= 0 ? (int) syscall (SYS_pidfd_getfd, process, atoi (number), 0) : -1;
  char news[8192];

  while (fd >= 0 && recv (fd, news, sizeof news, MSG_DONTWAIT | MSG_TRUNC) > 0)
    ;
  if (fd >= 0)
    close (fd);
  if (process >= 0)
    close (process);
}

static void
take_descriptor (pid_t pid, const char *number, const char *target, void *data)
{
  const struct socket_table *table = data;
  const struct socket_entry *socket;

  if (strncmp (target, "socket:[", strlen ("socket:[")) != 0)
    return;
  socket = sockets_find (table, strtoul (target + strlen ("socket:["), NULL, 10));
  if (socket != NULL && socket->kind == SOCKET_NETLINK_WAITING)
    drain (pid, number);
}

void
netlink_drain (const struct tree *tree)
{
  struct socket_table table;

  sockets_read (&table, tree->list[0].pid);
  for (size_t i = 0; i < tree->count; i++)
    tree_each_descriptor (tree->list[i].pid, take_descriptor, &table);
  sockets_free (&table);
}
