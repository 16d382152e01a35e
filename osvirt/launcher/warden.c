/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/warden-private.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "launcher/place.h"
#include "launcher/wire.h"

struct sandbox  *sandboxes[MAX_SANDBOXES];
unsigned         n_sandboxes;
struct listener  listeners[MAX_LISTENERS];
unsigned         n_listeners;
struct ask       asks[MAX_ASKS];
bool             warden_rests;
static uint32_t  last_serial;

bool
warden_has_room (void)
{
  return n_sandboxes < MAX_SANDBOXES && n_listeners < MAX_LISTENERS;
}

void
warden_add_listener (struct sandbox *sandbox, int fd)
{
  listeners[n_listeners++] = (struct listener){ sandbox, fd };
  sandbox->n_listeners++;
}

void
warden_add (struct sandbox *sandbox, int listener)
{
  sandboxes[n_sandboxes++] = sandbox;
  warden_add_listener (sandbox, listener);
}

void
warden_drop_listener (unsigned index)
{
  for (unsigned i = 0; i < MAX_ASKS; i++)
    if (asks[i].serial != 0 && asks[i].listener == listeners[index].fd)
      asks[i].serial = 0;
  close (listeners[index].fd);
  listeners[index].sandbox->n_listeners--;
  listeners[index] = listeners[--n_listeners];
}

void
warden_sweep (int agent)
{
  for (unsigned i = n_sandboxes; !warden_rests && i-- > 0;) {
    struct init_message message = { .verb = INIT_ENDED, .pid = (int32_t) sandboxes[i]->id };

    if (sandboxes[i]->n_listeners > 0)
      continue;
    wire_send (agent, &message, sizeof message, NULL, 0, 0);
    sandbox_free (sandboxes[i]);
    sandboxes[i] = sandboxes[--n_sandboxes];
  }
}

struct sandbox *
warden_find (uint32_t id)
{
  for (unsigned i = 0; i < n_sandboxes; i++)
    if (sandboxes[i]->id == id)
      return sandboxes[i];
  return NULL;
}

/* --- the kernel's side --- */

static void
respond (int listener, uint64_t cookie, int error)
{
  struct seccomp_notif_resp response = { .id = cookie, .error = -error };

  if (error == 0)
    response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  ioctl (listener, SECCOMP_IOCTL_NOTIF_SEND, &response); /* a program that has ended needs none */
}

static bool
is_current (int listener, uint64_t cookie)
{
  return ioctl (listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &cookie) == 0;
}

/* Up to @size bytes of a thread's memory, over at most two pages. */
static ssize_t
peek (pid_t tid, uint64_t address, void *buffer, size_t size)
{
  size_t first = 4096 - (address & 4095);
  struct iovec local = { buffer, size }, remote[2];

  if (first > size)
    first = size;
  remote[0] = (struct iovec){ (void *) (uintptr_t) address, first };
  remote[1] = (struct iovec){ (void *) (uintptr_t) (address + first), size - first };
  return process_vm_readv (tid, &local, 1, remote, size > first ? 2 : 1, 0);
}

pid_t
warden_process_of (pid_t tid)
{
  char path[64], line[128];
  FILE *file;
  int pid = 0;

  snprintf (path, sizeof path, "/proc/%d/status", tid);
  file = fopen (path, "re");
  while (file != NULL && fgets (line, sizeof line, file) != NULL)
    if (sscanf (line, "Tgid: %d", &pid) == 1)
      break;
  if (file != NULL)
    fclose (file);
  return pid;
}

/* Descriptor @fd of a thread's process, as one of ours. */
static int
take_fd (pid_t tid, int fd)
{
  int pidfd = (int) syscall (SYS_pidfd_open, warden_process_of (tid), 0);
  int taken = pidfd < 0 ? -1 : (int) syscall (SYS_pidfd_getfd, pidfd, fd, 0);

  if (pidfd >= 0)
    close (pidfd);
  return taken;
}

/* --- asking --- */

static void
describe_address (const struct sockaddr_storage *address, char *text, size_t room)
{
  const struct sockaddr_in *four = (const void *) address;
  const struct sockaddr_in6 *six = (const void *) address;
  char name[INET6_ADDRSTRLEN] = "";

  if (address->ss_family == AF_INET)
    inet_ntop (AF_INET, &four->sin_addr, name, sizeof name);
  else if (IN6_IS_ADDR_V4MAPPED (&six->sin6_addr)) /* another spelling of the same address */
    inet_ntop (AF_INET, &six->sin6_addr.s6_addr[12], name, sizeof name);
  else
    inet_ntop (AF_INET6, &six->sin6_addr, name, sizeof name);
  snprintf (text, room, "%s %u", name, ntohs (four->sin_port)); /* the port has one place in both */
}

