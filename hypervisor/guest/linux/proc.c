/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proc.h"

#include "balloon.h"
#include "clock.h"
#include "heap.h"
#include "task.h"
#include "tty.h"

#define TEXT_BYTES 4000u
#define TICK_NS    10000000u /* of the times that are shown */
#define NUMBERS    0x10000u  /* node numbers from here on; 16 a process */

struct text {
  uint32_t used;
  char bytes[TEXT_BYTES];
};

typedef void (*generator) (struct text *text, struct task *task);

static void __attribute__ ((format (printf, 2, 3))) add (struct text *text, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  int length = pv_vsnprintf (text->bytes + text->used, TEXT_BYTES - text->used, format, args);
  va_end (args);
  text->used += (uint32_t)length;
  if (text->used >= TEXT_BYTES)
    text->used = TEXT_BYTES - 1;
}

/* ---- what is in the files ---- */

static uint64_t
cpu_ns_of_all (void)
{
  uint64_t sum = 0;
  task_charge ();
  for (const struct task *task = tasks; task < tasks + TASKS_MAX; task++)
    if (task->state != TASK_FREE && (!task->parent || task->pid == 1))
      sum += task->children_cpu_ns;
  for (const struct task *task = tasks; task < tasks + TASKS_MAX; task++)
    sum += task->state != TASK_FREE ? task->cpu_ns : 0;
  return sum;
}

static uint32_t
count_ready (void)
{
  uint32_t ready = 0;
  for (const struct task *task = tasks; task < tasks + TASKS_MAX; task++)
    ready += task->state == TASK_READY;
  return ready;
}

static void
show_meminfo (struct text *text, struct task *task)
{
  uint32_t free_kib = memory_free () * 4;
  (void)task;
  add (text, "MemTotal:       %8u kB\nMemFree:        %8u kB\nMemAvailable:   %8u kB\n",
       balloon_pages () * 4, free_kib, free_kib);
  add (text,
       "Buffers:               0 kB\nCached:                0 kB\nSwapTotal:             0 kB\n"
       "SwapFree:              0 kB\n");
}

static void
show_uptime (struct text *text, struct task *task)
{
  uint64_t up = clock_monotonic_ns () / TICK_NS, busy = cpu_ns_of_all () / TICK_NS;
  uint32_t idle = (uint32_t)(up > busy ? up - busy : 0);
  (void)task;
  add (text, "%u.%02u %u.%02u\n", (uint32_t)up / 100, (uint32_t)up % 100, idle / 100, idle % 100);
}

static void
show_stat (struct text *text, struct task *task)
{
  uint64_t up = clock_monotonic_ns () / TICK_NS, busy = cpu_ns_of_all () / TICK_NS;
  uint32_t idle = (uint32_t)(up > busy ? up - busy : 0);
  (void)task;
  add (text, "cpu  %u 0 0 %u 0 0 0 0 0 0\ncpu0 %u 0 0 %u 0 0 0 0 0 0\nctxt %u\nbtime 0\n",
       (uint32_t)busy, idle, (uint32_t)busy, idle, task_switches);
}

static void
show_loadavg (struct text *text, struct task *task)
{
  uint32_t all = 0, last = 0;
  (void)task;
  for (const struct task *other = tasks; other < tasks + TASKS_MAX; other++) {
    all += other->state != TASK_FREE;
    last = other->pid > last ? other->pid : last;
  }
  add (text, "0.00 0.00 0.00 %u/%u %u\n", count_ready (), all, last);
}

static void
show_cpuinfo (struct text *text, struct task *task)
{
  (void)task;
  add (text,
       "processor\t: 0\nmodel name\t: ARMv7 Processor rev 0 (v7l)\n"
       "Features\t: swp half thumb fastmult vfp edsp neon vfpv3 tls vfpd32\n"
       "CPU implementer\t: 0x41\nCPU architecture: 7\nCPU part\t: 0xc09\n\nHardware\t: Domicile "
       "domain %u\n",
       pv_start->domid);
}

