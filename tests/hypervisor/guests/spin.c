/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Computes without end, or, with the command line "crash", jumps to where nothing is; with "iret"
   it returns to a frame that it may not read. */
#include "pv.h"

void
pv_main (const struct pv_start_info *info)
{
  if (strcmp (info->command_line, "crash") == 0)
    asm volatile("bx %0" : : "r"(0x10));
  if (strcmp (info->command_line, "iret") == 0)
    asm volatile("ldr sp, =0xfc100000\n\tmov r12, #23\n\tsvc #0\n\t.ltorg");
  if (strcmp (info->command_line, "stack") == 0)
    asm volatile("mov sp, #0x100\n\tudf #0");
  for (;;)
    continue;
}

/* The library would report the abort and end the domain in order: this guest has no such handler.
 */
void
pv_on_prefetch_abort (struct pv_context *context)
{
  (void)context;
  struct pv_trap_table none = { .handler = { 0 } };
  pv_set_trap_table (&none);
  asm volatile("udf #0");
}
