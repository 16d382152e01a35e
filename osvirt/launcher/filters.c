/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/confine.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Calls that only administer a machine, or that widen what a program can reach in the kernel. */
static const int denied_calls[] = {
  SCMP_SYS (mount), SCMP_SYS (umount), SCMP_SYS (umount2), SCMP_SYS (pivot_root), SCMP_SYS (fsopen), SCMP_SYS (fsconfig),
  SCMP_SYS (fsmount), SCMP_SYS (fspick), SCMP_SYS (open_tree), SCMP_SYS (move_mount), SCMP_SYS (mount_setattr),
  SCMP_SYS (setns), SCMP_SYS (unshare), SCMP_SYS (swapon), SCMP_SYS (swapoff), SCMP_SYS (quotactl),
  SCMP_SYS (init_module), SCMP_SYS (finit_module), SCMP_SYS (delete_module), SCMP_SYS (kexec_load),
  SCMP_SYS (kexec_file_load), SCMP_SYS (reboot), SCMP_SYS (bpf), SCMP_SYS (perf_event_open), SCMP_SYS (userfaultfd),
  SCMP_SYS (keyctl), SCMP_SYS (add_key), SCMP_SYS (request_key), SCMP_SYS (open_by_handle_at), SCMP_SYS (acct),
  SCMP_SYS (settimeofday), SCMP_SYS (clock_settime), SCMP_SYS (clock_adjtime), SCMP_SYS (adjtimex), SCMP_SYS (syslog),
  SCMP_SYS (iopl), SCMP_SYS (ioperm), SCMP_SYS (nfsservctl), SCMP_SYS (vhangup), SCMP_SYS (lookup_dcookie),
};

/* Families of sockets that have no part in namespaces, so that a network of its own would not hold them (VSOCK reaches the
 * machine's hypervisor, Bluetooth what is near), or that few use and holes are found in. */
static int
refuse_other_families (scmp_filter_ctx filter)
{
  int result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EAFNOSUPPORT), SCMP_SYS (socket), 1, SCMP_A0 (SCMP_CMP_GT, AF_NETLINK));

  for (unsigned family = AF_UNIX + 1; family < AF_NETLINK && result == 0; family++)
    if (family != AF_INET && family != AF_INET6)
      result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EAFNOSUPPORT), SCMP_SYS (socket), 1,
                                 SCMP_A0 (SCMP_CMP_MASKED_EQ, 0xffffffff, family));
  return result;
}

static int
add_rules (scmp_filter_ctx filter)
{
  int result = 0;

  /* EPERM and ENOSYS, never a kill: programs probe for these and have ways to go on. */
  for (size_t i = 0; i < sizeof denied_calls / sizeof denied_calls[0] && result == 0; i++) {
    result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), denied_calls[i], 0);
    if (result == -EDOM || result == -EINVAL)
      result = 0; /* not a call of this architecture */
  }
  /* Typing into the terminal that a program was started from (CVE-2017-5226); the upper half of the argument is
   * ignored by the kernel, so it must be here too. */
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (ioctl), 1,
                               SCMP_A1 (SCMP_CMP_MASKED_EQ, 0xffffffff, TIOCSTI));
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (ioctl), 1,
                               SCMP_A1 (SCMP_CMP_MASKED_EQ, 0xffffffff, TIOCLINUX));
  /* A new user namespace would bring CAP_SYS_ADMIN back. The flags of clone3() lie in memory, where a filter cannot
   * look: C libraries fall back to clone(). */
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (clone), 1,
                               SCMP_A0 (SCMP_CMP_MASKED_EQ, CLONE_NEWUSER, CLONE_NEWUSER));
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (clone3), 0);
  /* What is queued there passes no filter; and a view with a ring in it cannot be suspended. */
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (io_uring_setup), 0);
  return result == 0 ? refuse_other_families (filter) : result;
}

/* The kernel forbids setgroups() to a namespace that an ordinary user made. Programs that change to the user they are
 * already (xterm, su) take that for a failure, while there is no other group that they could keep or lose. */
static int
pretend_setgroups (scmp_filter_ctx filter)
{
  return seccomp_rule_add (filter, SCMP_ACT_ERRNO (0), SCMP_SYS (setgroups), 0);
}

static int
export_program (scmp_filter_ctx filter, struct sock_fprog *program)
{
  int fd = memfd_create ("seccomp", MFD_CLOEXEC);
  struct stat info;
  void *code;

  if (fd < 0)
    return -errno;
  if (seccomp_export_bpf (filter, fd) != 0 || fstat (fd, &info) != 0) {
    close (fd);
    return -EIO;
  }
  code = malloc ((size_t) info.st_size);
  if (code == NULL || pread (fd, code, (size_t) info.st_size, 0) != info.st_size) {
    free (code);
    close (fd);
    return -EIO;
  }
  close (fd);
  program->filter = code;
  program->len = (unsigned short) ((size_t) info.st_size / sizeof (struct sock_filter));
  return 0;
}

