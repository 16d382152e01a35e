/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "launcher/inject.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/mounts.h"

#ifdef __x86_64__

enum { MAX_STOPS = 64, WORDS = 6, ROOM = 64 * 1024, NATIVE_SEGMENT = 0x33 };

const bool inject_is_supported = true;

struct thread {
  pid_t                   tid;
  struct user_regs_struct registers; /* its own */
  uint64_t                mask;      /* of signals; its own */
};

struct injection {
  pid_t          pid;
  uint64_t       call;  /* address of a system call instruction */
  uint64_t       room;  /* memory that we have made in the process */
  struct thread *threads; /* the first is the leader */
  unsigned       n_threads;
};

/* --- stopping and going on ------------------------------------------------------------------------------------------------ */

enum { AT_CALL = SIGTRAP | 0x80, AT_STOP = PTRACE_EVENT_STOP };

/* Until it is at a system call, or stopped. What comes between is told of before it runs anything, and of no interest: the kernel
 * knows what state it is to have when we leave. */
static bool
wait_for (pid_t tid, int wanted)
{
  for (int i = 0; i < MAX_STOPS; i++) {
    int status;

    if (waitpid (tid, &status, __WALL) != tid || !WIFSTOPPED (status))
      return false;
    if (wanted == AT_STOP ? status >> 16 == AT_STOP : WSTOPSIG (status) == AT_CALL)
      return true;
    if (ptrace (PTRACE_SYSCALL, tid, NULL, NULL) != 0)
      return false;
  }
  return false;
}

static bool
seize (struct injection *in, pid_t tid)
{
  struct thread *larger = reallocarray (in->threads, in->n_threads + 1, sizeof *larger), *thread;
  const uint64_t all = ~0ULL;

  if (larger == NULL)
    return false;
  in->threads = larger;
  thread = &larger[in->n_threads];
  *thread = (struct thread){ .tid = tid };
  if (ptrace (PTRACE_SEIZE, tid, NULL, (void *) PTRACE_O_TRACESYSGOOD) != 0)
    return false;
  in->n_threads++;
  return ptrace (PTRACE_INTERRUPT, tid, NULL, NULL) == 0 && wait_for (tid, AT_STOP)
         && ptrace (PTRACE_GETREGS, tid, NULL, &thread->registers) == 0 && thread->registers.cs == NATIVE_SEGMENT
         && ptrace (PTRACE_GETSIGMASK, tid, (void *) sizeof thread->mask, &thread->mask) == 0
         && ptrace (PTRACE_SETSIGMASK, tid, (void *) sizeof all, &all) == 0;
}

static bool
is_seized (const struct injection *in, pid_t tid)
{
  for (unsigned i = 0; i < in->n_threads; i++)
    if (in->threads[i].tid == tid)
      return true;
  return false;
}

/* The leader first; none of them runs, so none is added meanwhile. */
static bool
seize_all (struct injection *in)
{
  char path[64];
  struct dirent *entry;
  bool done = seize (in, in->pid);
  DIR *tasks;

  snprintf (path, sizeof path, "/proc/%d/task", in->pid);
  tasks = opendir (path);
  done = done && tasks != NULL;
  while (done && (entry = readdir (tasks)) != NULL)
    if (atoi (entry->d_name) > 0 && !is_seized (in, atoi (entry->d_name)))
      done = seize (in, atoi (entry->d_name));
  if (tasks != NULL)
    closedir (tasks);
  return done;
}

static void
leave_all (struct injection *in)
{
  for (unsigned i = 0; i < in->n_threads; i++) {
    struct thread *thread = &in->threads[i];

    if (thread->registers.rip != 0) {
      ptrace (PTRACE_SETREGS, thread->tid, NULL, &thread->registers);
      ptrace (PTRACE_SETSIGMASK, thread->tid, (void *) sizeof thread->mask, &thread->mask);
    }
    ptrace (PTRACE_DETACH, thread->tid, NULL, NULL);
  }
  free (in->threads);
}

/* --- calls ---------------------------------------------------------------------------------------------------------------- */

/* The kernel's own page of code in the process has one, where no program of ours has to be put. */
static uint64_t
find_call (pid_t pid)
{
  static const char call[] = { 0x0f, 0x05 };
  unsigned long long start = 0, end = 0;
  char path[64], line[512], *found;
  static char code[ROOM];
  FILE *maps;

  snprintf (path, sizeof path, "/proc/%d/maps", pid);
  maps = fopen (path, "re");
  while (maps != NULL && fgets (line, sizeof line, maps) != NULL)
    if (strstr (line, "[vdso]") != NULL && sscanf (line, "%llx-%llx", &start, &end) == 2)
      break;
  if (maps != NULL)
    fclose (maps);
  if (start == 0 || end - start > sizeof code)
    return 0;
  struct iovec own = { code, end - start }, theirs = { (void *) start, end - start };

  if (process_vm_readv (pid, &own, 1, &theirs, 1, 0) != (ssize_t) own.iov_len)
    return 0;
  found = memmem (code, own.iov_len, call, sizeof call);
  return found != NULL ? start + (uint64_t) (found - code) : 0;
}

/* Up to where the kernel has begun with it. */
static bool
begin_call (const struct injection *in, unsigned index, long number, const uint64_t *words)
{
  const struct thread *thread = &in->threads[index];
  struct user_regs_struct registers = thread->registers;

  registers.rip = in->call;
  registers.orig_rax = ~0ULL;
  registers.rax = (uint64_t) number;
  registers.rdi = words[0];
  registers.rsi = words[1];
  registers.rdx = words[2];
  registers.r10 = words[3];
  registers.r8 = words[4];
  registers.r9 = words[5];
  return ptrace (PTRACE_SETREGS, thread->tid, NULL, &registers) == 0 && ptrace (PTRACE_SYSCALL, thread->tid, NULL, NULL) == 0
         && wait_for (thread->tid, AT_CALL) && ptrace (PTRACE_SYSCALL, thread->tid, NULL, NULL) == 0;
}

