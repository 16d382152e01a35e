/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel.h"

static void
shut_down (uint32_t port, void *data)
{
  (void)port;
  (void)data;
  tty_write ("kernel: shutting down as asked\n", 31);
  pv_shutdown (SHUTDOWN_poweroff);
}

/* Time is looked at after every event: the timer's needs no handler of its own. */
static void
time_over (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

void
pv_main (const struct pv_start_info *info)
{
  char text[100];
  memory_init ();
  tty_init ();
  pv_event_bind_virq (VIRQ_TIMER, time_over, NULL);
  pv_event_bind_virq (PV_VIRQ_SHUTDOWN, shut_down, NULL);
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
