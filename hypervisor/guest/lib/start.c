/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the first instruction to pv_main(), and the ends of a guest. */
#include "pv.h"

const struct pv_start_info *pv_start;
struct shared_info *pv_shared;

void pv_start_c (const struct pv_start_info *info) __attribute__ ((noreturn));
extern char pv_syscall_upcall[], pv_undefined_upcall[], pv_prefetch_upcall[], pv_data_upcall[],
    pv_event_upcall[], pv_stack_end[];

void
pv_start_c (const struct pv_start_info *info)
{
  const struct pv_trap_table table = { .handler = {
                                           [PV_TRAP_SYSCALL] = (uint32_t)pv_syscall_upcall,
                                           [PV_TRAP_UNDEFINED] = (uint32_t)pv_undefined_upcall,
                                           [PV_TRAP_PREFETCH_ABORT] = (uint32_t)pv_prefetch_upcall,
                                           [PV_TRAP_DATA_ABORT] = (uint32_t)pv_data_upcall,
                                           [PV_TRAP_EVENT] = (uint32_t)pv_event_upcall,
                                       } };
  pv_start = info;
  pv_shared = (struct shared_info *)(uintptr_t)info->shared_info;
  pv_set_trap_table (&table);
  pv_stack_switch ((uint32_t)pv_stack_end);
  pv_main (info);
}

uint32_t
pv_fault_address (void)
{
  return *(volatile uint32_t *)((uintptr_t)pv_shared + PV_SHARED_FAULT_ADDRESS + 4 * pv_vcpu_id ());
}

void
pv_shutdown (uint32_t reason)
{
  struct sched_shutdown argument = { .reason = reason };
  pv_sched_op (SCHEDOP_shutdown, &argument);
  for (;;)
    continue;
}

void
pv_panic (const char *format, ...)
{
  char line[200];
  va_list args;
  va_start (args, format);
  pv_vsnprintf (line, sizeof line, format, args);
  va_end (args);
  pv_printf ("panic: %s\n", line);
  pv_shutdown (SHUTDOWN_crash);
}

static void
unexpected (const char *what, const struct pv_context *context)
{
  pv_panic ("%s at %08x, address %08x, status %03x", what, context->frame.pc, pv_fault_address (),
            context->frame.info);
}

__attribute__ ((weak)) void
pv_on_syscall (struct pv_context *context)
{
  unexpected ("system call", context);
}

__attribute__ ((weak)) void
pv_on_undefined (struct pv_context *context)
{
  unexpected ("undefined instruction", context);
}

__attribute__ ((weak)) void
pv_on_prefetch_abort (struct pv_context *context)
{
  unexpected ("prefetch abort", context);
}

extern char pv_window_start[], pv_window_end[], pv_window_gone[];

bool
pv_window_fault (struct pv_context *context)
{
  if (pv_from_user (context) || context->frame.pc < (uint32_t)pv_window_start
      || context->frame.pc >= (uint32_t)pv_window_end)
    return false;
  context->frame.pc = (uint32_t)pv_window_gone;
  return true;
}

__attribute__ ((weak)) void
pv_on_data_abort (struct pv_context *context)
{
  if (pv_window_fault (context))
    return;
  unexpected ("data abort", context);
}

__attribute__ ((weak)) void
pv_on_event (struct pv_context *context)
{
  (void)context;
  pv_event_dispatch ();
}

/* What the compiler's division calls for a divisor of zero. */
int __aeabi_idiv0 (void);
int __aeabi_ldiv0 (void);

int
__aeabi_idiv0 (void)
{
  pv_panic ("division by zero");
}

int
__aeabi_ldiv0 (void)
{
  pv_panic ("division by zero");
}
