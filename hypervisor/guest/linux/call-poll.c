/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for several files: all of them are looked at again whenever something wakes anybody. */
#include <linux/poll.h>
#include <linux/posix_types.h>
#include "call.h"
#include "clock.h"
#include "task.h"
#include "user.h"

#define SET_BYTES (FILES_MAX / 8)

/* Waits for the next change, until `timeout` after the call was first made. */
static long
wait_for_change (bool forever, uint64_t timeout_ns)
{
  struct call *call = &task_current->call;
  uint64_t now = clock_monotonic_ns ();
  call->interrupted_always = true;
  if (!call->active && !forever)
    call->deadline = now + timeout_ns;
  if (!forever && now >= call->deadline)
    return 0;
  return task_wait (&task_any_channel, forever ? 0 : call->deadline);
}

static long
poll_files (uint32_t address, uint32_t count, bool forever, uint64_t timeout_ns)
{
  struct pollfd *polled = count <= FILES_MAX ? user_output (address, count * sizeof *polled) : NULL;
  long ready = 0;
  if (!polled)
    return count > FILES_MAX ? -EINVAL : -EFAULT;
  for (uint32_t i = 0; i < count; i++) {
    struct file *file = files_get (task_current->files, (uint32_t)polled[i].fd);
    uint32_t wanted = (uint32_t)polled[i].events | POLLERR | POLLHUP;
    polled[i].revents = 0;
    if (polled[i].fd >= 0)
      polled[i].revents = (short)(file ? file_poll (file) & wanted : POLLNVAL);
    ready += polled[i].revents != 0;
  }
  return ready > 0 ? ready : wait_for_change (forever, timeout_ns);
}

CALL (poll)
{
  (void)context;
  return poll_files (a[0], a[1], (int32_t)a[2] < 0, (uint64_t)a[2] * 1000000);
}

static long
ppoll (const uint32_t *a, int wide)
{
  uint64_t timeout = 0;
  int error = a[2] != 0 ? call_time (a[2], wide, &timeout) : 0;
  return error ? error : poll_files (a[0], a[1], a[2] == 0, timeout);
}

CALL (ppoll)
{
  (void)context;
  return ppoll (a, false);
}

CALL (ppoll_time64)
{
  (void)context;
  return ppoll (a, true);
}

/* ---- select ---- */

static uint64_t
read_set (uint32_t address, uint32_t count, bool *good)
{
  uint64_t set = 0;
  uint32_t bytes = (count + 31) / 32 * 4;
  const void *from = address != 0 ? user_input (address, bytes) : NULL;
  if (from)
    memcpy (&set, from, bytes);
  else if (address != 0)
    *good = false;
  return count < 64 ? set & ((1ull << count) - 1) : set;
}

static long
select_files (const uint32_t *a, bool forever, uint64_t timeout_ns)
{
  uint32_t count = a[0] < FILES_MAX ? a[0] : FILES_MAX;
  bool good = true;
  uint64_t in = read_set (a[1], count, &good), out = read_set (a[2], count, &good);
  uint64_t except = read_set (a[3], count, &good), can_read = 0, can_write = 0;
  if (!good)
    return -EFAULT;
  for (uint32_t i = 0; i < count; i++) {
    if (((in | out | except) >> i & 1) == 0)
      continue;
    struct file *file = files_get (task_current->files, i);
    if (!file)
      return -EBADF;
    uint32_t ready = file_poll (file);
    can_read |= (uint64_t)((ready & (POLLIN | POLLHUP | POLLERR)) != 0) << i;
    can_write |= (uint64_t)((ready & (POLLOUT | POLLERR)) != 0) << i;
  }
  in &= can_read;
  out &= can_write;
  long result = __builtin_popcountll (in) + __builtin_popcountll (out);
  if (result == 0) {
    result = wait_for_change (forever, timeout_ns);
    if (result != 0)
      return result;
  }
  uint32_t bytes = (count + 31) / 32 * 4;
  uint64_t none = 0;
  if ((a[1] != 0 && user_put (a[1], &in, bytes) != 0)
      || (a[2] != 0 && user_put (a[2], &out, bytes) != 0)
      || (a[3] != 0 && user_put (a[3], &none, bytes) != 0))
    return -EFAULT;
  return result;
}

CALL (select)
{
  const struct {
    int32_t seconds, microseconds;
  } *timeout = a[4] != 0 ? user_input (a[4], sizeof *timeout) : NULL;
  (void)context;
  if (a[4] != 0 && !timeout)
    return -EFAULT;
  if (timeout && (timeout->seconds < 0 || timeout->microseconds < 0))
    return -EINVAL;
  return select_files (a, !timeout,
                       !timeout ? 0
                                : (uint64_t)timeout->seconds * NS_PER_SECOND
                                      + (uint64_t)timeout->microseconds * 1000);
}

static long
pselect (const uint32_t *a, int wide)
{
  uint64_t timeout = 0;
  int error = a[4] != 0 ? call_time (a[4], wide, &timeout) : 0;
  return error ? error : select_files (a, a[4] == 0, timeout);
}

CALL (pselect6)
{
  (void)context;
  return pselect (a, false);
}

CALL (pselect6_time64)
{
  (void)context;
  return pselect (a, true);
}
