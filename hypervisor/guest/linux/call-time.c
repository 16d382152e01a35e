/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <linux/time.h>
#include "call.h"
#include "clock.h"
#include "task.h"
#include "user.h"

struct time32 {
  int32_t seconds, rest;
};

struct time64 {
  int64_t seconds;
  int32_t rest, pad;
};

int
call_time (uint32_t address, int wide, uint64_t *ns)
{
  const void *from = user_input (address, wide ? sizeof (struct time64) : sizeof (struct time32));
  if (!from)
    return -EFAULT;
  int64_t seconds
      = wide ? ((const struct time64 *)from)->seconds : ((const struct time32 *)from)->seconds;
  int32_t rest = wide ? ((const struct time64 *)from)->rest : ((const struct time32 *)from)->rest;
  if (seconds < 0 || rest < 0 || rest >= (int32_t)NS_PER_SECOND)
    return -EINVAL;
  if (seconds > INT32_MAX)
    seconds = INT32_MAX;
  *ns = (uint64_t)seconds * NS_PER_SECOND + (uint32_t)rest;
  return 0;
}

static long
put_time (uint32_t address, bool wide, uint64_t ns, uint32_t unit)
{
  struct time64 time64
      = { .seconds = (int64_t)(ns / NS_PER_SECOND), .rest = (int32_t)(ns % NS_PER_SECOND / unit) };
  struct time32 time32 = { .seconds = (int32_t)time64.seconds, .rest = time64.rest };
  if (address == 0)
    return 0;
  return wide ? user_put (address, &time64, sizeof time64)
              : user_put (address, &time32, sizeof time32);
}

static int
read_clock (uint32_t clock, uint64_t *now)
{
  switch (clock) {
  case CLOCK_REALTIME:
  case CLOCK_REALTIME_COARSE:
    *now = clock_realtime_ns ();
    return 0;
  case CLOCK_MONOTONIC:
  case CLOCK_MONOTONIC_RAW:
  case CLOCK_MONOTONIC_COARSE:
  case CLOCK_BOOTTIME:
    *now = clock_monotonic_ns ();
    return 0;
  case CLOCK_PROCESS_CPUTIME_ID:
  case CLOCK_THREAD_CPUTIME_ID:
    task_charge ();
    *now = task_current->cpu_ns;
    return 0;
  default:
    return -EINVAL;
  }
}

static long
get_clock (const uint32_t *a, bool wide)
{
  uint64_t now;
  int error = read_clock (a[0], &now);
  return error ? error : put_time (a[1], wide, now, 1);
}

CALL (clock_gettime)
{
  (void)context;
  return get_clock (a, false);
}

CALL (clock_gettime64)
{
  (void)context;
  return get_clock (a, true);
}

CALL (clock_settime64)
{
  uint64_t now;
  int error = a[0] == CLOCK_REALTIME ? call_time (a[1], true, &now) : -EINVAL;
  (void)context;
  if (!error)
    clock_set_realtime_ns (now);
  return error;
}

static long
get_resolution (const uint32_t *a, bool wide)
{
  uint64_t now;
  int error = read_clock (a[0], &now);
  return error ? error : put_time (a[1], wide, 10, 1);
}

CALL (clock_getres)
{
  (void)context;
  return get_resolution (a, false);
}

CALL (clock_getres_time64)
{
  (void)context;
  return get_resolution (a, true);
}

CALL (gettimeofday)
{
  (void)context;
  return put_time (a[0], false, clock_realtime_ns (), 1000);
}

/* `at`: the request is a time of the clock, and not a span. What is left goes to `rest_at`. */
static long
sleep (uint32_t clock, bool at, uint32_t request, uint32_t rest_at, bool wide)
{
  struct call *call = &task_current->call;
  uint64_t wanted, now = clock_monotonic_ns ();
  int error = call_time (request, wide, &wanted);
  if (error)
    return error;
  call->interrupted_always = true;
  if (!call->active && at && clock == CLOCK_REALTIME)
    call->deadline = wanted > clock_realtime_ns () ? now + (wanted - clock_realtime_ns ()) : now;
  else if (!call->active)
    call->deadline = at ? wanted : now + wanted;
  if (now >= call->deadline)
    return 0;
  if (!at && put_time (rest_at, wide, call->deadline - now, 1) != 0)
    return -EFAULT;
  return task_wait (call, call->deadline);
}

CALL (nanosleep)
{
  (void)context;
  return sleep (CLOCK_MONOTONIC, false, a[0], a[1], false);
}

CALL (clock_nanosleep)
{
  (void)context;
  return sleep (a[0], (a[1] & TIMER_ABSTIME) != 0, a[2], a[3], false);
}

CALL (clock_nanosleep_time64)
{
  (void)context;
  return sleep (a[0], (a[1] & TIMER_ABSTIME) != 0, a[2], a[3], true);
}

/* (which, new, old): only the one that counts real time */
CALL (setitimer)
{
  struct task *task = task_current;
  uint64_t now = clock_monotonic_ns (), left = task->alarm_ns > now ? task->alarm_ns - now : 0;
  const int32_t *new = a[1] != 0 ? user_input (a[1], 16) : NULL;
  int32_t words[4] = { 0 };
  (void)context;
  if (a[0] != ITIMER_REAL)
    return -EINVAL;
  if (a[1] != 0 && !new)
    return -EFAULT;
  if (new)
    memcpy (words, new, sizeof words);
  if (a[2] != 0) {
    const int32_t old[4]
        = { (int32_t)(task->alarm_every_ns / NS_PER_SECOND),
            (int32_t)(task->alarm_every_ns % NS_PER_SECOND / 1000), (int32_t)(left / NS_PER_SECOND),
            (int32_t)(left % NS_PER_SECOND / 1000) };
    if (user_put (a[2], old, sizeof old) != 0)
      return -EFAULT;
  }
  for (uint32_t i = 0; i < 4; i++)
    if (words[i] < 0 || (i % 2 == 1 && words[i] >= 1000000))
      return -EINVAL;
  task->alarm_every_ns = (uint64_t)words[0] * NS_PER_SECOND + (uint64_t)words[1] * 1000;
  uint64_t value = (uint64_t)words[2] * NS_PER_SECOND + (uint64_t)words[3] * 1000;
  task->alarm_ns = value != 0 ? now + value : 0;
  task_timers_changed ();
  return 0;
}
