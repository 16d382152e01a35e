/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspend/obstacles.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/inject.h"
#include "suspend/sockets.h"

enum { MAX_SUSPECTS = 64, SETTLE_MS = 100, MAX_SETTLES = 20 };

struct search {
  const struct tree         *tree;
  const struct tree_process *process;
  struct socket_table        sockets;
  unsigned long              suspects[MAX_SUSPECTS]; /* sockets that have seemed to lead outside at every look */
  unsigned                   n_suspects;
  FILE                      *out;
};

static void
note (struct search *search, const char *weight, const char *word, const char *detail)
{
  char clean[200];
  size_t length = 0;

  for (; detail[length] != '\0' && length < sizeof clean - 1; length++)
    clean[length] = (unsigned char) detail[length] < ' ' ? '?' : detail[length];
  clean[length] = '\0';
  fprintf (search->out, "%s\t%d\t%s\t%s\t%s\n", weight, search->process->inside, word, search->process->name, clean);
}

static void
stop (struct search *search, const char *word, const char *detail)
{
  note (search, "stop", word, detail);
}

static bool
begins (const char *text, const char *start)
{
  return strncmp (text, start, strlen (start)) == 0;
}

static bool
is_one_of (const char *text, const char *const *words)
{
  for (; *words != NULL; words++)
    if (strcmp (text, *words) == 0)
      return true;
  return false;
}

static bool
is_foreign_device (const char *path)
{
  static const char *const own[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
                                     "/dev/ptmx", NULL };

  return begins (path, "/dev/") && !is_one_of (path, own) && !begins (path, "/dev/pts/") && !begins (path, "/dev/shm/");
}

/* --- one process ------------------------------------------------------------------------------------------------------ */

static void
check_namespaces (struct search *search)
{
  static const char *const names[] = { "user", "pid", "net" };
  char own[64], expected[64], link[16];

  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    snprintf (link, sizeof link, "ns/%s", names[i]);
    tree_link (search->process->pid, link, own, sizeof own);
    if (*own != '\0' && strcmp (own, tree_link (search->tree->list[0].pid, link, expected, sizeof expected)) != 0) {
      stop (search, "namespace", names[i]);
      return;
    }
  }
}

static bool
is_32_bit (pid_t pid)
{
  unsigned char start[EI_NIDENT] = { 0 };
  char path[64];
  int fd;

  snprintf (path, sizeof path, "/proc/%d/exe", pid);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  if (read (fd, start, sizeof start) != sizeof start)
    start[EI_CLASS] = ELFCLASS32;
  close (fd);
  return start[EI_CLASS] == ELFCLASS32;
}

/* A program with a label has mounts of its own, and with them a Landlock domain, which CRIU loses without a word, and a filter
 * whose questions go to pid 1. Where pid 1 could not give it these again, it could do afterwards what it must not do before. */
static bool
is_confined (struct search *search)
{
  char own[64], expected[64];

  if (inject_is_supported && !is_32_bit (search->process->pid))
    return false;
  tree_link (search->process->pid, "ns/mnt", own, sizeof own);
  return *own != '\0' && strcmp (own, tree_link (search->tree->list[0].pid, "ns/mnt", expected, sizeof expected)) != 0;
}

static void
check_state (struct search *search)
{
  char value[64];

  if (!search->process->below)
    stop (search, "stray", "");
  if (*tree_field (search->process->pid, "status", "State:", value, sizeof value) == 'Z')
    return; /* nothing is left of it to look at */
  if (atoi (tree_field (search->process->pid, "status", "TracerPid:", value, sizeof value)) != 0)
    stop (search, "traced", "");
}

/* Whether the descriptor was opened in another mount namespace: its mount is not among those of the process. */
static bool
is_from_outside (struct search *search, const char *fd)
{
  char file[300], mount[32], line[16];

  snprintf (file, sizeof file, "fdinfo/%s", fd);
  if (*tree_field (search->process->pid, file, "mnt_id:", mount, sizeof mount) == '\0')
    return false;
  strcat (mount, " ");
  /* Each line of mountinfo begins with the mount's number. */
  return *tree_field (search->process->pid, "mountinfo", mount, line, sizeof line) == '\0';
}

static void
check_path (struct search *search, const char *fd, const char *target)
{
  if (is_foreign_device (target))
    stop (search, "device", target);
  else if (begins (target, "/secretmem"))
    stop (search, "secret-memory", "");
  else if (!begins (target, "/memfd:") && is_from_outside (search, fd))
    stop (search, "outside-file", target);
}

/* Its other end is in no process of the view; perhaps only because it is being accepted or closed just now. */
static bool
leads_outside (const struct search *search, const struct socket_entry *socket)
{
  const struct socket_entry *peer = sockets_find (&search->sockets, socket->peer);

  return socket->kind == SOCKET_UNIX_CONNECTED && strcmp (socket->name, DESKTOP_SOCKET) != 0
         && (peer == NULL || !peer->inside);
}

/* It is the one who listens that has a name; known where that is on the same network. */
static const char *
name_of_pair (const struct search *search, const struct socket_entry *socket)
{
  const struct socket_entry *peer = sockets_find (&search->sockets, socket->peer);

  if (*socket->name != '\0')
    return socket->name;
  return peer != NULL && *peer->name != '\0' ? peer->name : "without a name";
}

static bool
is_suspect (const struct search *search, unsigned long inode)
{
  for (unsigned i = 0; i < search->n_suspects; i++)
    if (search->suspects[i] == inode)
      return true;
  return false;
}

