/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes to the picture without end, whether it is there or not, and never looks at events. */
#include "hid.h"

#define WORDS (640u * 480u)

void
pv_main (const struct pv_start_info *info)
{
  static const struct pv_hid_handlers handlers;
  uint32_t missed = 0;
  (void)info;
  long error = pv_hid_start (&handlers);
  if (error < 0)
    pv_panic ("no picture: %d", (int)error);
  for (uint32_t i = 0;; i++)
    if (pv_window_store (PV_HID_PICTURE + i % WORDS * 4, i / WORDS) != 0 && missed++ == 0)
      pv_printf ("missed the display for the first time\n");
}
