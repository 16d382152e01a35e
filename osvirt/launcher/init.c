/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/init.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launcher/live.h"
#include "launcher/refresh.h"
#include "launcher/sandbox.h"
#include "launcher/system.h"
#include "launcher/warden.h"
#include "launcher/wire.h"

enum {
  REPORT_FD = 290, /* beyond what programs get */
  MAX_JOINS = 8,
  MAX_CLIENTS = 16, /* the owner and those that it let in; one is enough for the agent */
  MAX_STRINGS = 4096,
  STACK_SIZE = 64 * 1024,
  MAX_LOG_BYTES = 1024 * 1024, /* a start begins with an empty log once it has grown to this */
};

/* A program that a client started, until it is reaped. */
struct child {
  pid_t pid;
  int   client; /* socket, -1 when that client has left */
};

static int           clients[MAX_CLIENTS]; /* clients[0] owns the view */
static unsigned      n_clients;
static int           root;          /* the view's root directory, for a new owner */
static int           listener = -1; /* while there is no client */
static int           door = -1;     /* where more clients come from */
static struct child *children;
static size_t        n_children, children_room;
static bool          ending;
static const struct filters *filters;
static int64_t       kill_at_ms; /* when @ending: when SIGTERM has been given enough time */

/* One start, read by the new process, which shares this memory until it runs its program. */
struct launch {
  char     *cwd, *log;
  char    **argv;
  char    **envp;
  int      *fds;
  unsigned  n_fds, first; /* fds[0] becomes descriptor @first, and so on */
  int       joins[MAX_JOINS]; /* cgroups to enter */
  unsigned  n_joins;
  struct sandbox *sandbox; /* NULL without a label */
  int       report;        /* where the sandbox's descriptors go; -1 */
  int       stage;
  int       error;
};

static int64_t
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- the new process: only calls that are safe while memory is shared with pid 1 --- */

