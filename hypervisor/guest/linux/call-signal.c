/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <asm/signal.h>
#include "call.h"
#include "clock.h"
#include "task.h"
#include "user.h"

#define SET_BYTES   8u
#define SS_DISABLE  2u
#define BIT(number) (1ull << ((number)-1))

static long
send_one (uint32_t pid, uint32_t number)
{
  struct task *task = task_find (pid);
  if (number > SIGNALS)
    return -EINVAL;
  if (!task)
    return -ESRCH;
  signal_send (task, number);
  return 0;
}

/* To all but the first process and the sender. */
static long
send_all (uint32_t number)
{
  long result = -ESRCH;
  for (struct task *task = tasks; task < tasks + TASKS_MAX; task++)
    if (task->state != TASK_FREE && task->pid != 1 && task != task_current) {
      signal_send (task, number);
      result = 0;
    }
  return result;
}

CALL (kill)
{
  int32_t pid = (int32_t)a[0];
  (void)context;
  if (a[1] > SIGNALS)
    return -EINVAL;
  if (pid > 0)
    return send_one (a[0], a[1]);
  if (pid == -1)
    return send_all (a[1]);
  return signal_send_group (pid == 0 ? task_current->group : (uint32_t)-pid, a[1]) > 0 ? 0 : -ESRCH;
}

/* (process, thread, signal) */
CALL (tgkill)
{
  (void)context;
  return send_one (a[1], a[2]);
}

/* (signal, new, old, bytes of a set) */
CALL (rt_sigaction)
{
  const struct signal_action *from = NULL;
  (void)context;
  if (a[0] == 0 || a[0] > SIGNALS || a[3] != SET_BYTES
      || ((a[0] == SIGKILL || a[0] == SIGSTOP) && a[1] != 0))
    return -EINVAL;
  struct signal_action *action = &task_current->signals.action[a[0] - 1], new;
  if (a[1] != 0 && !(from = user_input (a[1], 20)))
    return -EFAULT;
  memset (&new, 0, sizeof new);
  if (from)
    memcpy (&new, from, 12), memcpy (&new.mask, (const char *)from + 12, SET_BYTES);
  if (a[2] != 0) {
    char old[20];
    memcpy (old, action, 12);
    memcpy (old + 12, &action->mask, SET_BYTES);
    if (user_put (a[2], old, sizeof old) != 0)
      return -EFAULT;
  }
  if (from)
    *action = new;
  return 0;
}

/* (how, new, old, bytes of a set) */
CALL (rt_sigprocmask)
{
  struct signals *signals = &task_current->signals;
  uint64_t old = signals->blocked, set = 0;
  const void *from = NULL;
  (void)context;
  if (a[3] != SET_BYTES)
    return -EINVAL;
  if (a[1] != 0 && !(from = user_input (a[1], SET_BYTES)))
    return -EFAULT;
  if (from) {
    memcpy (&set, from, SET_BYTES);
    if (a[0] == SIG_BLOCK)
      set |= old;
    else if (a[0] == SIG_UNBLOCK)
      set = old & ~set;
    else if (a[0] != SIG_SETMASK)
      return -EINVAL;
    signals->blocked = set & ~(BIT (SIGKILL) | BIT (SIGSTOP));
  }
  return a[2] != 0 ? user_put (a[2], &old, SET_BYTES) : 0;
}

CALL (rt_sigpending)
{
  (void)context;
  return user_put (a[0], &task_current->signals.pending, a[1] < SET_BYTES ? a[1] : SET_BYTES);
}

CALL (pause)
{
  (void)a;
  (void)context;
  task_current->call.interrupted_always = true;
  return task_wait (&task_current->signals, 0);
}

/* (set, bytes): the old set holds again in the handler's frame. */
CALL (rt_sigsuspend)
{
  struct signals *signals = &task_current->signals;
  const void *from = user_input (a[0], SET_BYTES);
  if (!from || a[1] != SET_BYTES)
    return from ? -EINVAL : -EFAULT;
  if (!task_current->call.active) {
    signals->saved = signals->blocked;
    signals->restore = true;
    memcpy (&signals->blocked, from, SET_BYTES);
    signals->blocked &= ~(BIT (SIGKILL) | BIT (SIGSTOP));
  }
  return call_pause (a, context);
}

/* (set, info, timeout, bytes) */
static long
timed_wait (const uint32_t *a, int wide)
{
  struct task *task = task_current;
  const void *from = user_input (a[0], SET_BYTES);
  uint64_t set, timeout = 0, now = clock_monotonic_ns ();
  int error = !from ? -EFAULT : a[2] != 0 ? call_time (a[2], wide, &timeout) : 0;
  if (error)
    return error;
  memcpy (&set, from, SET_BYTES);
  task->signals.awaited = 0;
  uint64_t ready = task->signals.pending & set;
  if (ready != 0) {
    int32_t info[32] = { __builtin_ctzll (ready) + 1 };
    task->signals.pending &= ~BIT (info[0]);
    error = a[1] != 0 ? user_put (a[1], info, sizeof info) : 0;
    return error ? error : info[0];
  }
  task->call.interrupted_always = true;
  if (!task->call.active)
    task->call.deadline = a[2] != 0 ? now + timeout : 0;
  if (a[2] != 0 && now >= task->call.deadline)
    return -EAGAIN;
  task->signals.awaited = set;
  return task_wait (&task->signals, task->call.deadline);
}

CALL (rt_sigtimedwait)
{
  (void)context;
  return timed_wait (a, false);
}

CALL (rt_sigtimedwait_time64)
{
  (void)context;
  return timed_wait (a, true);
}

/* (new, old): three words, address, flags, size */
CALL (sigaltstack)
{
  struct signals *signals = &task_current->signals;
  uint32_t old[3]
      = { signals->stack, signals->stack_size == 0 ? SS_DISABLE : 0, signals->stack_size };
  const uint32_t *new = a[0] != 0 ? user_input (a[0], sizeof old) : NULL;
  (void)context;
  if (a[0] != 0 && !new)
    return -EFAULT;
  uint32_t stack = new ? new[0] : old[0],
           size = new ? ((new[1] & SS_DISABLE) != 0 ? 0 : new[2]) : old[2];
  if (new && size != 0 && size < MINSIGSTKSZ)
    return -ENOMEM;
  if (a[1] != 0 && user_put (a[1], old, sizeof old) != 0)
    return -EFAULT;
  signals->stack = stack;
  signals->stack_size = size;
  return 0;
}

/* What they change is all registers, r0 too. */
CALL (sigreturn)
{
  (void)a;
  signal_return (context, false);
  return (long)context->r[0];
}

CALL (rt_sigreturn)
{
  (void)a;
  signal_return (context, true);
  return (long)context->r[0];
}
