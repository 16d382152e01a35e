/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls. `a` are the six arguments in r0 to r5. A result is a value, a negative error of
 * Linux, or TASK_RESTART when the call has to wait. Only what changes more than r0 uses the
 * context.
 */
#ifndef LINUX_CALL_H
#define LINUX_CALL_H

#include <stdint.h>

struct pv_context;

typedef long (*call_function) (const uint32_t *a, struct pv_context *context);

#define CALL(name) long call_##name (const uint32_t *a, struct pv_context *context)

/* call-file.c */
CALL (read);
CALL (write);
CALL (readv);
CALL (writev);
CALL (pread64);
CALL (pwrite64);
CALL (sendfile64);
CALL (open);
CALL (openat);
CALL (creat);
CALL (close);
CALL (lseek);
CALL (llseek);
CALL (dup);
CALL (dup2);
CALL (dup3);
CALL (fcntl64);
CALL (ioctl);
CALL (pipe);
CALL (pipe2);
CALL (ftruncate64);
CALL (fsync);
CALL (sync);
/* call-poll.c */
CALL (poll);
CALL (ppoll);
CALL (ppoll_time64);
CALL (select);
CALL (pselect6);
CALL (pselect6_time64);
/* call-path.c */
CALL (access);
CALL (faccessat);
CALL (mkdir);
CALL (mkdirat);
CALL (rmdir);
CALL (unlink);
CALL (unlinkat);
CALL (rename);
CALL (renameat);
CALL (link);
CALL (linkat);
CALL (symlink);
CALL (symlinkat);
CALL (readlink);
CALL (readlinkat);
CALL (mknod);
CALL (mknodat);
CALL (chdir);
CALL (fchdir);
CALL (getcwd);
CALL (chmod);
CALL (fchmod);
CALL (fchmodat);
CALL (chown);
CALL (lchown);
CALL (fchown);
CALL (fchownat);
CALL (utimensat);
CALL (utimensat_time64);
CALL (truncate64);
CALL (umask);
/* call-stat.c */
CALL (stat64);
CALL (lstat64);
CALL (fstat64);
CALL (fstatat64);
CALL (statx);
CALL (statfs64);
CALL (fstatfs64);
CALL (getdents64);
/* call-memory.c */
CALL (brk);
CALL (mmap2);
CALL (munmap);
CALL (mprotect);
/* call-task.c */
CALL (fork);
CALL (vfork);
CALL (clone);
CALL (execve);
CALL (exit);
CALL (wait4);
CALL (getpid);
CALL (getppid);
CALL (setpgid);
CALL (getpgid);
CALL (getpgrp);
CALL (setsid);
CALL (getsid);
CALL (set_tid_address);
CALL (set_tls);
CALL (sched_yield);
/* call-system.c */
CALL (uname);
CALL (sethostname);
CALL (sysinfo);
CALL (ugetrlimit);
CALL (prlimit64);
CALL (getrusage);
CALL (times);
CALL (prctl);
CALL (getrandom);
CALL (reboot);
CALL (sched_getaffinity);
CALL (getgroups);
/* call-signal.c */
CALL (kill);
CALL (tgkill);
CALL (rt_sigaction);
CALL (rt_sigprocmask);
CALL (rt_sigpending);
CALL (rt_sigsuspend);
CALL (rt_sigtimedwait);
CALL (rt_sigtimedwait_time64);
CALL (sigaltstack);
CALL (pause);
CALL (sigreturn);
CALL (rt_sigreturn);
/* call-time.c */
CALL (clock_gettime);
CALL (clock_gettime64);
CALL (clock_settime64);
CALL (clock_getres);
CALL (clock_getres_time64);
CALL (gettimeofday);
CALL (nanosleep);
CALL (clock_nanosleep);
CALL (clock_nanosleep_time64);
CALL (setitimer);

/* Where a relative path of an *at() call starts: 0 or a negative error; not held. */
struct node;
int call_start (uint32_t directory, struct node **from);
/* The node that an *at() call names, with a use; `flags` are AT_*: an empty path may be the open
 * file itself. */
int call_find (uint32_t directory, uint32_t address, uint32_t flags, struct node **node);
/* A time of the process in nanoseconds; 64-bit seconds or not. -EFAULT, -EINVAL. */
int call_time (uint32_t address, int wide, uint64_t *ns);

#endif