/* Opened here and not by the client: a file that is open from outside keeps a view from being suspended. */
static int
open_log (const char *name)
{
  struct stat info;
  int folder = *name != '\0' ? open (LOG_PATH, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1, log;

  if (folder < 0)
    return -1;
  log = openat (folder, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
  close (folder);
  if (log < 0)
    return -1;
  if (fstat (log, &info) == 0 && S_ISREG (info.st_mode)
      && (info.st_size <= MAX_LOG_BYTES || ftruncate (log, 0) == 0))
    return log;
  close (log);
  return -1;
}

/* What of 0 to 2 was not sent: nothing to read, and the log to write to, if there is one. */
static void
fill_standard (const struct launch *launch)
{
  int null = open ("/dev/null", O_RDWR), log = open_log (launch->log);

  for (int i = launch->first == 0 ? (int) launch->n_fds : 0; i < 3; i++)
    if (dup2 (i > 0 && log >= 0 ? log : null, i) != i)
      _exit (127);
}

static void
place_fds (struct launch *launch)
{
  int top = 3, first = (int) launch->first;
  unsigned end;

  for (unsigned i = 0; i < launch->n_fds; i++)
    if (launch->fds[i] >= top)
      top = launch->fds[i] + 1;
  if (first + (int) launch->n_fds > top)
    top = first + (int) launch->n_fds;
  /* First out of the way, then into place: a source may lie where another shall go. */
  for (unsigned i = 0; i < launch->n_fds; i++)
    dup2 (launch->fds[i], top + (int) i);
  for (unsigned i = 0; i < launch->n_fds; i++)
    dup2 (top + (int) i, first + (int) i);
  fill_standard (launch);
  end = launch->first + launch->n_fds;
  system_close_range (end > 3 ? end : 3, ~0U, CLOSE_RANGE_CLOEXEC);
}

/* With the privileges of pid 1 come the mounts, then nothing is left of them. */
static int
confine_child (struct launch *launch)
{
  struct wire_fault fault = { 0 };

  for (unsigned i = 0; i < launch->n_joins; i++)
    if (write (launch->joins[i], "0", 1) != 1)
      return -1;
  if (launch->sandbox != NULL && sandbox_mount (launch->sandbox) != 0)
    return -1;
  place_fds (launch);
  launch->stage = LAUNCH_FAILED_CWD;
  if (chdir (launch->cwd) != 0)
    return -1;
  launch->stage = LAUNCH_FAILED_LABEL;
  if (confine_apply (&filters->all, &fault) != 0) {
    errno = fault.error;
    return -1;
  }
  if (launch->sandbox != NULL && sandbox_enter (launch->sandbox, filters, launch->report) != 0)
    return -1;
  if (filters->no_domains && confine_refuse_domains (&fault) != 0) {
    errno = fault.error;
    return -1;
  }
  return 0;
}

/* execvpe() would look in pid 1's PATH; the program's own is meant. */
static void
run_program (struct launch *launch)
{
  const char *path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
  static char candidate[4096];
  bool forbidden = false;

  if (strchr (launch->argv[0], '/') != NULL) {
    execve (launch->argv[0], launch->argv, launch->envp);
    return;
  }
  for (char **entry = launch->envp; *entry != NULL; entry++)
    if (strncmp (*entry, "PATH=", 5) == 0)
      path = *entry + 5;
  errno = ENOENT;
  while (*path != '\0') {
    size_t length = strcspn (path, ":");
    int written = snprintf (candidate, sizeof candidate, "%.*s/%s", (int) length, path, launch->argv[0]);

    if (length > 0 && written > 0 && (size_t) written < sizeof candidate)
      execve (candidate, launch->argv, launch->envp);
    if (errno == EACCES)
      forbidden = true;
    else if (errno != ENOENT && errno != ENOTDIR)
      return;
    path += length + (path[length] == ':');
  }
  errno = forbidden ? EACCES : ENOENT;
}

static int
launch_child (void *data)
{
  struct launch *launch = data;
  sigset_t none;

  setsid ();
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  launch->stage = LAUNCH_FAILED_LABEL;
  if (confine_child (launch) != 0) {
    launch->error = errno;
    _exit (127);
  }
  if (isatty (0))
    ioctl (0, TIOCSCTTY, 0); /* a fresh terminal becomes the session's; one that is taken stays as it is */
  launch->stage = LAUNCH_FAILED_EXEC;
  run_program (launch);
  launch->error = errno;
  _exit (127);
}

/* --- pid 1 --- */

static int
remember (pid_t pid, int client)
{
  if (n_children == children_room) {
    size_t room = children_room == 0 ? 64 : children_room * 2;
    struct child *larger = reallocarray (children, room, sizeof *children);

    if (larger == NULL)
      return -1;
    children = larger;
    children_room = room;
  }
  children[n_children++] = (struct child){ pid, client };
  return 0;
}

/* Starts the program; its memory is ours until it runs, so a failure to run comes back in @launch. */
static pid_t
start (struct launch *launch, int *pidfd)
{
  static char stack[STACK_SIZE] __attribute__ ((aligned (16)));
  pid_t pid;

  launch->stage = LAUNCH_FAILED_FORK;
  launch->error = 0;
  pid = clone (launch_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, launch, pidfd);
  if (pid < 0) {
    launch->error = errno;
    return -1;
  }
  if (launch->error != 0) {
    waitpid (pid, NULL, 0);
    close (*pidfd);
    *pidfd = -1;
    return -1;
  }
  return pid;
}

/* Takes the descriptors of "join" rules out of those that the program gets: they are the last. */
static bool
take_joins (struct launch *launch, char **rules, uint32_t *n_rules)
{
  uint32_t kept = 0;

  for (uint32_t i = 0; i < *n_rules; i++) {
    if (strcmp (rules[i], "join") != 0) {
      rules[kept++] = rules[i];
      continue;
    }
    if (launch->n_joins == MAX_JOINS || launch->n_fds == 0)
      return false;
    launch->joins[launch->n_joins++] = launch->fds[--launch->n_fds];
  }
  *n_rules = kept;
  return true;
}

/* A program with a label: what comes back is kept by the warden until the last process of it has ended. */
static pid_t
start_labelled (struct launch *launch, int *pidfd)
{
  int pair[2] = { -1, -1 };
  pid_t pid;

  launch->stage = LAUNCH_FAILED_LABEL;
  launch->error = EAGAIN;
  if (!warden_has_room () || socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return -1;
  launch->report = fcntl (pair[1], F_DUPFD_CLOEXEC, REPORT_FD);
  close (pair[1]);
  pid = start (launch, pidfd);
  if (pid > 0) {
    int filter = sandbox_take (launch->sandbox, pair[0]);

    if (filter >= 0) {
      warden_add (launch->sandbox, filter);
      launch->sandbox = NULL;
    } else
      kill (pid, SIGKILL);
  }
  close (launch->report);
  close (pair[0]);
  return pid;
}

/* What the label asks for is set up, or the program does not start. */
static pid_t
start_with_rules (struct launch *launch, char **rules, uint32_t n_rules, int *pidfd)
{
  pid_t pid;

  launch->sandbox = sandbox_parse (rules, n_rules);
  launch->error = errno;
  launch->stage = LAUNCH_FAILED_LABEL;
  if (launch->sandbox == NULL)
    return launch->error != 0 ? -1 : start (launch, pidfd);
  pid = start_labelled (launch, pidfd);
  free (launch->sandbox);
  return pid;
}

/* Cuts @text, @length bytes that end with NUL, into @count strings; returns where the next one starts, or NULL. */
static char *
cut (char *text, char *end, uint32_t count, char **strings)
{
  for (uint32_t i = 0; i < count; i++) {
    char *stop = text < end ? memchr (text, '\0', (size_t) (end - text)) : NULL;

    if (stop == NULL)
      return NULL;
    strings[i] = text;
    text = stop + 1;
  }
  strings[count] = NULL;
  return text;
}

static void
answer_launch (int client, const struct init_message *request, char *text, long length, int *fds, unsigned n_fds)
{
  static char *argv[MAX_STRINGS + 1], *envp[MAX_STRINGS + 1], *rules[MAX_STRINGS + 1], *places[3];
  struct init_message reply = { .verb = INIT_LAUNCHED, .serial = request->serial };
  struct launch launch = { .argv = argv, .envp = envp, .fds = fds, .n_fds = n_fds,
                           .first = (unsigned) request->value, .report = -1 };
  uint32_t n_rules = request->rulec;
  char *end = text + length, *rest = text;
  int pidfd = -1;

  reply.pid = LAUNCH_FAILED_FORK;
  reply.value = EINVAL;
  if (request->argc > MAX_STRINGS || request->envc > MAX_STRINGS || n_rules > MAX_STRINGS)
    reply.value = E2BIG;
  else if (request->argc == 0 || (request->value != 0 && request->value != 3))
    reply.value = EINVAL;
  else if (ending)
    reply.value = ESHUTDOWN;
  else if ((rest = cut (rest, end, 2, places)) != NULL && (rest = cut (rest, end, request->argc, argv)) != NULL
           && (rest = cut (rest, end, request->envc, envp)) != NULL && cut (rest, end, n_rules, rules) == end
           && strchr (places[1], '/') == NULL && take_joins (&launch, rules, &n_rules)) {
    launch.cwd = places[0];
    launch.log = places[1];
    reply.pid = start_with_rules (&launch, rules, n_rules, &pidfd);
    reply.value = launch.error;
    if (reply.pid < 0)
      reply.pid = launch.stage;
    else if (remember (reply.pid, client) != 0)
      kill (reply.pid, SIGKILL);
  }
  wire_send (client, &reply, sizeof reply, &pidfd, pidfd >= 0 ? 1 : 0, 0);
  if (pidfd >= 0)
    close (pidfd);
}

static void
reap (void)
{
  int status;
  pid_t pid;

  while ((pid = waitpid (-1, &status, WNOHANG)) > 0) {
    warden_reaped (pid);
    for (size_t i = 0; i < n_children; i++) {
      struct init_message message = { .verb = INIT_EXITED, .pid = pid, .value = status };

      if (children[i].pid != pid)
        continue;
      if (children[i].client >= 0)
        wire_send (children[i].client, &message, sizeof message, NULL, 0, 0);
      children[i] = children[--n_children];
      break;
    }
  }
}

/* Without WNOHANG it also waits until there is one to reap. */
static bool
has_children (int flags)
{
  siginfo_t info;

  return waitid (P_ALL, 0, &info, WEXITED | WNOWAIT | flags) == 0 || errno != ECHILD;
}

_Noreturn static void
end_now (void)
{
  kill (-1, SIGKILL);
  while (has_children (0))
    reap ();
  _exit (0);
}

static void
begin_end (int32_t grace_ms)
{
  if (grace_ms <= 0)
    end_now ();
  ending = true;
  kill_at_ms = now_ms () + grace_ms;
  /* Shells ignore SIGTERM and end on SIGHUP; a stopped process must run to end. */
  kill (-1, SIGTERM);
  kill (-1, SIGHUP);
  kill (-1, SIGCONT);
}

static void
accept_client (void)
{
  int client = accept4 (door, NULL, NULL, SOCK_CLOEXEC);

  if (client >= 0 && n_clients < MAX_CLIENTS)
    clients[n_clients++] = client;
  else if (client >= 0)
    close (client);
  else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) { /* it is no door: do not ask for ever */
    close (door);
    door = -1;
  }
}

static void
drop_client (unsigned index)
{
  if (index == 0)
    end_now ();
  for (size_t i = 0; i < n_children; i++)
    if (children[i].client == clients[index])
      children[i].client = -1;
  close (clients[index]);
  clients[index] = clients[--n_clients];
}

/* --- between two owners, while the view is suspended --- */

static int
send_ready (int owner)
{
  struct init_message ready = { .verb = INIT_READY, .value = INIT_MAGIC };

  /* A new socket has room for it; for one that was filled before it came here nobody waits. */
  return wire_send (owner, &ready, sizeof ready, &root, 1, MSG_DONTWAIT);
}

/* Lets all clients go; -1 with errno if no new one could ever come. */
static int
detach (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = CONTROL_PATH };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  unlink (CONTROL_PATH);
  if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) != 0 || chmod (CONTROL_PATH, 0600) != 0
      || listen (fd, 1) != 0) {
    int error = errno;

    if (fd >= 0)
      close (fd);
    errno = error;
    return -1;
  }
  /* CRIU looks at us from the view's user namespace, which may only what programs may to one that is not dumpable. */
  prctl (PR_SET_DUMPABLE, 1);
  listener = fd;
  warden_rest (clients[0]);
  while (n_clients > 0)
    close (clients[--n_clients]);
  for (size_t i = 0; i < n_children; i++)
    children[i].client = -1;
  return 0;
}

