/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waits for ever, and can be saved: as little of a domain as there can be. */
#include "pv.h"

void
pv_main (const struct pv_start_info *info)
{
  (void)info;
  pv_suspend_init ();
  pv_printf ("ready\n");
  for (;;)
    pv_event_wait (0);
}
