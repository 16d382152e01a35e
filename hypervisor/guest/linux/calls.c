/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traps of processes: system calls by number, faults, events. */
#include <asm/signal.h>
#include <asm/unistd.h>
#include "call.h"
#include "random.h"
#include "task.h"
#include "tty.h"

#define CALLS_MAX   440u
#define ARM_CALLS   __ARM_NR_BASE
#define CPSR_THUMB  0x20u
#define DFSR_WRITE  0x800u
#define STATUS_BITS 0x40fu

/* What a program of root on a file system in memory, with one processor, need not notice. */
static long
call_nothing (const uint32_t *a, struct pv_context *context)
{
  (void)a;
  (void)context;
  return 0;
}

static const call_function calls[CALLS_MAX] = {
  [__NR_restart_syscall] = call_pause,
  [__NR_exit] = call_exit,
  [__NR_exit_group] = call_exit,
  [__NR_fork] = call_fork,
  [__NR_vfork] = call_vfork,
  [__NR_clone] = call_clone,
  [__NR_execve] = call_execve,
  [__NR_wait4] = call_wait4,
  [__NR_getpid] = call_getpid,
  [__NR_gettid] = call_getpid,
  [__NR_getppid] = call_getppid,
  [__NR_setpgid] = call_setpgid,
  [__NR_getpgid] = call_getpgid,
  [__NR_getpgrp] = call_getpgrp,
  [__NR_setsid] = call_setsid,
  [__NR_getsid] = call_getsid,
  [__NR_set_tid_address] = call_set_tid_address,
  [__NR_sched_yield] = call_sched_yield,
  [__NR_read] = call_read,
  [__NR_write] = call_write,
  [__NR_readv] = call_readv,
  [__NR_writev] = call_writev,
  [__NR_pread64] = call_pread64,
  [__NR_pwrite64] = call_pwrite64,
  [__NR_sendfile] = call_sendfile64,
  [__NR_sendfile64] = call_sendfile64,
  [__NR_open] = call_open,
  [__NR_openat] = call_openat,
  [__NR_creat] = call_creat,
  [__NR_close] = call_close,
  [__NR_lseek] = call_lseek,
  [__NR__llseek] = call_llseek,
  [__NR_dup] = call_dup,
  [__NR_dup2] = call_dup2,
  [__NR_dup3] = call_dup3,
  [__NR_fcntl] = call_fcntl64,
  [__NR_fcntl64] = call_fcntl64,
  [__NR_ioctl] = call_ioctl,
  [__NR_pipe] = call_pipe,
  [__NR_pipe2] = call_pipe2,
  [__NR_ftruncate64] = call_ftruncate64,
  [__NR_truncate64] = call_truncate64,
  [__NR_fsync] = call_fsync,
  [__NR_fdatasync] = call_fsync,
  [__NR_sync] = call_sync,
  [__NR_flock] = call_nothing,
  [__NR_poll] = call_poll,
  [__NR_ppoll] = call_ppoll,
  [__NR_ppoll_time64] = call_ppoll_time64,
  [__NR__newselect] = call_select,
  [__NR_pselect6] = call_pselect6,
  [__NR_pselect6_time64] = call_pselect6_time64,
  [__NR_access] = call_access,
  [__NR_faccessat] = call_faccessat,
  [__NR_faccessat2] = call_faccessat,
  [__NR_mkdir] = call_mkdir,
  [__NR_mkdirat] = call_mkdirat,
  [__NR_rmdir] = call_rmdir,
  [__NR_unlink] = call_unlink,
  [__NR_unlinkat] = call_unlinkat,
  [__NR_rename] = call_rename,
  [__NR_renameat] = call_renameat,
  [__NR_renameat2] = call_renameat,
  [__NR_link] = call_link,
  [__NR_linkat] = call_linkat,
  [__NR_symlink] = call_symlink,
  [__NR_symlinkat] = call_symlinkat,
  [__NR_readlink] = call_readlink,
  [__NR_readlinkat] = call_readlinkat,
  [__NR_mknod] = call_mknod,
  [__NR_mknodat] = call_mknodat,
  [__NR_chdir] = call_chdir,
  [__NR_fchdir] = call_fchdir,
  [__NR_getcwd] = call_getcwd,
  [__NR_chmod] = call_chmod,
  [__NR_fchmod] = call_fchmod,
  [__NR_fchmodat] = call_fchmodat,
  [__NR_chown32] = call_chown,
  [__NR_lchown32] = call_lchown,
  [__NR_fchown32] = call_fchown,
  [__NR_fchownat] = call_fchownat,
  [__NR_utimensat] = call_utimensat,
  [__NR_utimensat_time64] = call_utimensat_time64,
  [__NR_umask] = call_umask,
  [__NR_stat64] = call_stat64,
  [__NR_lstat64] = call_lstat64,
  [__NR_fstat64] = call_fstat64,
  [__NR_fstatat64] = call_fstatat64,
  [__NR_statx] = call_statx,
  [__NR_statfs64] = call_statfs64,
  [__NR_fstatfs64] = call_fstatfs64,
  [__NR_getdents64] = call_getdents64,
  [__NR_brk] = call_brk,
  [__NR_mmap2] = call_mmap2,
  [__NR_munmap] = call_munmap,
  [__NR_mprotect] = call_mprotect,
  [__NR_madvise] = call_nothing,
  [__NR_msync] = call_nothing,
  [__NR_mlock] = call_nothing,
  [__NR_munlock] = call_nothing,
  [__NR_mlockall] = call_nothing,
  [__NR_uname] = call_uname,
  [__NR_sethostname] = call_sethostname,
  [__NR_sysinfo] = call_sysinfo,
  [__NR_ugetrlimit] = call_ugetrlimit,
  [__NR_prlimit64] = call_prlimit64,
  [__NR_getrusage] = call_getrusage,
  [__NR_times] = call_times,
  [__NR_prctl] = call_prctl,
  [__NR_getrandom] = call_getrandom,
  [__NR_reboot] = call_reboot,
  [__NR_sched_getaffinity] = call_sched_getaffinity,
  [__NR_getgroups32] = call_getgroups,
  [__NR_setgroups32] = call_nothing,
  [__NR_getuid32] = call_nothing,
  [__NR_geteuid32] = call_nothing,
  [__NR_getgid32] = call_nothing,
  [__NR_getegid32] = call_nothing,
  [__NR_setuid32] = call_nothing,
  [__NR_setgid32] = call_nothing,
  [__NR_setpriority] = call_nothing,
  [__NR_getpriority] = call_nothing,
  [__NR_set_robust_list] = call_nothing,
  [__NR_kill] = call_kill,
  [__NR_tgkill] = call_tgkill,
  [__NR_rt_sigaction] = call_rt_sigaction,
  [__NR_rt_sigprocmask] = call_rt_sigprocmask,
  [__NR_rt_sigpending] = call_rt_sigpending,
  [__NR_rt_sigsuspend] = call_rt_sigsuspend,
  [__NR_rt_sigtimedwait] = call_rt_sigtimedwait,
  [__NR_rt_sigtimedwait_time64] = call_rt_sigtimedwait_time64,
  [__NR_sigaltstack] = call_sigaltstack,
  [__NR_pause] = call_pause,
  [__NR_sigreturn] = call_sigreturn,
  [__NR_rt_sigreturn] = call_rt_sigreturn,
  [__NR_clock_gettime] = call_clock_gettime,
  [__NR_clock_gettime64] = call_clock_gettime64,
  [__NR_clock_settime64] = call_clock_settime64,
  [__NR_clock_getres] = call_clock_getres,
  [__NR_clock_getres_time64] = call_clock_getres_time64,
  [__NR_gettimeofday] = call_gettimeofday,
  [__NR_nanosleep] = call_nanosleep,
  [__NR_clock_nanosleep] = call_clock_nanosleep,
  [__NR_clock_nanosleep_time64] = call_clock_nanosleep_time64,
  [__NR_setitimer] = call_setitimer,
};