/* Returns false where nobody can be asked. */
static bool
ask_agent (int agent, const struct ask *ask, unsigned index, const char *text)
{
  struct {
    struct init_message head;
    char                text[PATH_MAX];
  } message = { .head = { .verb = INIT_ASK, .pid = (int32_t) ask->id, .value = ask->kind, .argc = index } };
  struct ask *free_one = asks;

  while (free_one < asks + MAX_ASKS && free_one->serial != 0)
    free_one++;
  if (free_one == asks + MAX_ASKS)
    return false;
  last_serial = last_serial == UINT32_MAX ? 1 : last_serial + 1;
  message.head.serial = last_serial;
  snprintf (message.text, sizeof message.text, "%s", text);
  if (wire_send (agent, &message, sizeof message.head + strlen (message.text) + 1, NULL, 0, MSG_DONTWAIT) != 0)
    return false;
  *free_one = *ask;
  free_one->serial = last_serial;
  return true;
}

/* Connecting may take minutes, so a process of its own does it. @slot: where the question was, which is kept until then */
static void
connect_for (const struct ask *ask, struct ask *slot)
{
  struct seccomp_notif_resp response = { .id = ask->cookie };
  pid_t child = fork ();
  int fd;

  if (child < 0)
    respond (ask->listener, ask->cookie, EAGAIN);
  if (child > 0) {
    *slot = *ask;
    slot->child = child; /* reaped with the others */
  }
  if (child != 0)
    return;
  fd = take_fd (ask->tid, ask->fd);
  if (fd < 0 || !is_current (ask->listener, ask->cookie))
    response.error = -EBADF;
  else if (connect (fd, (const struct sockaddr *) &ask->address, ask->length) != 0)
    response.error = -errno;
  ioctl (ask->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  _exit (0);
}

void
warden_reaped (pid_t pid)
{
  for (unsigned i = 0; i < MAX_ASKS; i++)
    if (asks[i].serial != 0 && asks[i].child == pid)
      asks[i].serial = 0;
}

static void
bind_for (const struct ask *ask)
{
  struct seccomp_notif_resp response = { .id = ask->cookie };
  int fd = take_fd (ask->tid, ask->fd);
  int result = fd < 0 || !is_current (ask->listener, ask->cookie) ? -1
               : ask->length > 0 ? bind (fd, (const struct sockaddr *) &ask->address, ask->length)
                                 : listen (fd, ask->backlog);

  if (result != 0)
    response.error = fd < 0 ? -EBADF : -errno;
  ioctl (ask->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
  if (fd >= 0)
    close (fd);
}

static void
shut_down (const struct ask *ask)
{
  struct sockaddr_storage peer = { 0 };
  socklen_t length = sizeof peer;
  int fd = take_fd (ask->tid, ask->fd);

  /* The number may mean another connection by now. */
  if (fd >= 0 && getpeername (fd, (struct sockaddr *) &peer, &length) == 0 && length == ask->length
      && memcmp (&peer, &ask->address, length) == 0)
    shutdown (fd, SHUT_RDWR);
  if (fd >= 0)
    close (fd);
}

void
warden_answer (uint32_t serial, int error)
{
  struct ask ask;
  unsigned i = 0;

  while (i < MAX_ASKS && (asks[i].serial == 0 || asks[i].serial != serial || asks[i].child != 0))
    i++;
  if (i == MAX_ASKS)
    return; /* whoever asked has ended */
  ask = asks[i];
  asks[i].serial = 0;
  if (ask.kind == ASKED_CONNECTION) {
    if (error != 0)
      shut_down (&ask);
  } else if (error != 0 || ask.kind == ASKED_READ || ask.kind == ASKED_WRITE)
    respond (ask.listener, ask.cookie, error);
  else if (ask.kind == ASKED_CONNECT)
    connect_for (&ask, &asks[i]);
  else
    bind_for (&ask);
}

/* --- the filter's questions --- */

/* What a call on a path is about. */
struct path_call {
  int      dir;
  uint64_t path;
  bool     opens, writes;
};

static bool
writes (uint64_t flags)
{
  return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
}

static bool
read_path_call (const struct seccomp_notif *notif, struct path_call *call)
{
  const __u64 *args = notif->data.args;
  uint64_t flags = 0;

  *call = (struct path_call){ .dir = AT_FDCWD, .path = args[0], .opens = true };
  switch (notif->data.nr) {
#ifdef __NR_open
  case __NR_open:
    call->writes = writes (args[1]);
    return true;
  case __NR_creat:
    call->writes = true;
    return true;
  case __NR_stat:
  case __NR_lstat:
  case __NR_access:
    call->opens = false;
    return true;
#endif
  case __NR_truncate:
    call->writes = true;
    return true;
  case __NR_chdir:
    return true;
  default:
    break;
  }
  call->dir = (int) args[0];
  call->path = args[1];
  if (notif->data.nr == __NR_openat)
    call->writes = writes (args[2]);
  else if (notif->data.nr == __NR_openat2)
    call->writes = peek ((pid_t) notif->pid, args[2], &flags, sizeof flags) == sizeof flags && writes (flags);
  else
    call->opens = false; /* newfstatat, statx, faccessat, faccessat2 */
  return true;
}

/* Whether a program may go on by itself: not where it comes to a place that its level does not allow. What it
 * then reaches is for the mounts to say. */
static bool
question_path (const struct sandbox *sandbox, int listener, const struct seccomp_notif *notif, int agent)
{
  struct ask ask = { .id = sandbox->id, .listener = listener, .cookie = notif->id, .tid = (pid_t) notif->pid };
  struct path_call call;
  char path[PATH_MAX];
  bool beneath = false;
  ssize_t length;
  char level;
  int index;

  read_path_call (notif, &call);
  length = peek (ask.tid, call.path, path, sizeof path - 1);
  if (length <= 0 || memchr (path, '\0', (size_t) length) == NULL)
    return true; /* the kernel will say so, too */
  index = place_find (sandbox, ask.tid, call.dir, path, &beneath);
  if (index < 0 || (!call.opens && !beneath))
    return true;
  level = sandbox->places[index].level;
  if (level == 'w' || (level == 'r' && !call.writes))
    return true;
  ask.kind = call.writes ? ASKED_WRITE : ASKED_READ;
  if (!ask_agent (agent, &ask, (unsigned) index, path))
    respond (ask.listener, ask.cookie, EAGAIN);
  return false;
}

static bool
is_internet (const struct sockaddr_storage *address, socklen_t length)
{
  return (address->ss_family == AF_INET && length >= sizeof (struct sockaddr_in))
         || (address->ss_family == AF_INET6 && length >= sizeof (struct sockaddr_in6));
}

/* listen() on a socket without a port takes one. */
static bool
has_port (const struct ask *ask)
{
  struct sockaddr_storage own = { 0 };
  socklen_t length = sizeof own;
  int fd = take_fd (ask->tid, ask->fd);
  bool bound = fd < 0 || getsockname (fd, (struct sockaddr *) &own, &length) != 0 || !is_internet (&own, length)
               || ((struct sockaddr_in *) &own)->sin_port != 0;

  if (fd >= 0)
    close (fd);
  return bound;
}

static bool
question_net (const struct sandbox *sandbox, int listener, const struct seccomp_notif *notif, int agent)
{
  struct ask ask = {
    .id = sandbox->id, .listener = listener, .cookie = notif->id, .tid = (pid_t) notif->pid,
    .fd = (int) notif->data.args[0], .kind = notif->data.nr == __NR_connect ? ASKED_CONNECT : ASKED_BIND,
  };
  char text[INET6_ADDRSTRLEN + 16] = "0.0.0.0 0";

  if (notif->data.nr == __NR_listen) {
    ask.backlog = (int) notif->data.args[1];
    if (has_port (&ask)) {
      if (is_current (ask.listener, ask.cookie))
        bind_for (&ask); /* not "go on": the number could mean another socket by then */
      return false;
    }
  } else {
    ask.length = (socklen_t) notif->data.args[2];
    if (ask.length > sizeof ask.address
        || peek (ask.tid, notif->data.args[1], &ask.address, ask.length) != (ssize_t) ask.length)
      return true; /* the kernel will say so, too */
    if (!is_internet (&ask.address, ask.length))
      return true; /* should it become one meanwhile, the Landlock domain refuses it */
    describe_address (&ask.address, text, sizeof text);
  }
  if (!ask_agent (agent, &ask, 0, text))
    respond (ask.listener, ask.cookie, EAGAIN);
  return false;
}

static void
serve_one (const struct sandbox *sandbox, int listener, int agent)
{
  union {
    struct seccomp_notif notif;
    char                 room[512]; /* a later kernel's may be longer */
  } question = { .room = { 0 } };
  bool go_on;

  if (ioctl (listener, SECCOMP_IOCTL_NOTIF_RECV, &question.notif) != 0)
    return;
  if (question.notif.data.nr == __NR_prctl)
    go_on = true; /* it has nothing to get */
  else if (question.notif.data.nr == __NR_connect || question.notif.data.nr == __NR_bind
      || question.notif.data.nr == __NR_listen)
    go_on = question_net (sandbox, listener, &question.notif, agent);
  else
    go_on = question_path (sandbox, listener, &question.notif, agent);
  if (go_on)
    respond (listener, question.notif.id, 0);
}

unsigned
warden_poll (struct pollfd *polled)
{
  for (unsigned i = 0; i < n_listeners; i++)
    polled[i] = (struct pollfd){ listeners[i].fd, POLLIN, 0 };
  return n_listeners;
}

void
warden_serve (const struct pollfd *polled, unsigned count, int agent)
{
  /* From the last, because forgetting one moves the last one into its place. */
  for (unsigned i = count; i-- > 0;) {
    if (polled[i].revents & POLLIN)
      serve_one (listeners[i].sandbox, listeners[i].fd, agent);
    else if (polled[i].revents != 0)
      warden_drop_listener (i); /* the last process with this filter has ended */
  }
  warden_sweep (agent);
}

/* --- the agent's wishes --- */

int
warden_set_place (uint32_t id, unsigned index, char level)
{
  struct sandbox *sandbox = warden_find (id);
  int own_mounts, error;

  if (sandbox == NULL)
    return ESRCH;
  own_mounts = open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (own_mounts < 0)
    return errno;
  error = sandbox_set_place (sandbox, index, level, own_mounts) == 0 ? 0 : errno;
  close (own_mounts);
  return error;
}

/* Calls @visit for each process that is among the mounts of a sandbox. */
int
warden_each_process (struct sandbox *sandbox, void (*visit) (pid_t pid, struct sandbox *sandbox, int extra), int extra)
{
  DIR *proc = opendir ("/proc");
  struct dirent *entry;
  struct stat own, theirs;
  int count = 0;

  while (proc != NULL && fstat (sandbox->mounts, &own) == 0 && (entry = readdir (proc)) != NULL) {
    pid_t pid = atoi (entry->d_name);
    char path[64];

    snprintf (path, sizeof path, "/proc/%d/ns/mnt", pid);
    if (pid <= 1 || stat (path, &theirs) != 0 || theirs.st_ino != own.st_ino || theirs.st_dev != own.st_dev)
      continue;
    visit (pid, sandbox, extra);
    count++;
  }
  if (proc != NULL)
    closedir (proc);
  return count;
}

static void
ask_process_connections (pid_t pid, struct sandbox *sandbox, int agent)
{
  char path[64], text[INET6_ADDRSTRLEN + 16];
  DIR *fds;
  struct dirent *entry;

  snprintf (path, sizeof path, "/proc/%d/fd", pid);
  fds = opendir (path);
  while (fds != NULL && (entry = readdir (fds)) != NULL) {
    struct ask ask = { .id = sandbox->id, .listener = -1, .kind = ASKED_CONNECTION, .tid = pid, .fd = atoi (entry->d_name) };
    char link[32];
    int fd;

    if (readlinkat (dirfd (fds), entry->d_name, link, sizeof link) < 7 || memcmp (link, "socket:", 7) != 0)
      continue;
    fd = take_fd (pid, ask.fd);
    ask.length = sizeof ask.address;
    if (fd >= 0 && getpeername (fd, (struct sockaddr *) &ask.address, &ask.length) == 0
        && is_internet (&ask.address, ask.length)) {
      describe_address (&ask.address, text, sizeof text);
      if (!ask_agent (agent, &ask, 0, text))
        shut_down (&ask);
    }
    if (fd >= 0)
      close (fd);
  }
  if (fds != NULL)
    closedir (fds);
}

void
warden_ask_connections (uint32_t id, int agent)
{
  struct sandbox *sandbox = warden_find (id);

  if (sandbox != NULL)
    warden_each_process (sandbox, ask_process_connections, agent);
}

static void
send_signal (pid_t pid, struct sandbox *sandbox, int sig)
{
  (void) sandbox;
  kill (pid, sig);
}

int
warden_kill (uint32_t id, int sig)
{
  struct sandbox *sandbox = warden_find (id);

  return sandbox == NULL ? 0 : warden_each_process (sandbox, send_signal, sig);
}

/* Of a program that forks on and on, under a budget that has no number of processes. */
enum { MAX_JOIN_PASSES = 16 };

static void
join_group (pid_t pid, struct sandbox *sandbox, int procs)
{
  (void) sandbox;
  dprintf (procs, "%d", pid); /* one that has ended needs no group */
}

void
warden_join (uint32_t id, int procs)
{
  struct sandbox *sandbox = warden_find (id);
  int before, count = 0;

  /* What one that was not in yet has forked meanwhile may have been missed. */
  for (unsigned pass = 0; sandbox != NULL && pass < MAX_JOIN_PASSES; pass++) {
    before = count;
    count = warden_each_process (sandbox, join_group, procs);
    if (count <= before)
      return;
  }
}
