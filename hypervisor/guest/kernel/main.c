/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "display.h"
#include "events.h"
#include "kernel.h"

void
kernel_notice (const char *text)
{
  tty_write (text, (uint32_t)strlen (text));
  tty_write ("\n", 1);
}

void
pv_main (const struct pv_start_info *info)
{
  char text[100];
  memory_init ();
  tty_init ();
  events_init ();
  display_init ();
  int length = pv_snprintf (text, sizeof text, "kernel: domain %u (%s), %u KiB\n", info->domid,
                            info->image, info->pages * 4);
  tty_write (text, (uint32_t)length);
  for (const struct program *program = program_next (NULL); program;
       program = program_next (program)) {
    long pid = process_spawn (program->name);
    if (pid < 0)
      pv_panic ("cannot start %s: %d", program->name, (int)pid);
  }
  process_run_first ();
}