static void
show_mounts (struct text *text, struct task *task)
{
  (void)task;
  add (text, "tmpfs / tmpfs rw 0 0\nproc /proc proc rw 0 0\n");
}

static void
show_version (struct text *text, struct task *task)
{
  (void)task;
  add (text, "Domicile kernel for programs of Linux' ARM EABI, domain %u (%s)\n", pv_start->domid,
       pv_start->image);
}

static char
state_letter (const struct task *task)
{
  static const char letters[]
      = { [TASK_READY] = 'R', [TASK_WAITING] = 'S', [TASK_STOPPED] = 'T', [TASK_ZOMBIE] = 'Z' };
  return letters[task->state];
}

static uint32_t
resident (const struct task *task)
{
  return task->space ? task->space->pages : 0;
}

static void
show_task_stat (struct text *text, struct task *task)
{
  task_charge ();
  add (text, "%u (%s) %c %u %u %u %d -1 0 0 0 0 0 ", task->pid, task->name, state_letter (task),
       task->parent ? task->parent->pid : 0, task->group, task->session,
       task->session == tty_session () && tty_session () != 0 ? 5 << 8 | 1 : 0);
  add (text, "%u 0 %u 0 20 0 1 0 %u %u %u", (uint32_t)(task->cpu_ns / TICK_NS),
       (uint32_t)(task->children_cpu_ns / TICK_NS), (uint32_t)(task->started_ns / TICK_NS),
       resident (task) * 4096, resident (task));
  for (uint32_t i = 0; i < 28; i++)
    add (text, " 0");
  add (text, "\n");
}

static void
show_task_status (struct text *text, struct task *task)
{
  add (
      text,
      "Name:\t%s\nState:\t%c\nTgid:\t%u\nPid:\t%u\nPPid:\t%u\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n",
      task->name, state_letter (task), task->pid, task->pid, task->parent ? task->parent->pid : 0);
  add (text, "VmSize:\t%u kB\nVmRSS:\t%u kB\nThreads:\t1\n", resident (task) * 4,
       resident (task) * 4);
}

static void
show_task_statm (struct text *text, struct task *task)
{
  add (text, "%u %u 0 0 0 0 0\n", resident (task), resident (task));
}

static void
show_task_name (struct text *text, struct task *task)
{
  add (text, "%s\n", task->name);
}

static void
show_task_arguments (struct text *text, struct task *task)
{
  struct space *space = task->space;
  if (!space)
    return;
  uint32_t length = space->arg_end - space->arg_start;
  length = length < TEXT_BYTES ? length : TEXT_BYTES;
  if (space_get (space, space->arg_start, text->bytes, length) == 0)
    text->used = length;
}

struct generated {
  const char *name;
  generator show;
};

static const struct generated system_files[] = {
  { "meminfo", show_meminfo }, { "uptime", show_uptime },   { "stat", show_stat },
  { "loadavg", show_loadavg }, { "cpuinfo", show_cpuinfo }, { "mounts", show_mounts },
  { "version", show_version },
};

static const struct generated task_files[] = {
  { "stat", show_task_stat }, { "status", show_task_status },     { "statm", show_task_statm },
  { "comm", show_task_name }, { "cmdline", show_task_arguments },
};

#define COUNT(array) (sizeof (array) / sizeof (array)[0])

/* ---- as nodes: number and `data` say which; the pid is in the number ---- */

static uint32_t
number_of (uint32_t pid, uint32_t index)
{
  return NUMBERS + pid * 16 + index;
}

static int
generated_open (struct file *file)
{
  const struct generated *what = file->node->data;
  uint32_t pid = (file->node->number - NUMBERS) / 16;
  struct task *task = pid != 0 ? task_find (pid) : NULL;
  if ((pid != 0 && !task) || (file->flags & O_ACCMODE) != O_RDONLY)
    return task || pid == 0 ? -EACCES : -ESRCH;
  struct text *text = heap_new (sizeof *text);
  if (!text)
    return -ENOMEM;
  what->show (text, task);
  file->data = text;
  return 0;
}

