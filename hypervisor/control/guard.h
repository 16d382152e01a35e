/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resource guard's side in the control domain: how tight budgets are, by battery and memory. */
#ifndef CONTROL_GUARD_H
#define CONTROL_GUARD_H

#include "json-write.h"

struct battery {
  bool present, discharging;
  uint32_t percent;
};

extern struct battery battery;

/* Percent of their budgets that guests have while the battery and free memory are like this; `before`
   is what they had until now, so that a value on the border does not have it go to and fro. */
uint32_t guard_scale_of (const struct battery *state,
                         uint32_t free_kib,
                         uint32_t memory_kib,
                         uint32_t before);
/* Looks at battery and memory, and tightens or loosens the budgets. */
void guard_look (void);
/* What topic `guard` tells: members of an open object. */
void guard_write (struct json_writer *out);
void battery_write (struct json_writer *out);

#endif
