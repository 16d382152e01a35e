/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes. The kernel has one stack and is never interrupted by itself: a system call that has to
 * wait ends with the process in a queue and its program counter back at the call, which is made
 * again when what it waits for may have come (struct call keeps what has to survive that).
 */
#ifndef LINUX_TASK_H
#define LINUX_TASK_H

#include "file.h"
#include "pv.h"
#include "signal.h"
#include "space.h"

#define TASKS_MAX    64u
#define TASK_NAME    16u
#define SLICE_NS     20000000ull
#define TASK_RESTART (-512) /* result of a system call that waits */

enum task_state {
  TASK_FREE,
  TASK_READY,
  TASK_WAITING, /* in a system call */
  TASK_STOPPED, /* by a signal */
  TASK_ZOMBIE,  /* until its parent asks */
};

/* A system call that has waited and is made again. */
struct call {
  bool active;
  bool interrupted_always; /* a handler ends it even with SA_RESTART */
  bool uninterruptible;    /* signals wait */
  uint64_t deadline;       /* of the whole call, 0: none */
  uint32_t progress;       /* bytes done, or the child of a vfork */
};

struct task {
  enum task_state state;
  uint32_t pid, group, session;
  struct task *parent; /* NULL: of the first process */
  char name[TASK_NAME];

  struct pv_context context; /* while it does not run */
  bool has_fpu;              /* it has used the floating-point unit */
  struct task_fpu {
    uint64_t d[32];
    uint32_t fpscr;
  } fpu;
  uint32_t thread;      /* TPIDRURO */
  uint32_t user_thread; /* TPIDRURW */

  struct space *space;
  struct files *files;
  struct node *directory;
  uint32_t umask;
  struct signals signals;

  const void *channel;               /* TASK_WAITING: what it waits for */
  uint64_t wake_ns;                  /* and until when, 0: for ever */
  uint64_t alarm_ns, alarm_every_ns; /* SIGALRM then, 0: never */
  struct call call;
  struct task *lent; /* vfork: the parent that waits until this one has a space of its own */

  uint64_t started_ns, cpu_ns, children_cpu_ns;
  uint32_t status; /* TASK_ZOMBIE, TASK_STOPPED: as wait4 reports it */
  bool reported;   /* TASK_STOPPED: wait4 has */
};

extern struct task tasks[TASKS_MAX];
extern struct task *task_current; /* NULL: the kernel alone */

/* ---- task.c: beginning and end ---- */
/* The first process, with nothing but a directory and no files. */
struct task *task_first (void);
/* clone(): a child as the flags of `linux/sched.h` say; the pid, or -EAGAIN, -ENOMEM, -EINVAL. */
long task_clone (const struct pv_context *context,
                 uint32_t flags,
                 uint32_t stack,
                 uint32_t thread,
                 struct task **child);
/* Ends the current task with a wait status; task_leave_kernel must follow. */
void task_end (uint32_t status);
/* Gives a zombie's place back. */
void task_reap (struct task *task);
struct task *task_find (uint32_t pid);
/* What a vfork lent goes back: the parent goes on. */
void task_return_space (struct task *task);
void task_set_name (struct task *task, const char *path);

/* ---- schedule.c: who runs ---- */
/* The current task waits until task_wake (channel), the deadline (0: none) or a signal; gives
 * TASK_RESTART. */
long task_wait (const void *channel, uint64_t deadline_ns);
/* Waits for anything that wakes anybody: for poll. */
extern const char task_any_channel;
void task_wake (const void *channel);
void task_make_ready (struct task *task);
/* Saves the current task and goes on with another, or with it. */
void task_switch (struct pv_context *context);
/* The way back to user mode: signals, and whose turn it is. */
void task_leave_kernel (struct pv_context *context);
/* Others that want to run come first. */
void task_yield (void);
/* An alarm was set or taken back. */
void task_timers_changed (void);
/* An event has come: perhaps time is over. */
void task_tick (void);
void task_run_first (void) __attribute__ ((noreturn));
/* Time that the current task has used until now goes to its account. */
void task_charge (void);
/* Registers of the floating-point unit, into the task: for signals and clone. */
void task_save_fpu (struct task *task);
void task_load_fpu (struct task *task);
/* The unit was used while it was off. */
void task_first_fpu (struct task *task);
extern uint32_t task_switches;

#endif