/* Programs inside reach the socket, too; who is outside has no pid here. */
static void
accept_owner (void)
{
  int owner = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  struct init_message attach;
  struct ucred peer = { .pid = -1 };
  socklen_t size = sizeof peer;

  if (owner < 0)
    return;
  if (getsockopt (owner, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid != 0
      || recv (owner, &attach, sizeof attach, 0) != sizeof attach || attach.verb != INIT_ATTACH) {
    close (owner);
    return;
  }
  prctl (PR_SET_DUMPABLE, 0);
  /* Nothing else runs until we have said that we are ready. */
  if (attach.value != 0)
    warden_restore (filters);
  if (send_ready (owner) != 0) {
    close (owner);
    return;
  }
  close (listener);
  listener = -1;
  unlink (CONTROL_PATH);
  clients[n_clients++] = owner;
  for (size_t i = 0; i < n_children; i++)
    children[i].client = owner;
  if (attach.value != 0)
    warden_woken (owner);
}

static void
answer_signal (int client, const struct init_message *request)
{
  struct init_message reply = { .verb = INIT_SIGNAL, .serial = request->serial, .pid = request->pid };

  reply.value = request->pid == -1 || request->pid > 1 ? 0 : EINVAL;
  if (reply.value == 0 && kill (request->pid, request->value) != 0)
    reply.value = errno;
  wire_send (client, &reply, sizeof reply, NULL, 0, 0);
}

static void
answer_placed (int client, const struct init_message *request, int value)
{
  struct init_message reply = { .verb = INIT_PLACED, .serial = request->serial, .value = value };

  wire_send (client, &reply, sizeof reply, NULL, 0, 0);
}

/* What the first client alone may ask for. @rest: what follows the head of the message */
static void
serve_first (const struct init_message *request, char *rest, long length, int *fds, unsigned n_fds)
{
  struct init_message refusal = { .verb = INIT_DETACH, .serial = request->serial };

  switch (request->verb) {
  case INIT_TERMINATE:
    begin_end (request->value);
    break;
  case INIT_LISTEN:
    if (n_fds == 1 && door < 0) {
      door = fds[0];
      fds[0] = -1;
    }
    break;
  case INIT_ANSWER:
    warden_answer (request->serial, request->value);
    break;
  case INIT_PLACE:
    answer_placed (clients[0], request, warden_set_place ((uint32_t) request->pid, request->argc, (char) request->envc));
    break;
  case INIT_CONNECTIONS:
    warden_ask_connections ((uint32_t) request->pid, clients[0]);
    answer_placed (clients[0], request, 0);
    break;
  case INIT_MOUNT:
    answer_placed (clients[0], request, live_mount (rest, length, fds, n_fds));
    break;
  case INIT_UNMOUNT:
    answer_placed (clients[0], request, live_unmount (rest, length));
    break;
  case INIT_WAKE:
    if (n_fds == 2) {
      warden_wake ((uint32_t) request->pid, fds[0], fds[1]);
      fds[0] = fds[1] = -1;
    } else
      warden_woken (clients[0]);
    break;
  case INIT_JOIN:
    for (unsigned i = 0; i < n_fds; i++)
      warden_join ((uint32_t) request->pid, fds[i]);
    break;
  case INIT_REFRESH:
    view_refresh (root, "/proc/self/mountinfo");
    break;
  case INIT_KILL:
    warden_kill ((uint32_t) request->pid, request->value);
    break;
  case INIT_DETACH:
    if (detach () != 0) {
      refusal.value = errno;
      wire_send (clients[0], &refusal, sizeof refusal, NULL, 0, 0);
    }
    break;
  default:
    break;
  }
}

/* Returns false when the client is to be dropped. */
static bool
serve (unsigned index)
{
  static union {
    struct init_message head;
    char                bytes[WIRE_LAUNCH_MAX];
  } buffer;
  const struct init_message *request = &buffer.head;
  char *rest = buffer.bytes + sizeof *request;
  int fds[WIRE_MAX_FDS];
  unsigned n_fds;
  long length = wire_receive (clients[index], &buffer, sizeof buffer, fds, &n_fds, MSG_DONTWAIT);

  if (length < 0)
    return errno == EAGAIN || errno == EMSGSIZE;
  if (length < (long) sizeof *request) {
    wire_close_fds (fds, n_fds);
    return false;
  }
  length -= (long) sizeof *request;
  if (request->verb == INIT_LAUNCH)
    answer_launch (clients[index], request, rest, length, fds, n_fds);
  else if (request->verb == INIT_SIGNAL)
    answer_signal (clients[index], request);
  else if (index == 0)
    serve_first (request, rest, length, fds, n_fds);
  else if (request->verb == INIT_PLACE || request->verb == INIT_CONNECTIONS || request->verb == INIT_MOUNT
           || request->verb == INIT_UNMOUNT)
    answer_placed (clients[index], request, EPERM);
  wire_close_fds (fds, n_fds);
  return true;
}

static void
drain (int signals)
{
  struct signalfd_siginfo info[8];

  while (read (signals, info, sizeof info) > 0)
    ;
  reap ();
}

static int
poll_clients (int signals)
{
  struct pollfd polled[MAX_CLIENTS + 3 + MAX_LISTENERS];
  int64_t left = ending ? kill_at_ms - now_ms () : -1;
  unsigned count = n_clients, asking = warden_poll (polled + n_clients + 3);

  for (unsigned i = 0; i < count; i++)
    polled[i] = (struct pollfd){ clients[i], POLLIN, 0 };
  polled[count] = (struct pollfd){ signals, POLLIN, 0 };
  polled[count + 1] = (struct pollfd){ listener, POLLIN, 0 };
  polled[count + 2] = (struct pollfd){ door, POLLIN, 0 };
  if (poll (polled, count + 3 + asking, ending ? (int) (left > 0 ? left : 0) : -1) < 0)
    return errno == EINTR ? 0 : -1;
  if (polled[count].revents != 0)
    drain (signals);
  warden_serve (polled + count + 3, asking, n_clients > 0 ? clients[0] : -1);
  /* From the last, because dropping a client moves the last one into its place. */
  for (unsigned i = count; i-- > 0;)
    if (i < n_clients && polled[i].revents != 0 && !serve (i) && i < n_clients)
      drop_client (i);
  if (listener >= 0 && polled[count + 1].revents != 0)
    accept_owner ();
  if (polled[count + 2].revents != 0)
    accept_client ();
  return 0;
}

/* The arguments are those of the program this process was forked from, and no business of the view's. */
static void
name_process (const char *name)
{
  char arguments[4096];
  int fd = open ("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t size = fd < 0 ? -1 : read (fd, arguments, sizeof arguments);

  if (fd >= 0)
    close (fd);
  prctl (PR_SET_NAME, name);
  if (size <= (ssize_t) strlen (name))
    return;
  memset (program_invocation_name, 0, (size_t) size);
  strcpy (program_invocation_name, name);
}

void
init_prepare (void)
{
  name_process ("domicile-init");
  for (int sig = 1; sig < NSIG; sig++)
    signal (sig, SIG_DFL); /* what a program would otherwise find ignored */
}

_Noreturn void
init_run (int control, int report, const struct filters *confinement, const void *word, size_t size)
{
  struct wire_fault fault = { 0 };
  sigset_t set;
  int signals;

  filters = confinement;
  prctl (PR_SET_DUMPABLE, 0); /* programs inside shall not trace it */
  setsid ();
  if (confine_begin (&fault) != 0)
    _exit (1);
  root = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  /* First the client's message, then the maker's: who hears of the view finds it ready. */
  if (root < 0 || send_ready (control) != 0 || write (report, word, size) != (ssize_t) size)
    _exit (1);
  clients[0] = fcntl (control, F_DUPFD_CLOEXEC, 200);
  root = fcntl (root, F_DUPFD_CLOEXEC, 200);
  n_clients = 1;
  system_close_range (0, 199, 0);
  if (control >= 200)
    close (control);
  system_close_range ((unsigned) (root > clients[0] ? root : clients[0]) + 1, ~0U, 0);
  for (int i = 0; i < 3; i++)
    if (open ("/dev/null", O_RDWR) != i)
      _exit (1);
  sigfillset (&set);
  sigprocmask (SIG_SETMASK, &set, NULL);
  signals = signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0)
    _exit (1);
  for (;;) {
    if (poll_clients (signals) != 0)
      end_now ();
    if (ending && (now_ms () >= kill_at_ms || !has_children (WNOHANG)))
      end_now ();
  }
}
