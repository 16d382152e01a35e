/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <asm/signal.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include "call.h"
#include "clock.h"
#include "exec.h"
#include "heap.h"
#include "task.h"
#include "user.h"

#define STRING_MAX 131072u
#define CONTINUED  0xffffu

/* ---- beginning ---- */

/* The parent of a vfork goes on when the child has a space of its own, or none. */
static long
wait_for_space (void)
{
  struct call *call = &task_current->call;
  for (const struct task *task = tasks; task < tasks + TASKS_MAX; task++)
    if (task->state != TASK_FREE && task->lent == task_current)
      return task_wait (call, 0);
  call->uninterruptible = false;
  return (long)call->progress;
}

static long
begin (const struct pv_context *context, uint32_t flags, const uint32_t *a)
{
  struct call *call = &task_current->call;
  struct task *child;
  if (call->active)
    return wait_for_space ();
  long pid = task_clone (context, flags, a[1], a[3], &child);
  if (pid < 0)
    return pid;
  uint32_t number = (uint32_t)pid;
  if ((flags & CLONE_PARENT_SETTID) != 0)
    user_put (a[2], &number, sizeof number);
  if ((flags & CLONE_CHILD_SETTID) != 0)
    space_put (child->space, a[4], &number, sizeof number);
  if ((flags & CLONE_VFORK) == 0)
    return pid;
  call->progress = number;
  call->uninterruptible = true;
  return wait_for_space ();
}

/* (flags, stack, parent's word, thread register, child's word) */
CALL (clone)
{
  return begin (context, a[0], a);
}

CALL (fork)
{
  const uint32_t arguments[6] = { 0 };
  (void)a;
  return begin (context, SIGCHLD, arguments);
}

CALL (vfork)
{
  const uint32_t arguments[6] = { 0 };
  (void)a;
  return begin (context, CLONE_VFORK | CLONE_VM | SIGCHLD, arguments);
}

/* Adds a list of strings of the process; how many, or a negative error. */
static long
gather (uint32_t list, const char **text, uint32_t room)
{
  for (uint32_t count = 0; list != 0; count++, list += 4) {
    const uint32_t *address = user_input (list, sizeof *address);
    if (!address)
      return -EFAULT;
    if (*address == 0)
      return (long)count;
    if (count == room)
      return -E2BIG;
    text[count] = user_string (*address, STRING_MAX);
    if (!text[count])
      return -EFAULT;
  }
  return 0;
}

CALL (execve)
{
  char path[PATH_MAX_BYTES];
  int error = user_path (a[0], path, sizeof path);
  if (error)
    return error;
  struct exec_strings *strings = heap_new (sizeof *strings);
  if (!strings)
    return -ENOMEM;
  long arguments = gather (a[1], strings->text, EXEC_STRINGS);
  long environment = arguments < 0 ? arguments
                                   : gather (a[2], strings->text + arguments,
                                             EXEC_STRINGS - (uint32_t)arguments);
  long result = environment;
  if (environment >= 0) {
    strings->arguments = (uint32_t)arguments;
    strings->environment = (uint32_t)environment;
    result = exec_run (path, strings, context);
  }
  heap_free (strings);
  return result;
}

/* ---- end ---- */

CALL (exit)
{
  (void)context;
  task_end ((a[0] & 0xff) << 8);
  return 0;
}

static bool
is_meant (const struct task *child, int32_t pid)
{
  if (child->state == TASK_FREE || child->parent != task_current)
    return false;
  if (pid > 0)
    return child->pid == (uint32_t)pid;
  return pid == -1 || child->group == (pid == 0 ? task_current->group : (uint32_t)-pid);
}

/* Reports a child that has ended or stopped. */
static long
report_child (struct task *child, const uint32_t *a)
{
  uint32_t pid = child->pid;
  if (a[1] != 0 && user_put (a[1], &child->status, sizeof child->status) != 0)
    return -EFAULT;
  if (a[3] != 0) {
    uint32_t usage[18] = { (uint32_t)(child->cpu_ns / NS_PER_SECOND),
                           (uint32_t)(child->cpu_ns % NS_PER_SECOND / 1000) };
    if (user_put (a[3], usage, sizeof usage) != 0)
      return -EFAULT;
  }
  if (child->state == TASK_ZOMBIE)
    task_reap (child);
  else
    child->reported = true;
  return (long)pid;
}

/* (pid, status, options, usage) */
CALL (wait4)
{
  bool any = false;
  (void)context;
  for (struct task *child = tasks; child < tasks + TASKS_MAX; child++) {
    if (!is_meant (child, (int32_t)a[0]))
      continue;
    any = true;
    if (child->state == TASK_ZOMBIE
        || (child->state == TASK_STOPPED && !child->reported && (a[2] & WUNTRACED) != 0))
      return report_child (child, a);
  }
  if (!any)
    return -ECHILD;
  return (a[2] & WNOHANG) != 0 ? 0 : task_wait (task_current, 0);
}

/* ---- who ---- */

CALL (getpid)
{
  (void)a;
  (void)context;
  return (long)task_current->pid;
}

CALL (getppid)
{
  (void)a;
  (void)context;
  return task_current->parent ? (long)task_current->parent->pid : 0;
}

static struct task *
task_named (uint32_t pid)
{
  return pid == 0 ? task_current : task_find (pid);
}

CALL (setpgid)
{
  struct task *task = task_named (a[0]);
  (void)context;
  if (!task || (task != task_current && task->parent != task_current))
    return -ESRCH;
  if (task->session == task->pid || task->session != task_current->session)
    return -EPERM;
  task->group = a[1] == 0 ? task->pid : a[1];
  return 0;
}

CALL (getpgid)
{
  struct task *task = task_named (a[0]);
  (void)context;
  return task ? (long)task->group : -ESRCH;
}

CALL (getpgrp)
{
  (void)a;
  (void)context;
  return (long)task_current->group;
}

CALL (getsid)
{
  struct task *task = task_named (a[0]);
  (void)context;
  return task ? (long)task->session : -ESRCH;
}

CALL (setsid)
{
  struct task *task = task_current;
  (void)a;
  (void)context;
  if (task->group == task->pid)
    return -EPERM;
  task->session = task->group = task->pid;
  return (long)task->pid;
}

/* There are no threads that could wait for it. */
CALL (set_tid_address)
{
  (void)a;
  (void)context;
  return (long)task_current->pid;
}

CALL (set_tls)
{
  (void)context;
  task_current->thread = a[0];
  return pv_set_thread_register (a[0]);
}

CALL (sched_yield)
{
  (void)a;
  (void)context;
  task_yield ();
  return 0;
}
