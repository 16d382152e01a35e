/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/sockets.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TCP_LISTENING = 10, TCP_CONNECTED = 1, BUFFER = 32 * 1024 };

static void
add (struct socket_table *table, const struct socket_entry *entry)
{
  struct socket_entry *larger = reallocarray (table->list, table->count + 1, sizeof *larger);

  if (larger == NULL)
    return;
  table->list = larger;
  larger[table->count++] = *entry;
}

/* --- unix sockets, by netlink: only there the peer is told ------------------------------------------------------------- */

/* @clients: the inodes of those that have connected to @listener, which has not accepted them. */
static void
add_waits (struct socket_table *table, unsigned long listener, const uint32_t *clients, size_t count)
{
  struct socket_wait *larger = reallocarray (table->waits, table->n_waits + count, sizeof *larger);

  if (larger == NULL)
    return;
  table->waits = larger;
  for (size_t i = 0; i < count; i++)
    larger[table->n_waits++] = (struct socket_wait){ listener, clients[i] };
}

/* The other end of such a connection is nobody's yet; it will be the listener's. */
static void
apply_waits (struct socket_table *table)
{
  for (size_t i = 0; i < table->n_waits; i++) {
    struct socket_entry *client = (struct socket_entry *) sockets_find (table, table->waits[i].client);

    if (client != NULL && client->peer == 0)
      client->peer = table->waits[i].listener;
  }
}

static void
add_unix (struct socket_table *table, const struct nlmsghdr *head)
{
  const struct unix_diag_msg *message = NLMSG_DATA (head);
  const struct rtattr *attribute = (const struct rtattr *) (message + 1);
  int left = (int) (head->nlmsg_len - NLMSG_LENGTH (sizeof *message));
  struct socket_entry entry = { .inode = message->udiag_ino };

  if (message->udiag_state == TCP_CONNECTED)
    entry.kind = SOCKET_UNIX_CONNECTED;
  for (; RTA_OK (attribute, left); attribute = RTA_NEXT (attribute, left)) {
    if (attribute->rta_type == UNIX_DIAG_PEER && RTA_PAYLOAD (attribute) >= sizeof (uint32_t))
      entry.peer = *(const uint32_t *) RTA_DATA (attribute);
    else if (attribute->rta_type == UNIX_DIAG_ICONS && RTA_PAYLOAD (attribute) >= sizeof (uint32_t))
      add_waits (table, entry.inode, RTA_DATA (attribute), RTA_PAYLOAD (attribute) / sizeof (uint32_t));
    else if (attribute->rta_type == UNIX_DIAG_NAME) {
      size_t length = RTA_PAYLOAD (attribute) < sizeof entry.name - 1 ? RTA_PAYLOAD (attribute) : sizeof entry.name - 1;

      memcpy (entry.name, RTA_DATA (attribute), length);
      if (length > 0 && entry.name[0] == '\0')
        entry.name[0] = '@';
    }
  }
  add (table, &entry);
}

/* Returns false at the end of the answer. */
static bool
take_answer (struct socket_table *table, const char *buffer, ssize_t got)
{
  unsigned left = (unsigned) got;

  for (const struct nlmsghdr *head = (const struct nlmsghdr *) buffer; NLMSG_OK (head, left); head = NLMSG_NEXT (head, left)) {
    if (head->nlmsg_type == NLMSG_DONE || head->nlmsg_type == NLMSG_ERROR)
      return false;
    add_unix (table, head);
  }
  return true;
}

/* A socket that tells of the sockets on the network of a process. */
static int
open_diagnosis (pid_t pid)
{
  char path[64];
  int own = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), theirs, fd = -1;

  snprintf (path, sizeof path, "/proc/%d/ns/net", pid);
  theirs = open (path, O_RDONLY | O_CLOEXEC);
  if (own >= 0 && theirs >= 0 && setns (theirs, CLONE_NEWNET) == 0) {
    fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (setns (own, CLONE_NEWNET) != 0)
      _exit (1); /* never go on in somebody's network */
  }
  if (own >= 0)
    close (own);
  if (theirs >= 0)
    close (theirs);
  return fd;
}

