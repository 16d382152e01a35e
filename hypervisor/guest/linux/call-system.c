/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <asm/errno.h>
#include <linux/prctl.h>
#include <linux/reboot.h>
#include <linux/resource.h>
#include <linux/sysinfo.h>
#include <linux/utsname.h>
#include "balloon.h"
#include "call.h"
#include "clock.h"
#include "random.h"
#include "task.h"
#include "tty.h"
#include "user.h"

static char host_name[__NEW_UTS_LEN + 1];

CALL (uname)
{
  struct new_utsname out = { .sysname = "Linux", .release = "6.1.0-domicile", .machine = "armv7l" };
  (void)context;
  memcpy (out.version, "#1 Domicile paravirtual", sizeof "#1 Domicile paravirtual");
  memcpy (out.nodename, host_name[0] ? host_name : pv_start->image, 32);
  memcpy (out.domainname, "(none)", 7);
  return user_put (a[0], &out, sizeof out);
}

CALL (sethostname)
{
  const char *from = a[1] <= __NEW_UTS_LEN ? user_input (a[0], a[1]) : NULL;
  (void)context;
  if (!from)
    return a[1] > __NEW_UTS_LEN ? -EINVAL : -EFAULT;
  memset (host_name, 0, sizeof host_name);
  memcpy (host_name, from, a[1]);
  return 0;
}

CALL (sysinfo)
{
  struct sysinfo out = { .mem_unit = PV_PAGE_SIZE };
  (void)context;
  out.uptime = (long)(clock_monotonic_ns () / NS_PER_SECOND);
  out.totalram = balloon_pages ();
  out.freeram = memory_free ();
  for (const struct task *task = tasks; task < tasks + TASKS_MAX; task++)
    out.procs += task->state != TASK_FREE;
  return user_put (a[0], &out, sizeof out);
}

static void
limit_of (uint32_t resource, uint64_t *limit)
{
  switch (resource) {
  case RLIMIT_STACK:
    *limit = STACK_SIZE;
    break;
  case RLIMIT_NOFILE:
    *limit = FILES_MAX;
    break;
  case RLIMIT_NPROC:
    *limit = TASKS_MAX;
    break;
  case RLIMIT_CORE:
    *limit = 0;
    break;
  default:
    *limit = UINT64_MAX;
  }
}

CALL (ugetrlimit)
{
  uint64_t limit;
  (void)context;
  if (a[0] >= RLIM_NLIMITS)
    return -EINVAL;
  limit_of (a[0], &limit);
  uint32_t word = limit > UINT32_MAX ? UINT32_MAX : (uint32_t)limit;
  const uint32_t out[] = { word, word };
  return user_put (a[1], out, sizeof out);
}

/* (pid, resource, new, old): limits are fixed */
CALL (prlimit64)
{
  uint64_t limit;
  (void)context;
  if (a[1] >= RLIM_NLIMITS)
    return -EINVAL;
  if (a[2] != 0)
    return -EPERM;
  limit_of (a[1], &limit);
  const uint64_t out[] = { limit, limit };
  return a[3] != 0 ? user_put (a[3], out, sizeof out) : 0;
}

CALL (getrusage)
{
  uint32_t usage[18] = { 0 };
  (void)context;
  task_charge ();
  uint64_t used = a[0] == 0 ? task_current->cpu_ns : task_current->children_cpu_ns;
  usage[0] = (uint32_t)(used / NS_PER_SECOND);
  usage[1] = (uint32_t)(used % NS_PER_SECOND / 1000);
  return user_put (a[1], usage, sizeof usage);
}

/* In hundredths of a second: own time, own time in the kernel, that of children. */
CALL (times)
{
  (void)context;
  task_charge ();
  const uint32_t out[] = { (uint32_t)(task_current->cpu_ns / 10000000), 0,
                           (uint32_t)(task_current->children_cpu_ns / 10000000), 0 };
  int error = a[0] != 0 ? user_put (a[0], out, sizeof out) : 0;
  return error ? error : (long)(uint32_t)(clock_monotonic_ns () / 10000000 & 0x7fffffff);
}

CALL (prctl)
{
  const char *name;
  (void)context;
  switch (a[0]) {
  case PR_SET_NAME:
    name = user_string (a[1], PV_PAGE_SIZE);
    if (!name)
      return -EFAULT;
    task_set_name (task_current, name);
    return 0;
  case PR_GET_NAME:
    return user_put (a[1], task_current->name, TASK_NAME);
  default:
    return -EINVAL;
  }
}

CALL (getrandom)
{
  uint32_t length = a[1] < 65536 ? a[1] : 65536;
  void *to = user_output (a[0], length);
  (void)context;
  if (!to)
    return -EFAULT;
  random_bytes (to, length);
  return (long)length;
}

CALL (reboot)
{
  (void)context;
  if (a[0] != (uint32_t)LINUX_REBOOT_MAGIC1)
    return -EINVAL;
  switch (a[2]) {
  case LINUX_REBOOT_CMD_CAD_ON:
  case LINUX_REBOOT_CMD_CAD_OFF:
    return 0;
  case LINUX_REBOOT_CMD_RESTART:
    pv_shutdown (SHUTDOWN_reboot);
  case LINUX_REBOOT_CMD_HALT:
  case (uint32_t)LINUX_REBOOT_CMD_POWER_OFF:
    pv_shutdown (SHUTDOWN_poweroff);
  default:
    return -EINVAL;
  }
}

/* (pid, bytes, set): one processor */
CALL (sched_getaffinity)
{
  const uint32_t set = 1;
  (void)context;
  if (a[1] < sizeof set)
    return -EINVAL;
  int error = user_put (a[2], &set, sizeof set);
  return error ? error : (long)sizeof set;
}

CALL (getgroups)
{
  (void)a;
  (void)context;
  return 0;
}