static void
check_socket (struct search *search, const char *target)
{
  const struct socket_entry *socket = sockets_find (&search->sockets, strtoul (target + strlen ("socket:["), NULL, 10));

  if (socket == NULL)
    return;
  if (socket->kind == SOCKET_RAW)
    stop (search, "raw-socket", "");
  else if (socket->kind == SOCKET_TCP_CONNECTED)
    note (search, "loss", "connection", socket->name);
  else if (socket->kind == SOCKET_UNIX_CONNECTED && strcmp (socket->name, DESKTOP_SOCKET) == 0)
    note (search, "viewer", "viewer", "");
  else if (leads_outside (search, socket) && is_suspect (search, socket->inode))
    stop (search, "outside-socket", name_of_pair (search, socket));
}

static void
check_descriptor (pid_t pid, const char *fd, const char *target, void *data)
{
  static const char *const fine[] = { "[eventfd]", "[eventpoll]", "[signalfd]", "[timerfd]", "inotify", "[fanotify]",
                                      "[pidfd]", NULL };
  struct search *search = data;

  if (begins (target, "anon_inode:")) {
    if (!is_one_of (target + strlen ("anon_inode:"), fine))
      stop (search, "kernel-object", target + strlen ("anon_inode:"));
  } else if (begins (target, "socket:["))
    check_socket (search, target);
  else if (target[0] == '/')
    check_path (search, fd, target);
}

static void
check_mapping (pid_t pid, const char *range, const char *target, void *data)
{
  struct search *search = data;
  char path[300];
  int fd, seals;

  if (is_foreign_device (target))
    stop (search, "device", target);
  if (!begins (target, "/memfd:"))
    return;
  snprintf (path, sizeof path, "/proc/%d/map_files/%s", pid, range);
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  seals = fd >= 0 ? fcntl (fd, F_GET_SEALS) : -1;
  if (seals >= 0 && (seals & F_SEAL_WRITE) != 0)
    stop (search, "sealed-memory", "");
  if (fd >= 0)
    close (fd);
}

/* --- all of them ------------------------------------------------------------------------------------------------------ */

static void
collect_socket (pid_t pid, const char *fd, const char *target, void *data)
{
  struct search *search = data;

  if (begins (target, "socket:["))
    sockets_mark_inside (&search->sockets, strtoul (target + strlen ("socket:["), NULL, 10));
}

static void
check_mounts (struct search *search)
{
  static const char *const fine[] = { "overlay", "tmpfs", "proc", "devpts", "mqueue", "sysfs", "ext4", "xfs", "btrfs",
                                      "f2fs", NULL };
  char path[32], line[2048], type[64], place[512];
  FILE *in;

  snprintf (path, sizeof path, "/proc/%d/mountinfo", search->process->pid);
  in = fopen (path, "re");
  while (in != NULL && fgets (line, sizeof line, in) != NULL) {
    const char *rest = strstr (line, " - ");

    if (rest != NULL && sscanf (rest, " - %63s", type) == 1 && sscanf (line, "%*d %*d %*s %*s %511s", place) == 1
        && !is_one_of (type, fine) && !begins (place, LIVE_BUNDLES "/"))
      stop (search, "mount", place);
  }
  if (in != NULL)
    fclose (in);
}

static void
read_sockets (struct search *search)
{
  sockets_read (&search->sockets, search->tree->list[0].pid);
  for (size_t i = 0; i < search->tree->count; i++)
    tree_each_descriptor (search->tree->list[i].pid, collect_socket, search);
}

static void
find_suspects (struct search *search)
{
  for (size_t i = 0; i < search->sockets.count && search->n_suspects < MAX_SUSPECTS; i++)
    if (search->sockets.list[i].inside && leads_outside (search, &search->sockets.list[i]))
      search->suspects[search->n_suspects++] = search->sockets.list[i].inode;
}

static void
keep_suspects (struct search *search)
{
  unsigned kept = 0;

  for (unsigned i = 0; i < search->n_suspects; i++) {
    const struct socket_entry *socket = sockets_find (&search->sockets, search->suspects[i]);

    if (socket != NULL && leads_outside (search, socket))
      search->suspects[kept++] = search->suspects[i];
  }
  search->n_suspects = kept;
}

/* The processes run while we look, and a server that is only starting takes its time to accept: what leads outside must do so
 * for a while. */
static void
look_at_sockets (struct search *search)
{
  read_sockets (search);
  find_suspects (search);
  /* Pid 1's own connection is always one. */
  for (unsigned i = 0; i < MAX_SETTLES && search->n_suspects > 1; i++) {
    poll (NULL, 0, SETTLE_MS);
    sockets_free (&search->sockets);
    read_sockets (search);
    keep_suspects (search);
  }
}

/* A process of pid 1's own, which connects for a program with a label; it is gone before anything is saved. */
static bool
is_of_init (struct search *search)
{
  char own[PATH_MAX], expected[PATH_MAX];

  tree_link (search->process->pid, "exe", own, sizeof own);
  return search->process->parent == search->tree->list[0].pid && *own != '\0'
         && strcmp (own, tree_link (search->tree->list[0].pid, "exe", expected, sizeof expected)) == 0;
}

void
obstacles_write (const struct tree *tree, FILE *out)
{
  struct search search = { .tree = tree, .out = out };

  look_at_sockets (&search);
  for (size_t i = 0; i < tree->count; i++) {
    search.process = &tree->list[i];
    check_state (&search);
    if (i == 0) {
      check_mounts (&search);
      continue; /* what pid 1 has open, it has for its client, which leaves, or for those that are confined */
    }
    if (is_of_init (&search))
      continue;
    if (is_confined (&search)) {
      stop (&search, "confined", "");
      continue;
    }
    check_namespaces (&search);
    tree_each_descriptor (search.process->pid, check_descriptor, &search);
    tree_each_mapping (search.process->pid, check_mapping, &search);
  }
  sockets_free (&search.sockets);
}
