/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Where a desktop's X server listens for viewers, inside. */
#define DESKTOP_SOCKET "/run/desktop.sock"

enum socket_kind { SOCKET_OTHER, SOCKET_UNIX_CONNECTED, SOCKET_TCP_CONNECTED, SOCKET_RAW };

struct socket_entry {
  unsigned long    inode, peer; /* peer: of a unix socket; the listening one until it is accepted; 0: outside this network */
  enum socket_kind kind;
  bool             inside;      /* some process of the view has it */
  char             name[64];    /* the peer's address (TCP), or the socket's own (unix) */
};

struct socket_wait {
  unsigned long listener, client; /* inodes */
};

struct socket_table {
  struct socket_entry *list; /* by rising inode */
  size_t               count;
  struct socket_wait  *waits; /* connections that are not yet accepted */
  size_t               n_waits;
};

/* The sockets of the network that process @pid is in; what cannot be read is left out. */
void sockets_read (struct socket_table *table, pid_t pid);
void sockets_free (struct socket_table *table);

/* (nullable) */
const struct socket_entry *sockets_find (const struct socket_table *table, unsigned long inode);
void                       sockets_mark_inside (struct socket_table *table, unsigned long inode);