static call_function
find_call (uint32_t number)
{
  if (number < CALLS_MAX)
    return calls[number];
  if (number == __ARM_NR_set_tls)
    return call_set_tls;
  return number == __ARM_NR_cacheflush ? call_nothing : NULL;
}

void
pv_on_syscall (struct pv_context *context)
{
  struct task *task = task_current;
  struct call *call = &task->call;
  call_function function = find_call (context->r[7]);
  if (!call->active)
    *call = (struct call){ .active = false };
  long result = function ? function (context->r, context) : -ENOSYS;
  if (task_current == task) {
    call->active = result == TASK_RESTART;
    if (result == TASK_RESTART) /* the process makes the call again */
      context->frame.pc -= (context->frame.cpsr & CPSR_THUMB) != 0 ? 2 : 4;
    else
      context->r[0] = (uint32_t)result;
  }
  task_leave_kernel (context);
}

/* ---- faults ---- */

static void
check_user (const struct pv_context *context, const char *what, uint32_t address)
{
  if (!pv_from_user (context))
    pv_panic ("%s in the kernel at %08x, address %08x, status %03x", what, context->frame.pc,
              address, context->frame.info);
}

static void
memory_fault (struct pv_context *context, uint32_t address, bool write)
{
  int error = address >= SPACE_START && address < SPACE_END
                  ? space_touch (task_current->space, address, write)
                  : -EFAULT;
  if (error == -ENOMEM) {
    char text[80];
    pv_snprintf (text, sizeof text, "\r\nkernel: out of memory: process %u (%s) ends\r\n",
                 task_current->pid, task_current->name);
    tty_print (text);
    task_end (SIGKILL);
  } else if (error) {
    signal_force (SIGSEGV, address);
  }
  task_leave_kernel (context);
}

void
pv_on_data_abort (struct pv_context *context)
{
  uint32_t address = pv_fault_address (), status = context->frame.info;
  check_user (context, "data abort", address);
  if ((status & STATUS_BITS) == 1) { /* alignment */
    signal_force (SIGBUS, address);
    task_leave_kernel (context);
    return;
  }
  memory_fault (context, address, (status & DFSR_WRITE) != 0);
}

void
pv_on_prefetch_abort (struct pv_context *context)
{
  uint32_t address = pv_fault_address ();
  check_user (context, "prefetch abort", address);
  const struct area *area = area_find (task_current->space, address);
  if (!area || (area->flags & AREA_EXEC) == 0) {
    signal_force (SIGSEGV, address);
    task_leave_kernel (context);
    return;
  }
  memory_fault (context, address, false);
}

void
pv_on_undefined (struct pv_context *context)
{
  check_user (context, "undefined instruction", context->frame.pc);
  if (context->frame.info == PV_UNDEFINED_FPU)
    task_first_fpu (task_current);
  else
    signal_force (SIGILL, context->frame.pc);
  task_leave_kernel (context);
}

void
pv_on_event (struct pv_context *context)
{
  random_stir ();
  pv_event_dispatch ();
  if (!pv_from_user (context))
    return;
  task_tick ();
  task_leave_kernel (context);
}
