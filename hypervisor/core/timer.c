/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/timer.h"

#include "arch/arch.h"
#include "core/config.h"

/* Of one processor: a timer fires where it was set. */
static struct {
  struct hv_list queue; /* sorted by deadline */
  hv_ticks programmed;  /* what the processor's timer is set to; it may be early, never late */
} timers[HV_CPUS];

void
hv_timers_init (void)
{
  for (uint32_t i = 0; i < HV_CPUS; i++) {
    hv_list_init (&timers[i].queue);
    timers[i].programmed = UINT64_MAX;
  }
}

void
hv_timer_init (struct hv_timer *timer, void (*fire) (struct hv_timer *, hv_ticks))
{
  hv_list_init (&timer->node);
  timer->fire = fire;
}

static void
program (uint32_t cpu, hv_ticks deadline)
{
  if (deadline >= timers[cpu].programmed)
    return;
  timers[cpu].programmed = deadline;
  hv_platform_timer_set (deadline);
}

void
hv_timer_set (struct hv_timer *timer, hv_ticks deadline)
{
  uint32_t cpu = hv_arch_cpu_id ();
  struct hv_list *queue = &timers[cpu].queue, *place = queue;
  hv_list_remove (&timer->node);
  timer->deadline = deadline;
  /* New deadlines are mostly late ones: look from the end. */
  while (place->prev != queue
         && HV_LIST_ITEM (place->prev, struct hv_timer, node)->deadline > deadline)
    place = place->prev;
  hv_list_insert_after (place->prev, &timer->node);
  program (cpu, deadline);
}

void
hv_timer_cancel (struct hv_timer *timer)
{
  hv_list_remove (&timer->node);
}

void
hv_timers_run (void)
{
  uint32_t cpu = hv_arch_cpu_id ();
  struct hv_list *queue = &timers[cpu].queue;
  timers[cpu].programmed = UINT64_MAX;
  while (!hv_list_empty (queue)) {
    struct hv_timer *timer = HV_LIST_ITEM (queue->next, struct hv_timer, node);
    hv_ticks now = hv_platform_ticks ();
    if (timer->deadline > now) {
      program (cpu, timer->deadline);
      return;
    }
    hv_list_remove (&timer->node);
    timer->fire (timer, now);
  }
}