static void
read_unix (struct socket_table *table, pid_t pid)
{
  struct {
    struct nlmsghdr      head;
    struct unix_diag_req request;
  } question = {
    .head = { .nlmsg_len = sizeof question, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
    .request = { .sdiag_family = AF_UNIX, .udiag_states = ~0U, .udiag_show = UDIAG_SHOW_PEER | UDIAG_SHOW_NAME | UDIAG_SHOW_ICONS },
  };
  static char buffer[BUFFER] __attribute__ ((aligned (8)));
  int fd = open_diagnosis (pid);
  ssize_t got = fd >= 0 ? send (fd, &question, sizeof question, 0) : -1;

  while (got > 0 && (got = recv (fd, buffer, sizeof buffer, 0)) > 0)
    if (!take_answer (table, buffer, got))
      break;
  if (fd >= 0)
    close (fd);
}

/* --- the others, by /proc/PID/net ---------------------------------------------------------------------------------------- */

/* 0100007F:1F90, or 32 digits for IPv6, as the kernel prints it: words in the machine's byte order. */
static void
print_address (const char *hex, char *text, size_t room)
{
  unsigned char bytes[16] = { 0 };
  size_t words = strcspn (hex, ":") / 8;
  char host[INET6_ADDRSTRLEN] = "?", word[9] = "";
  unsigned long port = strtoul (hex + strcspn (hex, ":") + 1, NULL, 16);

  for (size_t i = 0; i < words && i < 4; i++) {
    uint32_t value;

    memcpy (word, hex + 8 * i, 8);
    value = (uint32_t) strtoul (word, NULL, 16);
    memcpy (bytes + 4 * i, &value, 4);
  }
  inet_ntop (words == 4 ? AF_INET6 : AF_INET, bytes, host, sizeof host);
  snprintf (text, room, words == 4 ? "[%s]:%lu" : "%s:%lu", host, port);
}

static void
read_internet (struct socket_table *table, pid_t pid, const char *file, bool tcp)
{
  char path[64], line[512], remote[64], state[8];
  FILE *in;

  snprintf (path, sizeof path, "/proc/%d/net/%s", pid, file);
  in = fopen (path, "re");
  while (in != NULL && fgets (line, sizeof line, in) != NULL) {
    struct socket_entry entry = { .kind = tcp ? SOCKET_TCP_CONNECTED : SOCKET_RAW };

    if (sscanf (line, "%*s %*s %63s %7s %*s %*s %*s %*s %*s %lu", remote, state, &entry.inode) != 3)
      continue;
    if (tcp && strtol (state, NULL, 16) == TCP_LISTENING)
      entry.kind = SOCKET_OTHER;
    print_address (remote, entry.name, sizeof entry.name);
    add (table, &entry);
  }
  if (in != NULL)
    fclose (in);
}

static void
read_packet (struct socket_table *table, pid_t pid)
{
  char path[64], line[512];
  struct socket_entry entry = { .kind = SOCKET_RAW };
  FILE *in;

  snprintf (path, sizeof path, "/proc/%d/net/packet", pid);
  in = fopen (path, "re");
  while (in != NULL && fgets (line, sizeof line, in) != NULL)
    if (sscanf (line, "%*s %*s %*s %*s %*s %*s %*s %*s %lu", &entry.inode) == 1)
      add (table, &entry);
  if (in != NULL)
    fclose (in);
}

static int
by_inode (const void *a, const void *b)
{
  const struct socket_entry *x = a, *y = b;

  return x->inode < y->inode ? -1 : x->inode > y->inode;
}

void
sockets_read (struct socket_table *table, pid_t pid)
{
  *table = (struct socket_table){ NULL, 0, NULL, 0 };
  read_unix (table, pid);
  read_internet (table, pid, "tcp", true);
  read_internet (table, pid, "tcp6", true);
  read_internet (table, pid, "raw", false);
  read_internet (table, pid, "raw6", false);
  read_packet (table, pid);
  if (table->count > 0)
    qsort (table->list, table->count, sizeof *table->list, by_inode);
  apply_waits (table);
}

void
sockets_free (struct socket_table *table)
{
  free (table->list);
  free (table->waits);
}

const struct socket_entry *
sockets_find (const struct socket_table *table, unsigned long inode)
{
  const struct socket_entry key = { .inode = inode };

  return table->count == 0 || inode == 0 ? NULL : bsearch (&key, table->list, table->count, sizeof key, by_inode);
}

void
sockets_mark_inside (struct socket_table *table, unsigned long inode)
{
  struct socket_entry *entry = (struct socket_entry *) sockets_find (table, inode);

  if (entry != NULL)
    entry->inside = true;
}
