/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes without end and memory without end: both stop at the guest's own limits. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test.h"

/* Every process of the bomb forks, and tries again when it cannot. */
static void
bomb (void)
{
  for (;;)
    if (fork () < 0)
      usleep (1000);
}

static void
fork_bomb (void)
{
  int ends[2], status;
  char byte;
  if (pipe (ends) != 0)
    exit (1);
  pid_t leader = fork ();
  if (leader == 0) {
    setpgid (0, 0);
    close (ends[0]);
    bomb ();
  }
  setpgid (leader, leader);
  pid_t child;
  while ((child = fork ()) > 0) {
    setpgid (child, leader);
    usleep (1000);
  }
  if (child == 0) { /* one of them from now on */
    setpgid (0, leader);
    close (ends[0]);
    bomb ();
  }
  check (errno == EAGAIN || errno == ENOMEM, "a fork bomb meets the limit of processes");
  close (ends[1]);
  kill (-leader, SIGKILL);
  /* The other end of the pipe closes with the last of them. */
  check (read (ends[0], &byte, 1) == 0, "all its processes end when they are killed");
  while (wait (&status) > 0)
    continue;
  child = fork ();
  if (child == 0)
    _exit (3);
  waitpid (child, &status, 0);
  check (WIFEXITED (status) && WEXITSTATUS (status) == 3, "and there is room for others again");
}

static void
memory (void)
{
  int status;
  pid_t child = fork ();
  if (child == 0) {
    uint32_t taken = 0;
    while (malloc (100000))
      taken++;
    _exit (taken == 0 || errno != ENOMEM);
  }
  waitpid (child, &status, 0);
  check (status == 0, "malloc without end is refused in the end");
  child = fork ();
  if (child == 0) {
    for (;;) { /* each is granted, and together they are too much */
      char *bytes
          = mmap (NULL, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (bytes == MAP_FAILED)
        _exit (0);
      for (uint32_t i = 0; i < 4 << 20; i += 4096)
        bytes[i] = 1;
    }
  }
  waitpid (child, &status, 0);
  check (status == 0 || (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL),
         "memory that is used without end ends the process, not the kernel");
}

/* Parent and child see what they wrote themselves. */
static void
copies (void)
{
  static uint32_t words[64 * 1024];
  int status;
  for (uint32_t i = 0; i < 64 * 1024; i++)
    words[i] = i;
  pid_t child = fork ();
  for (uint32_t i = 0; i < 64 * 1024; i += 2)
    words[i] = child == 0 ? 1 : 2;
  bool good = true;
  for (uint32_t i = 0; i < 64 * 1024; i++)
    good = good && words[i] == (i % 2 == 1 ? i : child == 0 ? 1u : 2u);
  if (child == 0)
    _exit (!good);
  waitpid (child, &status, 0);
  check (good && status == 0, "memory is copied when parent or child writes");
}

int
main (void)
{
  copies ();
  memory ();
  fork_bomb ();
  return failures;
}
