/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/confine.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP_BIT(cap) (1ULL << (cap))

/* What a package manager and ordinary services need of root, and no more. All of it counts only for the workspace's own
 * ids and namespaces. CAP_SYS_ADMIN is not here: with it a program could rearrange the mounts that hide the host. */
static const uint64_t kept_capabilities =
    CAP_BIT (CAP_CHOWN) | CAP_BIT (CAP_DAC_OVERRIDE) | CAP_BIT (CAP_FOWNER) | CAP_BIT (CAP_FSETID)
    | CAP_BIT (CAP_KILL) | CAP_BIT (CAP_SETGID) | CAP_BIT (CAP_SETUID) | CAP_BIT (CAP_SETPCAP)
    | CAP_BIT (CAP_NET_BIND_SERVICE) | CAP_BIT (CAP_SYS_CHROOT) | CAP_BIT (CAP_SETFCAP) | CAP_BIT (CAP_IPC_OWNER);

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
  return result;
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

int
confine_prepare (struct sock_fprog *program, bool one_id, struct wire_fault *fault)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
  int result;

  if (filter == NULL)
    return wire_fail (fault, ENOMEM, "making the system call filter");
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
  return result == 0 ? 0 : wire_fail (fault, -result, "making the system call filter");
}

static int
drop_capabilities (struct wire_fault *fault)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[2];

  for (int cap = 0; cap < 64; cap++) {
    if (kept_capabilities & CAP_BIT (cap))
      continue;
    if (prctl (PR_CAPBSET_DROP, cap, 0, 0, 0) != 0) {
      if (errno == EINVAL)
        break; /* the last one that this kernel knows was before */
      return wire_fail (fault, errno, "dropping capability %d", cap);
    }
  }
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
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return wire_fail (fault, errno, "forbidding new privileges");
  if (drop_capabilities (fault) != 0)
    return -1;
  if (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) != 0)
    return wire_fail (fault, errno, "loading the system call filter");
  return 0;
}
