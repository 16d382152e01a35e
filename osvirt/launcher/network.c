/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/mounts.h"

static int
bring_loopback_up (void)
{
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
  int any = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), result;

  result = any < 0 ? -1 : ioctl (any, SIOCSIFFLAGS, &request);
  close_fd (&any);
  return result;
}

/* Lives in the new namespaces until they have been opened from outside. */
_Noreturn static void
hold (int within, int ready)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  if ((within >= 0 ? setns (within, CLONE_NEWUSER) : unshare (CLONE_NEWUSER)) == 0 && unshare (CLONE_NEWNET) == 0
      && bring_loopback_up () == 0 && write (ready, "x", 1) == 1)
    pause ();
  _exit (1);
}

static int
map_ids (pid_t child, struct wire_fault *fault)
{
  char map[32];

  snprintf (map, sizeof map, "0 %u 1", getuid ());
  if (proc_write (child, "setgroups", "deny", fault) != 0 || proc_write (child, "uid_map", map, fault) != 0)
    return -1;
  snprintf (map, sizeof map, "0 %u 1", getgid ());
  return proc_write (child, "gid_map", map, fault);
}

static int
open_namespace (pid_t child, const char *name, struct wire_fault *fault)
{
  char path[64];
  int fd;

  snprintf (path, sizeof path, "/proc/%d/ns/%s", (int) child, name);
  fd = open (path, O_RDONLY | O_CLOEXEC);
  return fd < 0 ? wire_fail (fault, errno, "opening the new network") : fd;
}

static int
open_both (int within, pid_t child, int *userns, int *netns, struct wire_fault *fault)
{
  if (within < 0 && map_ids (child, fault) != 0)
    return -1;
  *userns = open_namespace (child, "user", fault);
  *netns = *userns < 0 ? -1 : open_namespace (child, "net", fault);
  if (*netns >= 0)
    return 0;
  close_fd (userns);
  return -1;
}

int
network_new (int within, int *userns, int *netns, struct wire_fault *fault)
{
  int ready[2], result = -1;
  char byte;
  pid_t child;

  if (pipe2 (ready, O_CLOEXEC) != 0)
    return wire_fail (fault, errno, "making a pipe");
  child = fork ();
  if (child == 0) {
    close (ready[0]);
    hold (within, ready[1]);
  }
  close (ready[1]);
  if (child < 0)
    wire_fail (fault, errno, "starting a process");
  else if (read (ready[0], &byte, 1) != 1)
    wire_fail (fault, EOPNOTSUPP, "this host lets no ordinary user make a network of their own");
  else
    result = open_both (within, child, userns, netns, fault);
  close (ready[0]);
  if (child > 0) {
    kill (child, SIGKILL);
    waitpid (child, NULL, 0);
  }
  return result;
}
