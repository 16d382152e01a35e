/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clock.h"
#include "task.h"

#include <asm/signal.h>

struct task *task_current;
const char task_any_channel;
uint32_t task_switches;

static uint64_t running_since, slice_end;
static bool others_woke; /* the slice of the current task must end some time */
static bool slice_over;
static bool fpu_traps; /* the next use of the floating-point unit is an upcall */

void process_enter (const struct pv_context *context) __attribute__ ((noreturn));

/* ---- waiting ---- */

long
task_wait (const void *channel, uint64_t deadline_ns)
{
  struct task *task = task_current;
  if (signal_wanted (task))
    return TASK_RESTART; /* what becomes of the call is decided when the signal is delivered */
  task->state = TASK_WAITING;
  task->channel = channel;
  task->wake_ns = deadline_ns;
  return TASK_RESTART;
}

void
task_make_ready (struct task *task)
{
  if (task->state != TASK_WAITING && task->state != TASK_STOPPED)
    return;
  task->state = TASK_READY;
  others_woke = true;
}

void
task_wake (const void *channel)
{
  for (struct task *task = tasks; task < tasks + TASKS_MAX; task++)
    if (task->state == TASK_WAITING
        && (task->channel == channel || task->channel == &task_any_channel))
      task_make_ready (task);
}

static void
wake_sleepers (uint64_t now)
{
  for (struct task *task = tasks; task < tasks + TASKS_MAX; task++) {
    if (task->alarm_ns != 0 && task->alarm_ns <= now && task->state != TASK_FREE) {
      task->alarm_ns = task->alarm_every_ns != 0 ? now + task->alarm_every_ns : 0;
      signal_send (task, SIGALRM);
    }
    if (task->state == TASK_WAITING && task->wake_ns != 0 && task->wake_ns <= now)
      task_make_ready (task);
  }
}

static uint64_t
earlier (uint64_t a, uint64_t b)
{
  return a == 0 || (b != 0 && b < a) ? b : a;
}

static uint64_t
first_deadline (void)
{
  uint64_t first = 0;
  for (const struct task *task = tasks; task < tasks + TASKS_MAX; task++) {
    if (task->state == TASK_FREE || task->state == TASK_ZOMBIE)
      continue;
    first = earlier (first, task->alarm_ns);
    if (task->state == TASK_WAITING)
      first = earlier (first, task->wake_ns);
  }
  return first;
}

/* ---- the floating-point unit: exchanged with the task once it has used it ---- */

static void
store (struct task_fpu *to)
{
  struct task_fpu *at = to;
  asm volatile(
      ".fpu neon\n\tvstmia %0!, {d0-d15}\n\tvstmia %0!, {d16-d31}\n\tvmrs r2, fpscr\n\tstr r2, [%0]"
      : "+r"(at)
      :
      : "r2", "memory");
}

static void
load (const struct task_fpu *from)
{
  const struct task_fpu *at = from;
  asm volatile(
      ".fpu neon\n\tvldmia %0!, {d0-d15}\n\tvldmia %0!, {d16-d31}\n\tldr r2, [%0]\n\tvmsr fpscr, r2"
      : "+r"(at)
      :
      : "r2", "memory");
}

static void
set_fpu_traps (bool trap)
{
  if (trap != fpu_traps)
    pv_fpu_taskswitch (trap);
  fpu_traps = trap;
}

void
task_save_fpu (struct task *task)
{
  if (task->has_fpu && task == task_current)
    store (&task->fpu);
}

void
task_load_fpu (struct task *task)
{
  if (task->has_fpu) {
    set_fpu_traps (false);
    load (&task->fpu);
  } else {
    set_fpu_traps (true);
  }
}

void
task_first_fpu (struct task *task)
{
  fpu_traps = false; /* the hypervisor has switched it on */
  task->has_fpu = true;
  load (&task->fpu);
}

/* ---- switching ---- */

void
task_charge (void)
{
  uint64_t now = clock_monotonic_ns ();
  if (task_current)
    task_current->cpu_ns += now - running_since;
  running_since = now;
}

static struct task *
choose (const struct task *from)
{
  uint32_t start = from ? (uint32_t)(from - tasks) + 1 : 0;
  for (uint32_t i = 0; i < TASKS_MAX; i++) {
    struct task *task = &tasks[(start + i) % TASKS_MAX];
    if (task->state == TASK_READY)
      return task;
  }
  return NULL;
}

static void
save (struct task *task, const struct pv_context *context)
{
  task->context = *context;
  task_save_fpu (task);
  asm volatile("mrc p15, 0, %0, c13, c0, 2" : "=r"(task->user_thread));
}

static void
load_task (struct task *task, struct pv_context *context)
{
  space_use (task->space);
  task_load_fpu (task);
  pv_set_thread_register (task->thread);
  asm volatile("mcr p15, 0, %0, c13, c0, 2" : : "r"(task->user_thread));
  *context = task->context;
  task_switches++;
}

/* One timer for the sleepers and, when others want to run, for the slice. */
static void
set_timer (void)
{
  bool others = choose (task_current) != task_current;
  others_woke = false;
  pv_set_timer (earlier (first_deadline (), others ? slice_end : 0));
}

void
task_yield (void)
{
  slice_over = true;
}

void
task_timers_changed (void)
{
  others_woke = true;
}

void
task_tick (void)
{
  uint64_t now = clock_monotonic_ns ();
  wake_sleepers (now);
  slice_over = now >= slice_end;
  others_woke = true; /* the timer has fired: it must be set again */
}

void
task_switch (struct pv_context *context)
{
  struct task *from = task_current, *next;
  task_charge ();
  if (from)
    save (from, context);
  wake_sleepers (running_since);
  while (!(next = choose (from))) {
    task_current = NULL;
    pv_event_wait (first_deadline ());
    wake_sleepers (clock_monotonic_ns ());
  }
  task_charge ();
  task_current = next;
  slice_end = running_since + SLICE_NS;
  slice_over = false;
  if (next != from)
    load_task (next, context);
  set_timer ();
}

void
task_leave_kernel (struct pv_context *context)
{
  for (;;) {
    struct task *task = task_current;
    if (task && task->state == TASK_READY && signal_wanted (task))
      signal_deliver (context);
    if (task && task_current == task && task->state == TASK_READY && !slice_over)
      break;
    task_switch (context);
    if (!signal_wanted (task_current))
      break;
  }
  if (others_woke)
    set_timer ();
}

void
task_run_first (void)
{
  struct pv_context context;
  task_switch (&context);
  process_enter (&context);
}