/* Its result, or a negative errno value. */
static long
end_call (const struct injection *in, unsigned index)
{
  struct user_regs_struct registers;
  pid_t tid = in->threads[index].tid;

  if (!wait_for (tid, AT_CALL) || ptrace (PTRACE_GETREGS, tid, NULL, &registers) != 0)
    return -ESRCH;
  return (long) registers.rax;
}

#define CALL(in, index, number, ...) call_in (in, index, number, (const uint64_t[WORDS]){ __VA_ARGS__ })

static long
call_in (const struct injection *in, unsigned index, long number, const uint64_t *words)
{
  return begin_call (in, index, number, words) ? end_call (in, index) : -ESRCH;
}

/* --- what it has to do ---------------------------------------------------------------------------------------------------- */

static bool
write_filter (const struct injection *in, const struct sock_fprog *filter)
{
  const size_t size = filter->len * sizeof *filter->filter;
  struct sock_fprog program = { filter->len, (void *) (in->room + sizeof program) };
  struct iovec own[] = { { &program, sizeof program }, { filter->filter, size } };
  struct iovec theirs = { (void *) in->room, sizeof program + size };

  return theirs.iov_len <= ROOM && process_vm_writev (in->pid, own, 2, &theirs, 1, 0) == (ssize_t) theirs.iov_len;
}

/* Descriptor @fd of the process as one of ours, out of the way of those that are passed to programs. */
static int
take (const struct injection *in, long fd)
{
  int pidfd = (int) syscall (SYS_pidfd_open, in->pid, 0), copy, result;

  copy = pidfd < 0 ? -1 : (int) syscall (SYS_pidfd_getfd, pidfd, (int) fd, 0);
  close_fd (&pidfd);
  result = copy < 0 ? -1 : fcntl (copy, F_DUPFD_CLOEXEC, 300);
  close_fd (&copy);
  return result;
}

/* For all threads at once, so that there is one listener. The filter that came back with them has none, and asks in vain; of two
 * that ask, the kernel takes the younger one. */
static int
load_filter (const struct injection *in, const struct sock_fprog *filter)
{
  const uint64_t flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
  const uint64_t killable = 1U << 5; /* SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19 */
  int listener;
  long fd;

  if (!write_filter (in, filter))
    return -1;
  fd = CALL (in, 0, SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | killable, in->room);
  if (fd == -EINVAL)
    fd = CALL (in, 0, SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, in->room);
  if (fd < 0)
    return -1;
  listener = take (in, fd);
  if (listener >= 0 && CALL (in, 0, SYS_close, (uint64_t) fd) != 0)
    close_fd (&listener);
  return listener;
}

/* Gives it a descriptor of ours, as the answer to what its filter asks about. Returns its number there, or a negative value. */
static long
give (const struct injection *in, int listener, int fd)
{
  union {
    struct seccomp_notif notif;
    char                 room[512];
  } question = { .room = { 0 } };
  struct seccomp_notif_addfd addfd = { .flags = SECCOMP_ADDFD_FLAG_SEND, .srcfd = (uint32_t) fd, .newfd_flags = O_CLOEXEC };

  if (!begin_call (in, 0, SYS_prctl, (const uint64_t[WORDS]){ ASK_DESCRIPTOR })
      || ioctl (listener, SECCOMP_IOCTL_NOTIF_RECV, &question.notif) != 0)
    return -1;
  addfd.id = question.notif.id;
  if (ioctl (listener, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd) < 0)
    return -1;
  return end_call (in, 0);
}

/* A domain is each thread's own. */
static bool
enter_domain (const struct injection *in, int listener, int domain)
{
  long fd = give (in, listener, domain);
  bool done = fd >= 0;

  for (unsigned i = 0; done && i < in->n_threads; i++)
    done = CALL (in, i, SYS_landlock_restrict_self, (uint64_t) fd, 0) == 0;
  return done && CALL (in, 0, SYS_close, (uint64_t) fd) == 0;
}

static int
confine (struct injection *in, const struct sandbox *sandbox, const struct filters *filters)
{
  int domain = sandbox_make_domain (sandbox), listener;
  bool done = domain >= 0 || errno == 0;
  long room;

  in->call = find_call (in->pid);
  room = !done || in->call == 0 ? -1
         : CALL (in, 0, SYS_mmap, 0, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, ~0ULL);
  in->room = (uint64_t) room;
  listener = room < 0 && room > -4096 ? -1 : load_filter (in, &filters->ask[sandbox_asks (sandbox)]);
  if (listener >= 0
      && ((domain >= 0 && !enter_domain (in, listener, domain)) || CALL (in, 0, SYS_munmap, in->room, ROOM) != 0))
    close_fd (&listener);
  close_fd (&domain);
  return listener;
}

int
inject_sandbox (pid_t pid, const struct sandbox *sandbox, const struct filters *filters)
{
  struct injection in = { .pid = pid };
  int listener = seize_all (&in) ? confine (&in, sandbox, filters) : -1;

  leave_all (&in);
  return listener;
}

#else

const bool inject_is_supported = false;

int
inject_sandbox (pid_t pid, const struct sandbox *sandbox, const struct filters *filters)
{
  (void) pid, (void) sandbox, (void) filters;
  return -1;
}

#endif
