/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP_BIT(cap) (1ULL << (cap))

/* What a package manager and ordinary services need of root, and no more. All of it counts only for the workspace's own
 * ids and namespaces. CAP_SYS_ADMIN is not here: with it a program could rearrange the mounts that hide the host. */
static const uint64_t kept_capabilities =
    CAP_BIT (CAP_CHOWN) | CAP_BIT (CAP_DAC_OVERRIDE) | CAP_BIT (CAP_FOWNER) | CAP_BIT (CAP_FSETID)
    | CAP_BIT (CAP_KILL) | CAP_BIT (CAP_SETGID) | CAP_BIT (CAP_SETUID) | CAP_BIT (CAP_SETPCAP)
    | CAP_BIT (CAP_NET_BIND_SERVICE) | CAP_BIT (CAP_SYS_CHROOT) | CAP_BIT (CAP_SETFCAP) | CAP_BIT (CAP_IPC_OWNER);

enum { N_PROGRAMS = 5, MAX_INSTRUCTIONS = 4096 }; /* BPF_MAXINSNS */

static struct sock_fprog *
program_of (struct filters *filters, unsigned index)
{
  return index == 0 ? &filters->all : &filters->ask[index - 1];
}

int
filters_write (const struct filters *filters, int fd)
{
  for (unsigned i = 0; i < N_PROGRAMS; i++) {
    const struct sock_fprog *program = program_of ((struct filters *) filters, i);
    const ssize_t size = (ssize_t) (program->len * sizeof *program->filter);

    if (write (fd, &program->len, sizeof program->len) != (ssize_t) sizeof program->len
        || write (fd, program->filter, (size_t) size) != size)
      return -1;
  }
  return lseek (fd, 0, SEEK_SET) == 0 ? 0 : -1;
}

int
filters_read (struct filters *filters, int fd)
{
  for (unsigned i = 0; i < N_PROGRAMS; i++) {
    struct sock_fprog *program = program_of (filters, i);
    ssize_t size;

    if (read (fd, &program->len, sizeof program->len) != (ssize_t) sizeof program->len || program->len == 0
        || program->len > MAX_INSTRUCTIONS)
      return -1;
    size = (ssize_t) (program->len * sizeof *program->filter);
    program->filter = malloc ((size_t) size);
    if (program->filter == NULL || read (fd, program->filter, (size_t) size) != size)
      return -1;
  }
  return close (fd);
}

int
confine_begin (struct wire_fault *fault)
{
  /* To the kernel one byte means that not even the host's program for crashes is started (core(5)): it would run as the host's
   * root on a process of ours, and keep its memory on the host. */
  const struct rlimit no_core = { 1, 1 };

  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return wire_fail (fault, errno, "forbidding new privileges");
  if (setrlimit (RLIMIT_CORE, &no_core) != 0 && errno != EPERM) /* EPERM: it was 0 already, for good */
    return wire_fail (fault, errno, "forbidding core dumps");
  for (int cap = 0; cap < 64; cap++) {
    if (kept_capabilities & CAP_BIT (cap))
      continue;
    if (prctl (PR_CAPBSET_DROP, cap, 0, 0, 0) != 0) {
      if (errno == EINVAL)
        break; /* the last one that this kernel knows was before */
      return wire_fail (fault, errno, "dropping capability %d", cap);
    }
  }
  return 0;
}

static int
drop_capabilities (struct wire_fault *fault)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[2];

  for (int i = 0; i < 2; i++) {
    data[i].effective = data[i].permitted = (uint32_t) (kept_capabilities >> (32 * i));
    data[i].inheritable = 0;
  }
  if (syscall (SYS_capset, &header, data) != 0)
    return wire_fail (fault, errno, "dropping capabilities");
  return 0;
}

int
confine_apply (const struct sock_fprog *program, struct wire_fault *fault)
{
  if (drop_capabilities (fault) != 0)
    return -1;
  if (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) != 0)
    return wire_fail (fault, errno, "loading the system call filter");
  return 0;
}

/* Without a ruleset there is no domain. The call has one number on all machines. */
int
confine_refuse_domains (struct wire_fault *fault)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = { sizeof code / sizeof code[0], code };

  if (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0)
    return wire_fail (fault, errno, "loading the filter against domains");
  return 0;
}
