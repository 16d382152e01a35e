/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef LINUX_SIGNAL_H
#define LINUX_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#define SIGNALS 64u

struct pv_context;
struct task;

/* As rt_sigaction() has it. */
struct signal_action {
  uint32_t handler, flags, restorer;
  uint64_t mask;
};

struct signals {
  struct signal_action action[SIGNALS]; /* of signal n at n - 1 */
  uint64_t blocked, pending;
  uint64_t saved;             /* sigsuspend: what `blocked` was */
  bool restore;               /* and it is to be so again */
  uint64_t awaited;           /* sigtimedwait: these end the wait though they are blocked */
  uint32_t stack, stack_size; /* sigaltstack; size 0: none */
};

/* The kernel's or kill()'s signal to a task. */
void signal_send (struct task *task, uint32_t number);
/* To all of a process group; how many. */
uint32_t signal_send_group (uint32_t group, uint32_t number);
/* Whether one that is sent would be neither blocked nor ignored. */
bool signal_would_act (const struct task *task, uint32_t number);
/* Whether one is pending that would do something. */
bool signal_wanted (const struct task *task);
/* For the current task, on its way to user mode. */
void signal_deliver (struct pv_context *context);
/* sigreturn and rt_sigreturn; ends the task when the frame cannot be read. */
void signal_return (struct pv_context *context, bool real_time);
/* A fault of the current task: cannot be blocked or ignored. */
void signal_force (uint32_t number, uint32_t address);
/* exec: handlers are gone. */
void signal_exec (struct signals *signals);

#endif
