/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes with different floating-point registers and thread variables, which are preempted and
 * interrupted. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "test.h"

#define PROCESSES 4
#define TURNS     60

struct registers {
  uint64_t d[32];
  uint32_t fpscr, turns;
};

static __thread uint32_t thread_variable;
static volatile sig_atomic_t alarms;

/* Loads all registers, lets time pass without a system call, and stores them. */
static void __attribute__ ((noinline))
through_the_unit (const struct registers *in, struct registers *out)
{
  asm volatile(".fpu neon\n\t"
               "vldmia %0!, {d0-d15}\n\tvldmia %0!, {d16-d31}\n\t"
               "ldm %0, {r2, r3}\n\tvmsr fpscr, r2\n"
               "1:\tsubs r3, r3, #1\n\tbne 1b\n\t"
               "vmrs r2, fpscr\n\t"
               "vstmia %1!, {d0-d15}\n\tvstmia %1!, {d16-d31}\n\tstr r2, [%1]"
               : "+r"(in), "+r"(out)
               :
               : "r2", "r3", "cc", "memory", "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8",
                 "d9", "d10", "d11", "d12", "d13", "d14", "d15");
}

/* A handler that computes, too. */
static void
on_alarm (int number)
{
  struct registers mine = { .fpscr = 0, .turns = 1 }, out;
  memset (mine.d, number, sizeof mine.d);
  through_the_unit (&mine, &out);
  alarms++;
}

static bool
keeps_registers (uint32_t seed, int least_alarms)
{
  struct registers wanted, found;
  uint64_t value = seed * 0x9e3779b97f4a7c15ull;
  thread_variable = seed;
  for (uint32_t turn = 0; turn < TURNS || alarms < least_alarms; turn++) {
    for (uint32_t i = 0; i < 32; i++)
      wanted.d[i] = value = value * 6364136223846793005ull + 1442695040888963407ull;
    wanted.fpscr = (turn & 3) << 22;
    wanted.turns = 100000;
    through_the_unit (&wanted, &found);
    if (memcmp (wanted.d, found.d, sizeof wanted.d) != 0 || wanted.fpscr != found.fpscr
        || thread_variable != seed)
      return false;
  }
  return true;
}

int
main (void)
{
  pid_t child[PROCESSES];
  bool good = true;
  for (uint32_t i = 0; i < PROCESSES; i++) {
    child[i] = fork ();
    if (child[i] == 0) {
      struct itimerval often = { { 0, 7000 }, { 0, 7000 } };
      signal (SIGALRM, on_alarm);
      if (i % 2 == 0)
        setitimer (ITIMER_REAL, &often, NULL);
      _exit (!keeps_registers (i + 1, i % 2 == 0 ? 5 : 0));
    }
  }
  for (uint32_t i = 0; i < PROCESSES; i++) {
    int status = -1;
    waitpid (child[i], &status, 0);
    good = good && status == 0;
  }
  check (good,
         "four processes keep their floating-point registers and thread variables, signals or not");
  return failures;
}