static long
generated_read (struct file *file, void *buffer, uint32_t length)
{
  const struct text *text = file->data;
  if (file->offset >= text->used)
    return 0;
  if (length > text->used - file->offset)
    length = text->used - (uint32_t)file->offset;
  memcpy (buffer, text->bytes + file->offset, length);
  file->offset += length;
  return (long)length;
}

static void
generated_release (struct file *file)
{
  heap_free (file->data);
}

static const struct file_ops generated_ops
    = { .open = generated_open, .read = generated_read, .release = generated_release };

static struct node *
new_file (const struct generated *what, uint32_t number)
{
  struct node *node = node_new (S_IFREG | 0444);
  if (!node)
    return NULL;
  node->ops = &generated_ops;
  node->data = (void *)(uintptr_t)what;
  node->number = number;
  node->links = 1;
  return node;
}

static struct node *
find_in_task (struct node *directory, const char *name)
{
  for (uint32_t i = 0; i < COUNT (task_files); i++)
    if (strcmp (task_files[i].name, name) == 0)
      return new_file (&task_files[i], directory->number + 1 + i);
  return NULL;
}

static bool
list_task (struct node *directory, uint32_t index, char name[NAME_MAX_BYTES + 1], uint32_t *number)
{
  if (index >= COUNT (task_files))
    return false;
  memcpy (name, task_files[index].name, strlen (task_files[index].name) + 1);
  *number = directory->number + 1 + index;
  return true;
}

static const struct virtual_directory task_directory = { .find = find_in_task, .list = list_task };

static struct node *
new_task_directory (struct node *parent, uint32_t pid)
{
  struct node *node = node_new (S_IFDIR | 0555);
  if (!node)
    return NULL;
  node->directory = &task_directory;
  node->parent = parent;
  node->number = number_of (pid, 0);
  node->links = 2;
  return node;
}

static struct node *
new_self (void)
{
  struct node *node = node_new (S_IFLNK | 0777);
  char *target = heap_new (12);
  if (!node || !target) {
    heap_free (target);
    heap_free (node);
    return NULL;
  }
  node->size = (uint32_t)pv_snprintf (target, 12, "%u", task_current->pid);
  node->target = target;
  node->links = 1;
  return node;
}

static struct node *
find_in_proc (struct node *directory, const char *name)
{
  uint32_t pid = 0;
  if (strcmp (name, "self") == 0)
    return new_self ();
  for (uint32_t i = 0; i < COUNT (system_files); i++)
    if (strcmp (system_files[i].name, name) == 0)
      return new_file (&system_files[i], number_of (0, 1 + i));
  for (; *name; name++) {
    if (*name < '0' || *name > '9' || pid > 32767)
      return NULL;
    pid = pid * 10 + (uint32_t)(*name - '0');
  }
  return pid != 0 && task_find (pid) ? new_task_directory (directory, pid) : NULL;
}

static bool
list_proc (struct node *directory, uint32_t index, char name[NAME_MAX_BYTES + 1], uint32_t *number)
{
  (void)directory;
  if (index < COUNT (system_files)) {
    memcpy (name, system_files[index].name, strlen (system_files[index].name) + 1);
    *number = number_of (0, 1 + index);
    return true;
  }
  index -= COUNT (system_files);
  for (const struct task *task = tasks; task < tasks + TASKS_MAX; task++) {
    if (task->state == TASK_FREE || index-- > 0)
      continue;
    pv_snprintf (name, NAME_MAX_BYTES, "%u", task->pid);
    *number = number_of (task->pid, 0);
    return true;
  }
  return false;
}

static const struct virtual_directory proc_directory = { .find = find_in_proc, .list = list_proc };

void
proc_init (void)
{
  struct node *node = directory_find (node_root, "proc");
  if (!node) {
    node = node_new (S_IFDIR | 0555);
    if (!node || directory_add (node_root, "proc", node) != 0)
      pv_panic ("no memory for /proc");
  }
  node->directory = &proc_directory;
}
