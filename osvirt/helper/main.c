/* SPDX-License-Identifier: GPL-2.0-or-later */
/* domicile-helper: does for one user's workspaces what the kernel reserves to root. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "helper/session.h"
#include "helper/spare.h"
#include "launcher/mask.h"
#include "launcher/overlay.h"
#include "launcher/refresh.h"

enum {
  MAX_USERS = 16,
  MAX_OWNERS = 32,
  MAX_SESSIONS = 256, /* more than people open, fewer than exhausts the host, */
  MAX_OF_ONE = 96,    /* and of one user, who shall not keep the others out */
};

struct helper {
  const char  *socket_path;
  uid_t        allowed[MAX_USERS];
  unsigned     n_allowed;
  const char  *criu;
  bool         test_faults;
  int          listener, signals;
  struct host  host;
  struct owner owners[MAX_OWNERS];
  unsigned     n_owners;
  struct spare spare;
  int          served[2]; /* pipe: a session has answered its first request */
  bool         quiet;     /* no session builds a view, as far as we know */
  struct {
    pid_t pid;
    uid_t uid;
  }            sessions[MAX_SESSIONS];
  unsigned     n_sessions;
  int64_t      refreshed_ms, refresh_at_ms; /* when views have looked at the host again, and when they will; 0: not */
  int          pause_ms;                    /* after that */
};

static void
usage (FILE *out)
{
  fputs ("Usage: domicile-helper [--socket PATH] [--allow-uid UID]...\n"
         "Opens workspaces for the users named (and for root): mounts, id mapping, loop devices.\n"
         "It takes open files from its clients, never paths, and everything it does for a client ends with it.\n\n"
         "  --socket PATH    where to listen (default /run/domicile/helper.sock)\n"
         "  --allow-uid UID  serve this user; may be given more than once\n"
         "  --criu PATH      the program that suspends workspaces (default: criu in PATH)\n"
         "  --test-faults    let a client ask that a step fails, for tests\n"
         "  --help, --version\n",
         out);
}

static int
complain (const struct wire_fault *fault)
{
  fprintf (stderr, "domicile-helper: %s: %s\n", fault->what, strerror (fault->error));
  return -1;
}

static int
parse_options (struct helper *helper, int argc, char **argv)
{
  static const struct option options[] = {
    { "socket", required_argument, NULL, 's' }, { "allow-uid", required_argument, NULL, 'u' },
    { "criu", required_argument, NULL, 'c' },       { "test-faults", no_argument, NULL, 't' },  { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'v' },      { NULL, 0, NULL, 0 },
  };
  int option;

  while ((option = getopt_long (argc, argv, "", options, NULL)) != -1) {
    char *end = NULL;
    unsigned long uid;

    switch (option) {
    case 's':
      helper->socket_path = optarg;
      break;
    case 'u':
      errno = 0;
      uid = strtoul (optarg, &end, 10);
      if (errno != 0 || *optarg < '0' || *optarg > '9' || *end != '\0' || uid > 0xfffffffeUL
          || helper->n_allowed == MAX_USERS) {
        fprintf (stderr, "domicile-helper: --allow-uid takes a user's number (at most %d times), not '%s'\n", MAX_USERS, optarg);
        return 2;
      }
      helper->allowed[helper->n_allowed++] = (uid_t) uid;
      break;
    case 'c':
      helper->criu = optarg;
      break;
    case 't':
      helper->test_faults = true;
      break;
    case 'h':
      usage (stdout);
      exit (0);
    case 'v':
      puts ("domicile-helper " VERSION);
      exit (0);
    default:
      usage (stderr);
      return 2;
    }
  }
  if (optind < argc) {
    fprintf (stderr, "domicile-helper: unexpected argument '%s'\n", argv[optind]);
    return 2;
  }
  return 0;
}

static int
listen_at (struct helper *helper, struct wire_fault *fault)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  char parent[sizeof address.sun_path];
  char *slash;

  if (strlen (helper->socket_path) >= sizeof address.sun_path)
    return wire_fail (fault, ENAMETOOLONG, "%.80s", helper->socket_path);
  strcpy (address.sun_path, helper->socket_path);
  strcpy (parent, helper->socket_path);
  slash = strrchr (parent, '/');
  if (slash != NULL && slash != parent) {
    *slash = '\0';
    mkdir (parent, 0755);
  }
  helper->listener = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (helper->listener < 0)
    return wire_fail (fault, errno, "making a socket");
  if (connect (helper->listener, (struct sockaddr *) &address, sizeof address) == 0)
    return wire_fail (fault, EADDRINUSE, "%.80s is served by another domicile-helper", helper->socket_path);
  unlink (helper->socket_path);
  if (bind (helper->listener, (struct sockaddr *) &address, sizeof address) != 0
      || chmod (helper->socket_path, 0666) != 0 /* who may is decided by SO_PEERCRED */
      || listen (helper->listener, MAX_SESSIONS) != 0)
    return wire_fail (fault, errno, "listening at %.80s", helper->socket_path);
  return 0;
}

