/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What user processes ask for, and what they do wrong. */
#include "display.h"
#include "balloon.h"
#include "kernel.h"

static long
sys_write (const struct pv_context *context)
{
  uint32_t buffer = context->r[1], size = context->r[2];
  if (!space_has (&process_current->space, buffer, size))
    return -XEN_EFAULT;
  tty_write ((const char *)(uintptr_t)buffer, size);
  return (long)size;
}

static long
sys_list (const struct pv_context *context)
{
  uint32_t buffer = context->r[0], count = context->r[1];
  if (count > PROCESSES)
    count = PROCESSES;
  if (!space_has (&process_current->space, buffer, count * sizeof (struct process_info)))
    return -XEN_EFAULT;
  return (long)process_list ((struct process_info *)(uintptr_t)buffer, count);
}

static long
sys_display (const struct pv_context *context)
{
  if (!space_has (&process_current->space, context->r[0], sizeof (struct display_info)))
    return -XEN_EFAULT;
  return display_info ((struct display_info *)(uintptr_t)context->r[0]);
}

static long
sys_draw (const struct pv_context *context)
{
  struct display_block block;
  if (!space_has (&process_current->space, context->r[0], sizeof block))
    return -XEN_EFAULT;
  memcpy (&block, (const void *)(uintptr_t)context->r[0], sizeof block);
  uint64_t words = (uint64_t)block.stride * block.height + block.width;
  if (block.stride < block.width || words > USER_END / 4 || ((uint32_t)block.pixels & 3) != 0
      || !space_has (&process_current->space, (uint32_t)block.pixels, (uint32_t)words * 4
                                                                          - block.stride * 4))
    return -XEN_EFAULT;
  return display_draw (&block);
}

static long
sys_input (const struct pv_context *context)
{
  uint32_t buffer = context->r[0], count = context->r[1];
  if (count > USER_END / sizeof (struct input_event)
      || !space_has (&process_current->space, buffer, count * sizeof (struct input_event)))
    return -XEN_EFAULT;
  return display_input ((struct input_event *)(uintptr_t)buffer, count);
}

static long
sys_spawn (const struct pv_context *context)
{
  char name[NAME_MAX_LENGTH];
  if (!space_has (&process_current->space, context->r[0], sizeof name))
    return -XEN_EFAULT;
  memcpy (name, (const void *)(uintptr_t)context->r[0], sizeof name);
  name[sizeof name - 1] = 0;
  return process_spawn (name);
}

/* The calls that let another process run; what they return is in the caller's saved context. */
static bool
sys_switching (struct pv_context *context)
{
  struct process *caller = process_current;
  switch (context->r[7]) {
  case SYS_exit:
    process_kill (caller->pid);
    break;
  case SYS_yield:
    context->r[0] = 0;
    break;
  case SYS_sleep:
    caller->wake_ns = pv_time_ns () + (uint64_t)context->r[0] * 1000000;
    caller->state = PROCESS_SLEEPING;
    context->r[0] = 0;
    break;
  case SYS_read:
    if (!space_has (&caller->space, context->r[1], context->r[2])) {
      context->r[0] = (uint32_t)-XEN_EFAULT;
      return true;
    }
    caller->read_buffer = context->r[1];
    caller->read_size = context->r[2];
    caller->state = PROCESS_READING;
    break;
  case SYS_kill:
    context->r[0] = process_kill (context->r[0]) ? 0 : (uint32_t)-XEN_ESRCH;
    break;
  default:
    return false;
  }
  process_switch (context);
  return true;
}

static long
sys_plain (const struct pv_context *context)
{
  switch (context->r[7]) {
  case SYS_write:
    return sys_write (context);
  case SYS_getpid:
    return (long)process_current->pid;
  case SYS_uptime:
    return (long)(pv_time_ns () / 1000000);
  case SYS_list:
    return sys_list (context);
  case SYS_spawn:
    return sys_spawn (context);
  case SYS_catch:
    process_current->fault_handler = context->r[0];
    return 0;
  case SYS_memory:
    return (long)memory_free ();
  case SYS_memory_total:
    return (long)balloon_pages ();
  case SYS_display:
    return sys_display (context);
  case SYS_draw:
    return sys_draw (context);
  case SYS_input:
    return sys_input (context);
  case SYS_panic:
    pv_panic ("a process asked for it");
  case SYS_halt:
    pv_shutdown (SHUTDOWN_poweroff);
  default:
    return -XEN_ENOSYS;
  }
}

void
pv_on_syscall (struct pv_context *context)
{
  if (!sys_switching (context))
    context->r[0] = (uint32_t)sys_plain (context);
}

/* A fault of a process goes to the handler that it has set, or ends it. */
static void
fault (struct pv_context *context, const char *what, uint32_t address)
{
  struct process *process = process_current;
  char text[120];
  if (!pv_from_user (context))
    pv_panic ("%s in the kernel at %08x, address %08x, status %03x", what, context->frame.pc,
              address, context->frame.info);
  if (process->fault_handler != 0) {
    context->frame.pc = process->fault_handler;
    context->r[0] = context->frame.info;
    context->r[1] = address;
    process->fault_handler = 0;
    return;
  }
  int length = pv_snprintf (text, sizeof text, "%s[%u]: %s at %08x, address %08x, status %03x\n",
                            process->name, process->pid, what, context->frame.pc, address,
                            context->frame.info);
  tty_write (text, (uint32_t)length);
  process_kill (process->pid);
  process_switch (context);
}

void
pv_on_undefined (struct pv_context *context)
{
  fault (context, "undefined instruction", context->frame.pc);
}

void
pv_on_prefetch_abort (struct pv_context *context)
{
  fault (context, "prefetch abort", pv_fault_address ());
}

void
pv_on_data_abort (struct pv_context *context)
{
  if (pv_window_fault (context))
    return;
  fault (context, "data abort", pv_fault_address ());
}

void
pv_on_event (struct pv_context *context)
{
  pv_event_dispatch ();
  process_tick (context);
}
