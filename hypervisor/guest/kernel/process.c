/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel.h"

#define MS       1000000ull
#define SLICE_NS (20 * MS)

struct process *process_current;
static struct process processes[PROCESSES];
static uint32_t next_pid = 1;
static uint64_t running_since;

extern const char pv_user_start[], pv_user_end[];
void process_enter (const struct pv_context *context) __attribute__ ((noreturn));

const struct program *
program_next (const struct program *program)
{
  uintptr_t at = program ? ((uintptr_t)program + program->file_end - USER_START + PV_PAGE_SIZE - 1)
                               & ~(uintptr_t)(PV_PAGE_SIZE - 1)
                         : (uintptr_t)pv_user_start;
  const struct program *next = (const struct program *)at;
  return at < (uintptr_t)pv_user_end && next->magic == PROGRAM_MAGIC ? next : NULL;
}

const struct program *
program_find (const char *name)
{
  const struct program *program = program_next (NULL);
  while (program && strcmp (program->name, name) != 0)
    program = program_next (program);
  return program;
}

long
process_spawn (const char *name)
{
  const struct program *program = program_find (name);
  struct process *process = processes;
  while (process < processes + PROCESSES && process->state != PROCESS_FREE)
    process++;
  if (!program)
    return -XEN_ENOENT;
  if (process == processes + PROCESSES)
    return -XEN_EAGAIN;
  uint32_t bytes = program->memory_end - USER_START + USER_STACK;
  memset (process, 0, sizeof *process);
  if (!space_create (&process->space, (bytes + PV_PAGE_SIZE - 1) / PV_PAGE_SIZE))
    return -XEN_ENOMEM;
  memcpy (memory_address (process->space.memory), program, program->file_end - USER_START);
  memcpy (process->name, program->name, NAME_MAX_LENGTH);
  process->pid = next_pid++;
  process->context.frame.pc = USER_START;
  process->context.frame.cpsr = PV_CPSR_USER;
  process->context.frame.sp = USER_START + process->space.pages * PV_PAGE_SIZE;
  process->state = PROCESS_READY;
  return (long)process->pid;
}

static void
charge (void)
{
  uint64_t now = pv_time_ns ();
  if (process_current)
    process_current->cpu_ns += now - running_since;
  running_since = now;
}

bool
process_kill (uint32_t pid)
{
  for (struct process *process = processes; process < processes + PROCESSES; process++) {
    if (process->state == PROCESS_FREE || process->pid != pid)
      continue;
    if (process == process_current) {
      space_use_none ();
      process_current = NULL;
    }
    space_destroy (&process->space);
    process->state = PROCESS_FREE;
    return true;
  }
  return false;
}

static void
finish_read (struct process *process)
{
  char line[128];
  uint32_t room = process->read_size < sizeof line ? process->read_size : sizeof line;
  uint32_t length = tty_read_line (line, room);
  if (length == 0)
    return;
  /* Through the kernel's own mapping of the page: the process need not be the current one. */
  memcpy ((char *)memory_address (process->space.memory) + (process->read_buffer - USER_START),
          line, length);
  process->context.r[0] = length;
  process->state = PROCESS_READY;
}

static void
wake (uint64_t now)
{
  for (struct process *process = processes; process < processes + PROCESSES; process++) {
    if (process->state == PROCESS_SLEEPING && process->wake_ns <= now)
      process->state = PROCESS_READY;
    if (process->state == PROCESS_READING)
      finish_read (process);
  }
}

static uint64_t
next_wake (void)
{
  uint64_t least = 0;
  for (const struct process *process = processes; process < processes + PROCESSES; process++)
    if (process->state == PROCESS_SLEEPING && (least == 0 || process->wake_ns < least))
      least = process->wake_ns;
  return least;
}

/* The next one after the current in the table that is ready. */
static struct process *
choose (const struct process *from)
{
  uint32_t start = from ? (uint32_t)(from - processes) + 1 : 0;
  for (uint32_t i = 0; i < PROCESSES; i++) {
    struct process *process = &processes[(start + i) % PROCESSES];
    if (process->state == PROCESS_READY)
      return process;
  }
  return NULL;
}

static void
set_timer (uint64_t now)
{
  uint64_t wake_up = next_wake (), slice = now + SLICE_NS;
  bool others = choose (process_current) != process_current;
  if (others && (wake_up == 0 || slice < wake_up))
    wake_up = slice;
  pv_set_timer (wake_up);
}

void
process_switch (struct pv_context *context)
{
  struct process *from = process_current, *next;
  charge ();
  if (from)
    from->context = *context;
  process_current = NULL;
  wake (running_since);
  while (!(next = choose (from))) {
    pv_event_wait (next_wake ());
    wake (pv_time_ns ());
  }
  if (next != from)
    space_use (&next->space);
  running_since = pv_time_ns ();
  process_current = next;
  *context = next->context;
  set_timer (running_since);
}

void
process_tick (struct pv_context *context)
{
  if (pv_from_user (context))
    process_switch (context);
}

uint32_t
process_list (struct process_info *info, uint32_t count)
{
  uint32_t stored = 0;
  charge ();
  for (const struct process *process = processes; process < processes + PROCESSES; process++) {
    if (process->state == PROCESS_FREE || stored == count)
      continue;
    info[stored].pid = process->pid;
    info[stored].state = process->state;
    info[stored].pages = process->space.pages;
    info[stored].cpu_ms = (uint32_t)(process->cpu_ns / MS);
    memcpy (info[stored++].name, process->name, NAME_MAX_LENGTH);
  }
  return stored;
}

void
process_run_first (void)
{
  struct pv_context context;
  process_switch (&context);
  process_enter (&context);
}
