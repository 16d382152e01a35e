/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "task.h"

#include <asm/signal.h>
#include <linux/sched.h>
#include "clock.h"
#include "exec.h"
#include "tty.h"

#define RESERVED 2u /* tasks that only the first process may make: a shell remains in a fork bomb  \
                     */

struct task tasks[TASKS_MAX];
static uint32_t last_pid;

struct task *
task_find (uint32_t pid)
{
  for (struct task *task = tasks; task < tasks + TASKS_MAX; task++)
    if (task->state != TASK_FREE && task->pid == pid)
      return task;
  return NULL;
}

static uint32_t
new_pid (void)
{
  do
    last_pid = last_pid < 32767 ? last_pid + 1 : 2;
  while (task_find (last_pid));
  return last_pid;
}

static struct task *
new_task (void)
{
  struct task *found = NULL;
  uint32_t free = 0;
  for (struct task *task = tasks; task < tasks + TASKS_MAX; task++)
    if (task->state == TASK_FREE) {
      found = task;
      free++;
    }
  if (!found || (free <= RESERVED && task_current && task_current->pid != 1))
    return NULL;
  memset (found, 0, sizeof *found);
  found->pid = new_pid ();
  found->started_ns = clock_monotonic_ns ();
  return found;
}

void
task_set_name (struct task *task, const char *path)
{
  const char *name = path;
  uint32_t length = 0;
  for (; *path; path++)
    if (path[0] == '/' && path[1] != 0)
      name = path + 1;
  while (name[length] && length < TASK_NAME - 1)
    length++;
  memset (task->name, 0, TASK_NAME);
  memcpy (task->name, name, length);
}

struct task *
task_first (void)
{
  struct task *task = new_task ();
  task->group = task->session = task->pid;
  task->files = files_new ();
  task->directory = node_root;
  node_hold (node_root);
  task->umask = 022;
  if (!task->files)
    pv_panic ("no memory for the first process");
  task->context.frame.cpsr = PV_CPSR_USER;
  return task;
}

static bool
share_or_copy (struct task *child, const struct task *parent, uint32_t flags)
{
  child->space = (flags & CLONE_VM) != 0 ? parent->space : space_fork (parent->space);
  child->files = (flags & CLONE_FILES) != 0 ? parent->files : files_copy (parent->files);
  if (child->space && (flags & CLONE_VM) != 0)
    child->space->uses++;
  if (child->files && (flags & CLONE_FILES) != 0)
    child->files->uses++;
  if (child->space && child->files)
    return true;
  if (child->space)
    space_drop (child->space);
  if (child->files)
    files_drop (child->files);
  return false;
}

long
task_clone (const struct pv_context *context,
            uint32_t flags,
            uint32_t stack,
            uint32_t thread,
            struct task **result)
{
  struct task *parent = task_current, *child;
  if ((flags & (CLONE_THREAD | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWNET)) != 0)
    return -EINVAL;
  child = new_task ();
  if (!child)
    return -EAGAIN;
  if (!share_or_copy (child, parent, flags))
    return -ENOMEM;
  child->parent = parent;
  child->group = parent->group;
  child->session = parent->session;
  memcpy (child->name, parent->name, TASK_NAME);
  child->context = *context;
  child->context.r[0] = 0;
  if (stack != 0)
    child->context.frame.sp = stack;
  task_save_fpu (parent);
  child->has_fpu = parent->has_fpu;
  child->fpu = parent->fpu;
  child->thread = (flags & CLONE_SETTLS) != 0 ? thread : parent->thread;
  asm volatile("mrc p15, 0, %0, c13, c0, 2" : "=r"(child->user_thread));
  child->directory = parent->directory;
  node_hold (child->directory);
  child->umask = parent->umask;
  child->signals = parent->signals;
  child->signals.pending = 0;
  child->lent = (flags & CLONE_VFORK) != 0 ? parent : NULL;
  child->state = TASK_READY;
  *result = child;
  return (long)child->pid;
}

void
task_return_space (struct task *task)
{
  struct task *parent = task->lent;
  task->lent = NULL;
  if (parent)
    task_wake (&parent->call);
}

/* Children of a task that ends belong to the first process, which waits for them. */
static void
give_children_away (struct task *task)
{
  struct task *first = task_find (1);
  for (struct task *child = tasks; child < tasks + TASKS_MAX; child++)
    if (child->state != TASK_FREE && child->parent == task) {
      child->parent = first;
      if (child->state == TASK_ZOMBIE)
        signal_send (first, SIGCHLD);
    }
}

void
task_end (uint32_t status)
{
  struct task *task = task_current;
  if (task->pid == 1)
    exec_first_ended (status);
  task_charge ();
  space_use_none ();
  task_current = NULL;
  files_drop (task->files);
  node_drop (task->directory);
  space_drop (task->space);
  task_return_space (task);
  give_children_away (task);
  task->space = NULL;
  task->files = NULL;
  task->directory = NULL;
  task->alarm_ns = 0;
  task->status = status;
  task->state = TASK_ZOMBIE;
  if (task->session == task->pid)
    tty_session_ended (task->session);
  const struct signal_action *action = &task->parent->signals.action[SIGCHLD - 1];
  if (action->handler == (uint32_t)SIG_IGN || (action->flags & SA_NOCLDWAIT) != 0) {
    task_reap (task);
    return;
  }
  task_wake (task->parent);
  signal_send (task->parent, SIGCHLD);
}

void
task_reap (struct task *task)
{
  struct task *parent = task->parent;
  if (parent) {
    parent->children_cpu_ns += task->cpu_ns + task->children_cpu_ns;
    task_wake (parent);
  }
  task->state = TASK_FREE;
}
