/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Executables that are cut off or lie, wild pointers, and system calls with hostile arguments. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test.h"

#define PATH "/tmp/victim"

static unsigned char program[1 << 20];
static size_t size;

static size_t
read_file (const char *path)
{
  int file = open (path, O_RDONLY);
  ssize_t got, all = 0;
  while ((got = read (file, program + all, sizeof program - (size_t)all)) > 0)
    all += got;
  close (file);
  return (size_t)all;
}

/* Runs what is in `program`; the status of its end, or 0x10000 + errno when it could not be
 * started. */
static int
run (size_t bytes)
{
  int file = open (PATH, O_CREAT | O_TRUNC | O_WRONLY, 0755), status;
  if (file < 0 || write (file, program, bytes) != (ssize_t)bytes || close (file) != 0)
    return -1;
  pid_t child = fork ();
  if (child == 0) {
    char *const arguments[] = { (char *)(uintptr_t) "victim", (char *)(uintptr_t) "quiet", NULL };
    execv (PATH, arguments);
    _exit (errno == ENOEXEC ? 100 : errno == ENOMEM ? 101 : 102);
  }
  waitpid (child, &status, 0);
  return status;
}

static void
cut_off (void)
{
  bool good = true;
  static const size_t lengths[] = { 0, 1, 3, 4, 16, 51, 52, 60, 84, 116, 200, 4095 };
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
    good = good && run (lengths[i]) != 0;
  check (good, "an executable that is cut off does not run");
  check (run (size) == 0, "and whole it does");
}

/* One random field of the headers lies; whatever becomes of the process, the kernel goes on. */
static void
lies (void)
{
  static unsigned char whole[sizeof program];
  Elf32_Ehdr *header = (Elf32_Ehdr *)(void *)program;
  uint32_t random = 12345, started = 0;
  static const uint32_t values[] = { 0,          1,          0x1000,     0x7fffffff, 0x80000000,
                                     0xbf000000, 0xc0000000, 0xe0000000, 0xfffff000, 0xffffffff };
  memcpy (whole, program, size);
  for (uint32_t i = 0; i < 300; i++) {
    random = random * 1103515245 + 12345;
    uint32_t words = (sizeof *header + header->e_phnum * sizeof (Elf32_Phdr)) / 4;
    uint32_t value = values[(random >> 8) % 10];
    memcpy (program + 16 + (random >> 16) % (words - 4) * 4, &value, 4);
    int status = run (size);
    started += status == 0;
    memcpy (program, whole, size);
  }
  printf ("# %u of 300 executables with a wrong word ran\n", started);
  check (run (size) == 0,
         "300 executables with a wrong word in their headers, and the kernel goes on");
}

static int
dies_of (void (*what) (void))
{
  int status;
  pid_t child = fork ();
  if (child == 0) {
    what ();
    _exit (0);
  }
  waitpid (child, &status, 0);
  return WIFSIGNALED (status) ? WTERMSIG (status) : 0;
}

static void
read_kernel (void)
{
  (void)*(volatile uint32_t *)0xc0000000;
}

static void
write_hypervisor (void)
{
  *(volatile uint32_t *)0xfc000000 = 1;
}

static void
write_text (void)
{
  *(volatile uint32_t *)((uintptr_t)read_kernel & ~3u) = 0;
}

static void
run_stack (void)
{
  uint32_t code[] = { 0xe12fff1e };
  ((void (*) (void)) (uintptr_t)code) ();
}

static void
undefined (void)
{
  asm volatile("udf #0");
}

static void
jump_nowhere (void)
{
  ((void (*) (void))0xffff0fe0) ();
}

static void
lose_stack (void)
{
  asm volatile("mov r0, #0\n\tmov sp, r0\n\tpush {r0}");
}

static void
faults (void)
{
  check (dies_of (read_kernel) == SIGSEGV, "reading the guest's kernel");
  check (dies_of (write_hypervisor) == SIGSEGV, "writing the hypervisor");
  check (dies_of (write_text) == SIGSEGV, "writing a program's text");
  check (dies_of (run_stack) == SIGSEGV, "executing the stack");
  check (dies_of (undefined) == SIGILL, "an undefined instruction");
  check (dies_of (jump_nowhere) == SIGSEGV, "jumping to where Linux has its helpers");
  check (dies_of (lose_stack) == SIGSEGV, "a stack that is nowhere");
}

/* Pointers into the kernel and beyond must be refused by each call that takes one. */
static void
wild_arguments (void)
{
  static const uint32_t wild[]
      = { 0, 4, 0xbefffffd, 0xbf000000, 0xc0000000, 0xdffffffe, 0xe0000000, 0xfffffffc };
  uint32_t random = 1;
  pid_t child = fork ();
  if (child == 0) {
    for (uint32_t i = 0; i < 30000; i++) {
      uint32_t a[6];
      for (uint32_t j = 0; j < 6; j++) {
        random = random * 1103515245 + 12345;
        a[j] = (random >> 20 & 3) == 0 ? random >> 24 & 15 : wild[random >> 16 & 7];
      }
      uint32_t number = random >> 7 & 511;
      if (number == SYS_exit || number == SYS_exit_group || number == SYS_fork
          || number == SYS_vfork || number == SYS_clone || number == SYS_pause || number == SYS_kill
          || number == SYS_reboot || number == SYS_rt_sigsuspend || number == SYS_rt_sigreturn
          || number == SYS_sigreturn || number == SYS_rt_sigtimedwait
          || number == SYS_rt_sigtimedwait_time64 || number == SYS_restart_syscall
          || number == SYS_munmap || number == SYS_poll || number == SYS__newselect
          || number == SYS_ppoll || number == SYS_pselect6 || number == SYS_ppoll_time64
          || number == SYS_pselect6_time64 || number == SYS_read || number == SYS_readv
          || number == SYS_wait4 || number == SYS_nanosleep || number == SYS_clock_nanosleep
          || number == SYS_clock_nanosleep_time64 || number == SYS_tgkill || number == SYS_mprotect
          || number == SYS_mmap2 || number == SYS_brk || number == SYS_chroot)
        continue;
      if (a[0] < 3)
        a[0] = 77; /* not the console */
      syscall ((long)number, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    _exit (0);
  }
  int status = -1;
  waitpid (child, &status, 0);
  check (WIFEXITED (status) || WIFSIGNALED (status), "30,000 system calls with hostile arguments");
}

int
main (int count, char **arguments)
{
  (void)arguments;
  if (count > 1) /* as the victim */
    return 0;
  size = read_file ("/programs/hostile");
  cut_off ();
  lies ();
  faults ();
  wild_arguments ();
  unlink (PATH);
  return failures;
}