/* Puts the mask where views take it from. */
static int
make_mask (struct helper *helper, struct wire_fault *fault)
{
  int mask = mask_build (fault), result = -1;

  if (mask < 0)
    return -1;
  if (setns (helper->host.stage_mounts, CLONE_NEWNS) != 0) {
    close (mask);
    return wire_fail (fault, errno, "entering the stage");
  }
  result = mount_attach (&mask, AT_FDCWD, STAGE "/mask", fault);
  if (setns (helper->host.own_mounts, CLONE_NEWNS) != 0)
    exit (1);
  return result;
}

static int64_t
now_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The mask follows at once. Returns after how many milliseconds views shall look again, -1 for not at all. */
static int
follow_host (struct helper *helper)
{
  const bool changed = mask_follow ();
  const int64_t now = now_ms (), soon = helper->refreshed_ms + REFRESH_MS;

  if (changed) {
    helper->refresh_at_ms = soon > now ? soon : now;
    helper->pause_ms = REFRESH_MS;
  }
  if (helper->refresh_at_ms == 0)
    return -1;
  if (helper->refresh_at_ms > now)
    return (int) (helper->refresh_at_ms - now);
  for (unsigned i = 0; i < helper->n_sessions; i++)
    kill (helper->sessions[i].pid, SESSION_REFRESH);
  helper->refreshed_ms = now;
  helper->refresh_at_ms = helper->pause_ms <= REFRESH_LAST_MS ? now + helper->pause_ms : 0;
  helper->pause_ms *= 2;
  return helper->refresh_at_ms > 0 ? (int) (helper->refresh_at_ms - now) : -1;
}

static const struct owner *
find_owner (struct helper *helper, const struct ucred *peer, struct wire_fault *fault)
{
  struct owner *owner;
  bool allowed = peer->uid == 0;

  for (unsigned i = 0; i < helper->n_allowed; i++)
    allowed = allowed || helper->allowed[i] == peer->uid;
  if (!allowed) {
    wire_fail (fault, EACCES, "domicile-helper does not serve user %u (see its --allow-uid)", peer->uid);
    return NULL;
  }
  for (unsigned i = 0; i < helper->n_owners; i++)
    if (helper->owners[i].uid == peer->uid && helper->owners[i].gid == peer->gid)
      return &helper->owners[i];
  if (helper->n_owners == MAX_OWNERS) {
    wire_fail (fault, EUSERS, "domicile-helper serves too many users");
    return NULL;
  }
  spare_drop (&helper->spare); /* it knows nothing of this one */
  owner = &helper->owners[helper->n_owners];
  *owner = (struct owner){ peer->uid, peer->gid, -1, -1, -1 };
  if (owner_prepare (owner, fault) != 0)
    return NULL;
  helper->n_owners++;
  return owner;
}

_Noreturn static void
become_session (struct helper *helper, pid_t parent, int client, const struct seed *seed, const struct owner *owner)
{
  sigset_t none;

  spare_drop (&helper->spare);
  close (helper->listener);
  close (helper->signals);
  close (helper->served[0]);
  sigemptyset (&none);
  sigaddset (&none, SESSION_REFRESH);
  sigprocmask (SIG_SETMASK, &none, NULL);
  session_run (client, parent, owner, &helper->host, helper->criu, seed, helper->served[1], helper->test_faults);
}

static void
start_session (struct helper *helper, int client, const struct owner *owner)
{
  const struct seed none = NO_SEED;
  const pid_t self = getpid ();
  pid_t child = spare_use (&helper->spare, client, (unsigned) (owner - helper->owners));

  if (child < 0)
    child = fork ();
  if (child == 0)
    become_session (helper, self, client, &none, owner);
  if (child > 0) {
    helper->sessions[helper->n_sessions].pid = child;
    helper->sessions[helper->n_sessions++].uid = owner->uid;
  } else
    fprintf (stderr, "domicile-helper: starting a session: %s\n", strerror (errno));
}

static void
keep_spare (struct helper *helper)
{
  const pid_t self = getpid ();
  struct seed seed;
  unsigned owner;
  int client;

  if (helper->spare.pid < 0 && spare_fork (&helper->spare, &helper->host, &seed, &helper->listener, &client, &owner) == 0)
    become_session (helper, self, client, &seed, &helper->owners[owner]);
}

static bool
has_room (const struct helper *helper, uid_t uid)
{
  unsigned own = 0;

  for (unsigned i = 0; i < helper->n_sessions; i++)
    own += helper->sessions[i].uid == uid;
  return helper->n_sessions < MAX_SESSIONS && own < MAX_OF_ONE;
}

