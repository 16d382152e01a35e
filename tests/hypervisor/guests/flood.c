/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attacker of the guard test, and its victim. The command line says which:
 *
 *   victim    computes, keeps deadlines, gives a page back and takes it again, and offers an event
 *             channel and a page to the attacker
 *   events    sends on that channel without end
 *   grants    maps and unmaps that page without end
 *   exhaust   maps it until it may hold no more mappings, and goes on asking
 *   paging    changes a page-table entry without end
 *   forks     makes and unmakes page tables, as who starts one process after the other does
 *   memory    takes all the memory that it gets
 *   console   writes to its console without end
 *   spin      computes on all its vCPUs
 */
#include "flood.h"
#include "grant.h"
#include <xen/memory.h>
#include "test.h"

#define MS 1000000ull

static struct flood *mine;
static uint32_t page[PV_PAGE_SIZE / 4] __attribute__ ((aligned (PV_PAGE_SIZE)));

static long
memory_op (uint32_t cmd, uint32_t number)
{
  struct xen_memory_reservation wish = { .nr_extents = 1, .domid = DOMID_SELF };
  xen_pfn_t list = number;
  wish.extent_start.q = (uint32_t)&list;
  long done = pv_hypercall2 (__HYPERVISOR_memory_op, cmd, (uint32_t)&wish);
  return done == 1 ? (long)(uint32_t)list : -1;
}

/* ---- the victim ---- */

static void
work (void)
{
  static volatile uint32_t sum;
  for (uint32_t i = 0; i < 500; i++)
    sum += i;
}

/* Takes the page back that it gave away, and gives it away again. */
static void
breathe (uint32_t spare)
{
  long frame = memory_op (XENMEM_populate_physmap, spare);
  if (frame < 0)
    mine->misses++;
  else
    memory_op (XENMEM_decrease_reservation, (uint32_t)frame);
}

static void
victim (void)
{
  struct evtchn_alloc_unbound offer = { .dom = DOMID_SELF, .remote_dom = (domid_t)mine->peer };
  uint32_t spare = pv_start->pages;
  pv_event_channel_op (EVTCHNOP_alloc_unbound, &offer);
  mine->port = offer.port;
  mine->reference = pv_grant_give (mine->peer, page, false);
  __atomic_store_n (&mine->ready, 1, __ATOMIC_RELEASE);
  pv_event_send (pv_start->device_port);
  uint64_t deadline = pv_time_ns () + MS;
  for (;;) {
    work ();
    mine->count++;
    uint64_t now = pv_time_ns ();
    if (now < deadline)
      continue;
    uint32_t late = (uint32_t)((now - deadline) / 1000);
    if (late > mine->late_us)
      mine->late_us = late;
    deadline = now + MS;
    pv_event_dispatch ();
    breathe (spare);
  }
}

/* ---- attackers ---- */

static void
events (void)
{
  struct evtchn_bind_interdomain bind
      = { .remote_dom = (domid_t)mine->peer, .remote_port = mine->port };
  pv_event_channel_op (EVTCHNOP_bind_interdomain, &bind);
  for (;; mine->count++)
    pv_event_send (bind.local_port);
}

static void
grants (void)
{
  void *at;
  for (;; mine->count++)
    if (pv_grant_map (mine->peer, &mine->reference, 1, false, &at) == 0)
      pv_grant_unmap (&at, 1);
}

static void
exhaust (void)
{
  void *at;
  for (;; mine->count++)
    pv_grant_map (mine->peer, &mine->reference, 1, false, &at);
}

static void
paging (void)
{
  uint32_t frame = pv_frame_of (page) << PV_PAGE_SHIFT;
  for (;; mine->count++)
    pv_update_va_mapping ((uint32_t)page, frame | (mine->count & 1 ? PV_L2_RO : PV_L2_RW),
                          UVMF_INVLPG);
}

static void
forks (void)
{
  struct mmuext_op ops[2] = { { .cmd = PV_MMUEXT_PIN_TABLES, .arg1.mfn = pv_frame_of (page) },
                              { .cmd = MMUEXT_UNPIN_TABLE, .arg1.mfn = pv_frame_of (page) } };
  pv_update_va_mapping ((uint32_t)page, pv_frame_of (page) << PV_PAGE_SHIFT | PV_L2_RO, UVMF_INVLPG);
  for (;; mine->count++)
    pv_mmuext_op (ops, 2, NULL);
}

static void
memory (void)
{
  for (;;)
    if (memory_op (XENMEM_populate_physmap, pv_start->pages) >= 0)
      mine->count++;
}

static void
console (void)
{
  static const char line[] = "................................................................";
  for (;; mine->count++)
    pv_console_write (line, 64);
}

static void
spin (void *data)
{
  (void)data;
  for (;;)
    __atomic_fetch_add (&mine->count, 1, __ATOMIC_RELAXED);
}

static void
spin_on_all (void)
{
  for (uint32_t i = 1; i < PV_VCPUS_MAX; i++)
    pv_vcpu_start (i, spin, NULL);
  spin (NULL);
}

void
pv_main (const struct pv_start_info *info)
{
  static const struct {
    const char *name;
    void (*run) (void);
  } parts[] = { { "victim", victim }, { "events", events }, { "grants", grants },
                { "exhaust", exhaust }, { "paging", paging }, { "forks", forks },   { "memory", memory },
                { "console", console }, { "spin", spin_on_all } };
  mine = (struct flood *)(uintptr_t)info->device_page;
  for (uint32_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    if (strcmp (info->command_line, parts[i].name) == 0)
      parts[i].run ();
  pv_panic ("what is %s?", info->command_line);
}
