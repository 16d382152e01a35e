/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One-shot timers in ticks of the board's clock since boot. */
#ifndef HV_TIMER_H
#define HV_TIMER_H

#include <stdint.h>
#include "core/list.h"
#include "platform/platform.h"

typedef uint64_t hv_ticks; /* BOARD_NS_PER_TICK each */

struct hv_timer {
  struct hv_list node;
  hv_ticks deadline;
  void (*fire) (struct hv_timer *timer, hv_ticks now);
};

void hv_timers_init (void);
void hv_timer_init (struct hv_timer *timer, void (*fire) (struct hv_timer *, hv_ticks));
void hv_timer_set (struct hv_timer *timer, hv_ticks deadline);
void hv_timer_cancel (struct hv_timer *timer);
/* Fires what is due and programs the board for what comes next. */
void hv_timers_run (void);

#endif
