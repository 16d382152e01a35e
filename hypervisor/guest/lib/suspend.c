/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's part in being saved, restored and moved: let go, stand still, take hold again. */
#include "pv.h"

int64_t pv_time_offset;

/* A ring: its head is no user. */
static struct pv_suspend_user users = { .next = &users, .previous = &users };

void
pv_suspend_add (struct pv_suspend_user *user)
{
  user->next = &users;
  user->previous = users.previous;
  users.previous->next = user;
  users.previous = user;
}

/* Time stands still with the domain: what it measures goes on where it was. */
static bool
stand_still (void)
{
  struct sched_shutdown argument = { .reason = SHUTDOWN_suspend };
  uint64_t before = pv_time_ns ();
  bool moved = pv_sched_op (SCHEDOP_shutdown, &argument) == 0;
  pv_time_offset += (int64_t)(before - pv_time_ns ());
  return moved;
}

static void
suspend (uint32_t port, void *data)
{
  (void)port;
  (void)data;
  for (struct pv_suspend_user *user = users.previous; user != &users; user = user->previous)
    user->suspend (user->data);
  bool moved = stand_still ();
  if (moved)
    pv_event_rebind ();
  for (struct pv_suspend_user *user = users.next; user != &users; user = user->next)
    user->resume (user->data, moved);
  pv_set_timer (pv_time_ns ()); /* whoever waits for a time looks at it anew */
}

void
pv_suspend_init (void)
{
  long port = pv_event_bind_virq (PV_VIRQ_SUSPEND, suspend, NULL);
  if (port < 0)
    pv_panic ("no event channel for suspension: %d", (int)port);
}
