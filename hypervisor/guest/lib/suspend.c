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

/* Takes down the other vCPUs, wherever they are: there they go on. -> those that were up, one bit each. */
static uint32_t
stop_others (void)
{
  uint32_t stopped = 0;
  for (uint32_t vcpu = 1; vcpu < pv_start->vcpus; vcpu++)
    if (pv_hypercall2 (__HYPERVISOR_vcpu_op, VCPUOP_is_up, vcpu) == 1
        && pv_hypercall2 (__HYPERVISOR_vcpu_op, VCPUOP_down, vcpu) == 0)
      stopped |= 1u << vcpu;
  return stopped;
}

static void
start_others (uint32_t stopped)
{
  for (uint32_t vcpu = 1; vcpu < pv_start->vcpus; vcpu++)
    if ((stopped >> vcpu & 1) != 0)
      pv_hypercall2 (__HYPERVISOR_vcpu_op, VCPUOP_up, vcpu);
}

static void
suspend (uint32_t port, void *data)
{
  (void)port;
  (void)data;
  uint32_t stopped = stop_others ();
  for (struct pv_suspend_user *user = users.previous; user != &users; user = user->previous)
    user->suspend (user->data);
  bool moved = stand_still ();
  if (moved)
    pv_event_rebind ();
  for (struct pv_suspend_user *user = users.next; user != &users; user = user->next)
    user->resume (user->data, moved);
  start_others (stopped);
  pv_set_timer (pv_time_ns ()); /* whoever waits for a time looks at it anew */
}

/* Only what is a directory is saved as one, with its frames by their page numbers: the first one
   must stay one while others are in use. */
static void
pin_first_directory (void)
{
  uint32_t page = (pv_start->directory - PV_KERNEL_START) / PV_PAGE_SIZE;
  struct mmuext_op op = { .cmd = PV_MMUEXT_PIN_DIRECTORY,
                          .arg1.mfn = ((const uint32_t *)(uintptr_t)pv_start->p2m)[page] };
  long error = pv_mmuext_op (&op, 1, NULL);
  if (error < 0)
    pv_panic ("the first directory cannot be pinned: %d", (int)error);
}

void
pv_suspend_init (void)
{
  pin_first_directory ();
  long port = pv_event_bind_virq (PV_VIRQ_SUSPEND, suspend, NULL);
  if (port < 0)
    pv_panic ("no event channel for suspension: %d", (int)port);
}