static int
prepare_all (struct sock_fprog *program, bool one_id)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  int result;

  if (filter == NULL)
    return -ENOMEM;
#ifdef __x86_64__
  /* 32-bit programs run too, under the same rules. Other calling conventions are refused by the filter's default. */
  seccomp_arch_add (filter, SCMP_ARCH_X86);
#endif
  seccomp_attr_set (filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO (ENOSYS));
  result = add_rules (filter);
  if (result == 0 && one_id)
    result = pretend_setgroups (filter);
  if (result == 0)
    result = export_program (filter, program);
  seccomp_release (filter);
  return result;
}

/* Calls that reach a file by its name. What they reach is decided by the mounts; these are where to ask. */
static const int path_calls[] = {
  SCMP_SYS (open), SCMP_SYS (openat), SCMP_SYS (openat2), SCMP_SYS (creat), SCMP_SYS (truncate), SCMP_SYS (chdir),
  SCMP_SYS (stat), SCMP_SYS (lstat), SCMP_SYS (newfstatat), SCMP_SYS (statx), SCMP_SYS (access), SCMP_SYS (faccessat),
  SCMP_SYS (faccessat2),
};

/* Ways to the network that connect() and bind() do not see: anything but TCP, and data sent with the first packet. The upper
 * halves of these arguments are ignored by the kernel, so they must be here too. */
static int
refuse_other_transports (scmp_filter_ctx filter)
{
  static const unsigned protocols[] = { 132 /* SCTP */, 256 /* SMC */, 262 /* MPTCP */ };
  const uint64_t low = 0xffffffff, fast_open = 0x20000000;
  int result = 0;

  for (unsigned family = 2; family < 64 && result == 0; family++)
    if (family != AF_INET && family != AF_INET6 && family != AF_NETLINK)
      result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EACCES), SCMP_SYS (socket), 1, SCMP_A0 (SCMP_CMP_MASKED_EQ, low, family));
  for (unsigned i = 0; i < 2 && result == 0; i++) {
    const unsigned family = i == 0 ? AF_INET : AF_INET6;

    for (unsigned type = 2; type <= 10 && result == 0; type++)
      result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EACCES), SCMP_SYS (socket), 2,
                                 SCMP_A0 (SCMP_CMP_MASKED_EQ, low, family), SCMP_A1 (SCMP_CMP_MASKED_EQ, 0xf, type));
    for (size_t k = 0; k < sizeof protocols / sizeof protocols[0] && result == 0; k++)
      result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EACCES), SCMP_SYS (socket), 2,
                                 SCMP_A0 (SCMP_CMP_MASKED_EQ, low, family), SCMP_A2 (SCMP_CMP_MASKED_EQ, low, protocols[k]));
  }
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (sendto), 1, SCMP_A3 (SCMP_CMP_MASKED_EQ, fast_open, fast_open));
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (sendmsg), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, fast_open, fast_open));
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (sendmmsg), 1, SCMP_A3 (SCMP_CMP_MASKED_EQ, fast_open, fast_open));
  return result;
}

static int
add_questions (scmp_filter_ctx filter, unsigned about)
{
  static const int net_calls[] = { SCMP_SYS (connect), SCMP_SYS (bind), SCMP_SYS (listen) };
  int result = seccomp_rule_add (filter, SCMP_ACT_NOTIFY, SCMP_SYS (prctl), 1,
                                 SCMP_A0 (SCMP_CMP_MASKED_EQ, 0xffffffff, ASK_DESCRIPTOR));

  for (size_t i = 0; i < sizeof net_calls / sizeof net_calls[0] && (about & ASK_NET) && result == 0; i++)
    result = seccomp_rule_add (filter, SCMP_ACT_NOTIFY, net_calls[i], 0);
  if ((about & ASK_NET) && result == 0)
    result = refuse_other_transports (filter);
  for (size_t i = 0; i < sizeof path_calls / sizeof path_calls[0] && (about & ASK_FILES) && result == 0; i++) {
    result = seccomp_rule_add (filter, SCMP_ACT_NOTIFY, path_calls[i], 0);
    if (result == -EDOM || result == -EINVAL)
      result = 0; /* not a call of this architecture */
  }
  return result;
}

/* Only the machine's own calls: pid 1 reads their arguments, whose places differ elsewhere. */
static int
prepare_questions (struct sock_fprog *program, unsigned about)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  int result;

  if (filter == NULL)
    return -ENOMEM;
  seccomp_attr_set (filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO (ENOSYS));
  result = add_questions (filter, about);
  if (result == 0)
    result = export_program (filter, program);
  seccomp_release (filter);
  return result;
}

int
confine_prepare (struct filters *filters, bool one_id, struct wire_fault *fault)
{
  int result = prepare_all (&filters->all, one_id);

  for (unsigned about = 0; about < sizeof filters->ask / sizeof filters->ask[0] && result == 0; about++)
    result = prepare_questions (&filters->ask[about], about);
  return result == 0 ? 0 : wire_fail (fault, -result, "making the system call filter");
}
