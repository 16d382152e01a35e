/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/seed.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/overlay.h"

#define ALL_IDS "0 " VIEW_ID_TEXT (VIEW_ID_BASE) " 65536"

/* Only between processes of one program: pointers to what was there before the seed hold in both. */
struct order {
  struct inside inside; /* descriptors come along, where they are not -1 */
  char          rules[WIRE_RULES_MAX];
};

enum { MAX_TRAVEL = MAX_LAYERS + 10 + MAX_RULES };

_Static_assert ((int) MAX_TRAVEL <= (int) WIRE_MAX_FDS, "one message takes all descriptors");

/* Where the descriptors that go with an order lie in it, but for those of rules. */
static unsigned
list_descriptors (struct inside *inside, int **list)
{
  int *const single[] = { &inside->dev, &inside->sys, &inside->home[0], &inside->home[1], &inside->log, &inside->x11,
                          &inside->xauthority, &inside->resolver, &inside->init, &inside->control };
  unsigned n = 0;

  for (unsigned i = 0; i < inside->n_layers; i++)
    list[n++] = &inside->layers[i].mount;
  for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
    list[n++] = single[i];
  return n;
}

/* --- in the new process --- */

static void
take_order (int orders, const struct inside *own, struct inside *inside)
{
  static struct order order;
  struct wire_fault fault = { 0 };
  int fds[WIRE_MAX_FDS], *list[MAX_TRAVEL];
  unsigned n_fds, n, next = 0;

  /* Without an order the maker has gone, or has no use for this. */
  if (wire_receive (orders, &order, sizeof order, fds, &n_fds, 0) != (long) sizeof order)
    _exit (0);
  *inside = order.inside;
  memcpy (inside->own, own->own, sizeof inside->own);
  inside->report = own->report;
  inside->filters = own->filters;
  n = list_descriptors (inside, list);
  for (unsigned i = 0; i < n && next < n_fds; i++)
    if (*list[i] >= 0)
      *list[i] = fds[next++];
  if (rules_parse (order.rules, fds + next, n_fds - next, &inside->rules, &fault) != 0)
    inside_give_up (inside, &fault);
}

static _Noreturn void
run_seed (const struct host *host, unsigned fail_at, int orders, int report)
{
  struct inside own, inside;
  char byte;

  /* Before the wait: the maker's death is then noticed by one or the other. */
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if (read (orders, &byte, 1) != 1)
    _exit (1);
  inside_clear (&own);
  own.report = report;
  own.filters = &host->filters;
  own.fail_at = fail_at;
  own.mapped = true;
  inside_prepare (&own);
  take_order (orders, &own, &inside);
  inside_run (&inside);
}

/* --- in its maker --- */

/* The new process is born into the namespaces that this one is in: -1 with errno. */
static long
clone_there (const struct host *host, int network, struct clone_args *args)
{
  long pid = -1;
  int error;

  if ((network < 0 || setns (network, CLONE_NEWNET) == 0) && setns (host->empty_mounts, CLONE_NEWNS) == 0)
    pid = syscall (SYS_clone3, args, sizeof *args);
  if (pid == 0)
    return 0;
  error = errno;
  /* Never go on in somebody's network, or among no mounts. */
  if ((network >= 0 && setns (host->own_network, CLONE_NEWNET) != 0) || setns (host->own_mounts, CLONE_NEWNS) != 0)
    _exit (1);
  errno = error;
  return pid;
}

int
stage_copy (const struct host *host, struct wire_fault *fault)
{
  int stage = -1;

  if (setns (host->stage_mounts, CLONE_NEWNS) != 0)
    return wire_fail (fault, errno, "entering the stage");
  if (unshare (CLONE_NEWNS) == 0)
    stage = open ("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (stage < 0)
    wire_fail (fault, errno, "copying the stage");
  if (setns (host->own_mounts, CLONE_NEWNS) != 0)
    _exit (1); /* never go on among mounts that belong to a view */
  return stage;
}

int
seed_start (const struct host *host, int network, unsigned fail_at, struct seed *seed, struct wire_fault *fault)
{
  struct clone_args args = {
    .flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_PIDFD,
    .pidfd = (uint64_t) (uintptr_t) &seed->pidfd,
    .exit_signal = SIGCHLD,
  };
  int orders[2], report[2];
  long pid;

  *seed = (struct seed) NO_SEED;
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, orders) != 0 || pipe2 (report, O_CLOEXEC) != 0)
    return wire_fail (fault, errno, "making a socket");
  pid = clone_there (host, network, &args);
  if (pid == 0) {
    close (orders[0]);
    close (report[0]);
    run_seed (host, fail_at, orders[1], report[1]);
  }
  if (pid < 0)
    wire_fail (fault, errno, "making the namespaces of the workspace");
  close (orders[1]);
  close (report[1]);
  seed->pid = (pid_t) pid;
  seed->orders = orders[0];
  seed->report = report[0];
  if (pid > 0)
    seed->stage = stage_copy (host, fault);
  if (seed->stage >= 0 && proc_write (seed->pid, "uid_map", ALL_IDS, fault) == 0 && proc_write (seed->pid, "gid_map", ALL_IDS, fault) == 0
      && wire_send (seed->orders, "x", 1, NULL, 0, 0) == 0)
    return 0;
  seed_drop (seed);
  return -1;
}

int
seed_grow (struct seed *seed, struct inside *inside, const char *rules, struct wire_fault *fault)
{
  struct order order = { .inside = *inside };
  int fds[MAX_TRAVEL], *list[MAX_TRAVEL], result;
  unsigned n = list_descriptors (inside, list), n_fds = 0;

  for (unsigned i = 0; i < n; i++)
    if (*list[i] >= 0)
      fds[n_fds++] = *list[i];
  for (unsigned i = 0; i < inside->rules.n; i++)
    if (inside->rules.list[i].mount >= 0)
      fds[n_fds++] = inside->rules.list[i].mount;
  if (rules != NULL)
    memcpy (order.rules, rules, sizeof order.rules);
  /* One that cannot take it has said why. */
  wire_send (seed->orders, &order, sizeof order, fds, n_fds, 0);
  close_fd (&seed->orders);
  result = wait_for_view (seed->report, fault);
  seed->report = -1;
  return result;
}

void
seed_drop (struct seed *seed)
{
  if (seed->pid > 0) {
    kill (seed->pid, SIGKILL);
    waitpid (seed->pid, NULL, 0);
  }
  seed->pid = -1;
  close_fd (&seed->pidfd);
  close_fd (&seed->orders);
  close_fd (&seed->report);
  close_fd (&seed->stage);
}
