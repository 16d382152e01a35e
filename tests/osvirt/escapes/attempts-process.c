/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other processes: the host's, and the pid 1 of the workspace, which has the rights that programs lack. */
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "attempts.h"

const char *
given (const char *name)
{
  const char *value = getenv (name);

  return value != NULL ? value : "";
}

pid_t
host_process (void)
{
  return atoi (given ("ESCAPE_PID"));
}

static int
open_of (pid_t pid, const char *name, int flags)
{
  char path[64];

  snprintf (path, sizeof path, "/proc/%d/%s", (int) pid, name);
  return open (path, flags | O_CLOEXEC);
}

/* CVE-2019-5736: runc's own program, overwritten through /proc/PID/exe. */
static int
exe_of_first (void)
{
  return outcome (open_of (1, "exe", O_RDONLY));
}

static int
root_of_first (void)
{
  return outcome (open_of (1, "root/.", O_RDONLY | O_DIRECTORY));
}

static int
memory_of_first (void)
{
  return outcome (open_of (1, "mem", O_RDWR));
}

static int
descriptor_of_first (void)
{
  return outcome (open_of (1, "fd/0", O_RDONLY));
}

static int
namespace_of_first (void)
{
  int fd = open_of (1, "ns/mnt", O_RDONLY);

  return fd < 0 ? errno : outcome (setns (fd, CLONE_NEWNS));
}

static int
trace_first (void)
{
  return outcome (ptrace (PTRACE_SEIZE, 1, NULL, NULL));
}

static int
read_first (void)
{
  char byte;
  struct iovec local = { &byte, 1 }, remote = { (void *) (uintptr_t) &outcome, 1 };
  unsigned long start = 0;
  FILE *maps = fopen ("/proc/1/maps", "r");

  /* Without the addresses the call itself is what counts: EFAULT is a success. */
  if (maps != NULL && fscanf (maps, "%lx", &start) == 1)
    remote.iov_base = (void *) start;
  if (maps != NULL)
    fclose (maps);
  return process_vm_readv (1, &local, 1, &remote, 1, 0) >= 0 || errno == EFAULT ? 0 : errno;
}

/* pidfd_getfd: a descriptor of pid 1's, which may be open on anything. */
static int
take_descriptor (void)
{
  int pidfd = (int) syscall (SYS_pidfd_open, 1, 0);

  return pidfd < 0 ? errno : outcome (syscall (SYS_pidfd_getfd, pidfd, 0, 0));
}

static int
trace_host (void)
{
  return outcome (ptrace (PTRACE_SEIZE, host_process (), NULL, NULL));
}

static int
signal_host (void)
{
  return outcome (kill (host_process (), 0));
}

/* A signal that the kernel sends for us, when a pipe that we own has something to read. */
static int
signal_by_owner (void)
{
  struct f_owner_ex owner = { F_OWNER_PID, host_process () };
  int pair[2];

  return pipe (pair) != 0 ? errno : outcome (fcntl (pair[0], F_SETOWN_EX, &owner));
}

static int
read_host (void)
{
  char byte;
  struct iovec local = { &byte, 1 }, remote = { (void *) 4096, 1 };

  return process_vm_readv (host_process (), &local, 1, &remote, 1, 0) >= 0 || errno == EFAULT ? 0 : errno;
}

static int
root_of_host (void)
{
  return outcome (open_of (host_process (), "root/.", O_RDONLY | O_DIRECTORY));
}

static int
priority_of_host (void)
{
  return outcome (syscall (SYS_sched_setaffinity, host_process (), sizeof (uint64_t), &(uint64_t){ 1 }));
}

const struct attempt process_attempts[] = {
  { "exe-of-first", exe_of_first },
  { "root-of-first", root_of_first },
  { "memory-of-first", memory_of_first },
  { "descriptor-of-first", descriptor_of_first },
  { "namespace-of-first", namespace_of_first },
  { "trace-first", trace_first },
  { "read-first", read_first },
  { "take-descriptor", take_descriptor },
  { "trace-host", trace_host },
  { "signal-host", signal_host },
  { "signal-by-owner", signal_by_owner },
  { "read-host", read_host },
  { "root-of-host", root_of_host },
  { "priority-of-host", priority_of_host },
  { NULL, NULL },
};