static void
accept_client (struct helper *helper)
{
  struct helper_reply reply = { .magic = WIRE_MAGIC, .verb = HELPER_HELLO };
  int client = accept4 (helper->listener, NULL, NULL, SOCK_CLOEXEC);
  const struct owner *owner = NULL;
  struct ucred peer;
  socklen_t size = sizeof peer;

  if (client < 0)
    return;
  if (getsockopt (client, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
    wire_fail (&reply.fault, errno, "asking who the client is");
  else if (!has_room (helper, peer.uid))
    wire_fail (&reply.fault, EUSERS, "domicile-helper has too many clients");
  else {
    follow_host (helper); /* what is private already, the next view does not see */
    owner = find_owner (helper, &peer, &reply.fault);
  }
  if (owner != NULL) {
    start_session (helper, client, owner);
    helper->quiet = false;
  } else {
    complain (&reply.fault);
    wire_send (client, &reply, sizeof reply, NULL, 0, MSG_DONTWAIT);
  }
  close (client);
}

static bool
is_session (const struct helper *helper, pid_t pid)
{
  for (unsigned i = 0; i < helper->n_sessions; i++)
    if (helper->sessions[i].pid == pid)
      return true;
  return false;
}

/* What a session leaves behind when it is killed is ours then: a view that is being restored would sleep for ever. */
static void
end_strays (const struct helper *helper)
{
  FILE *children = fopen ("/proc/thread-self/children", "re");
  int pid;

  while (children != NULL && fscanf (children, "%d", &pid) == 1)
    if (pid != helper->spare.pid && !is_session (helper, pid))
      kill (pid, SIGKILL);
  if (children != NULL)
    fclose (children);
}

static void
reap_sessions (struct helper *helper)
{
  bool ended = false;
  pid_t pid;

  while ((pid = waitpid (-1, NULL, WNOHANG)) > 0) {
    ended = true;
    if (pid == helper->spare.pid)
      spare_drop (&helper->spare);
    for (unsigned i = 0; i < helper->n_sessions; i++)
      if (helper->sessions[i].pid == pid) {
        helper->sessions[i] = helper->sessions[--helper->n_sessions];
        break;
      }
  }
  if (ended)
    end_strays (helper);
}

static void
end_sessions (struct helper *helper)
{
  for (unsigned i = 0; i < helper->n_sessions; i++)
    kill (helper->sessions[i].pid, SIGKILL);
  helper->n_sessions = 0;
  spare_drop (&helper->spare);
  while (waitpid (-1, NULL, 0) > 0 || errno == EINTR)
    end_strays (helper);
}

static void
serve (struct helper *helper)
{
  for (;;) {
    struct pollfd polled[] = {
      { helper->listener, POLLIN, 0 }, { helper->signals, POLLIN, 0 }, { helper->served[0], POLLIN, 0 }, { mask_get_watch (), POLLIN, 0 }
    };
    struct signalfd_siginfo info;
    char bytes[MAX_SESSIONS];

    if (helper->quiet)
      keep_spare (helper);
    if (poll (polled, 4, follow_host (helper)) < 0 && errno != EINTR)
      return;
    while (read (helper->signals, &info, sizeof info) == (ssize_t) sizeof info)
      if (info.ssi_signo != SIGCHLD)
        return;
    if (polled[1].revents != 0 || (polled[2].revents != 0 && read (helper->served[0], bytes, sizeof bytes) > 0))
      helper->quiet = true;
    reap_sessions (helper);
    if (polled[0].revents != 0)
      accept_client (helper);
  }
}

int
main (int argc, char **argv)
{
  static struct helper helper = { .socket_path = "/run/domicile/helper.sock", .criu = "criu", .spare = NO_SPARE, .quiet = true };
  struct wire_fault fault = { 0 };
  sigset_t set;
  int result = parse_options (&helper, argc, argv);

  if (result != 0)
    return result;
  if (geteuid () != 0) {
    fputs ("domicile-helper: must be started as root (a workspace also opens without it, in reduced mode)\n", stderr);
    return 1;
  }
  umask (022);
  sigemptyset (&set);
  sigaddset (&set, SIGTERM);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGHUP);
  sigaddset (&set, SIGCHLD);
  helper.signals = signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  sigaddset (&set, SESSION_REFRESH); /* for the sessions, from their first moment on */
  sigprocmask (SIG_SETMASK, &set, NULL);
  prctl (PR_SET_CHILD_SUBREAPER, 1);
  if (pipe2 (helper.served, O_CLOEXEC | O_NONBLOCK) != 0) {
    fprintf (stderr, "domicile-helper: making a pipe: %s\n", strerror (errno));
    return 1;
  }
  if (host_prepare (&helper.host, &fault) != 0 || make_mask (&helper, &fault) != 0 || listen_at (&helper, &fault) != 0)
    return -complain (&fault);
  fprintf (stderr, "domicile-helper: listening at %s\n", helper.socket_path);
  serve (&helper);
  unlink (helper.socket_path);
  end_sessions (&helper);
  return 0;
}
