/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper/spare.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launcher/mounts.h"
#include "launcher/submounts.h"
#include "launcher/wire.h"

static void
wait_for_client (int socket, const struct host *host, struct seed *seed, int *client, unsigned *owner)
{
  struct submount ignored[1];
  struct wire_fault fault; /* told when a view is asked for and it happens again */
  int fds[WIRE_MAX_FDS];
  unsigned n_fds;

  prctl (PR_SET_NAME, "helper-spare");
  submounts_list (ignored, 1); /* kept for as long as it holds */
  seed_start (host, -1, 0, seed, &fault);
  if (wire_receive (socket, owner, sizeof *owner, fds, &n_fds, 0) != (long) sizeof *owner || n_fds != 1) {
    seed_drop (seed);
    _exit (0);
  }
  close (socket);
  *client = fds[0];
}

pid_t
spare_fork (struct spare *spare, const struct host *host, struct seed *seed, int *listener, int *client, unsigned *owner)
{
  const pid_t parent = getpid ();
  int pair[2];
  pid_t pid;

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return -1;
  pid = fork ();
  if (pid == 0) {
    prctl (PR_SET_PDEATHSIG, SIGKILL);
    if (getppid () != parent)
      _exit (0);
    close (pair[0]);
    close_fd (listener); /* who connects while the helper ends would wait for one that never answers */
    wait_for_client (pair[1], host, seed, client, owner);
    return 0;
  }
  close (pair[1]);
  if (pid < 0)
    close (pair[0]);
  else
    *spare = (struct spare){ pid, pair[0] };
  return pid;
}

pid_t
spare_use (struct spare *spare, int client, unsigned owner)
{
  pid_t pid = spare->pid;

  if (pid > 0 && wire_send (spare->socket, &owner, sizeof owner, &client, 1, 0) != 0)
    pid = -1;
  spare_drop (spare);
  return pid;
}

void
spare_drop (struct spare *spare)
{
  close_fd (&spare->socket);
  spare->pid = -1;
}
