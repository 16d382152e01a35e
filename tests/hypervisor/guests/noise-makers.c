/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that disturbs others as much as it can. Its command line says by what:
 *
 *   flood      events without end to a port of the domain before it
 *   answer     lets the domain after it flood it, and floods back
 *   console    lines without end on its console
 *   tables     page tables made and unmade: a directory and tables, pinned and unpinned, entries in batches
 *   grants     pages copied over grants, and grants mapped and unmapped
 *   vcpus      virtual processors taken down and up
 */
#include "grant.h"
#include "test.h"
#include <xen/grant_table.h>

#define PORTS 32u

static char page[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
static uint32_t tables[1024] __attribute__ ((aligned (PV_PAGE_SIZE)));

/* A hint for an emulator that runs one processor at a time: now others may. */
static inline void
relax (void)
{
  asm volatile("yield");
}

static void
nothing (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

static void __attribute__ ((noreturn)) flood (uint32_t domain)
{
  struct evtchn_bind_interdomain bind = { .remote_dom = (domid_t)domain };
  long error = -1;
  while (error < 0)
    for (bind.remote_port = 1; bind.remote_port < PORTS && error < 0; bind.remote_port++)
      error = pv_event_channel_op (EVTCHNOP_bind_interdomain, &bind);
  pv_event_set_handler (bind.local_port, nothing, NULL);
  for (;;) {
    pv_event_send (bind.local_port);
    pv_event_dispatch ();
    relax ();
  }
}

/* The domain after it finds the port. */
static void __attribute__ ((noreturn)) answer (void)
{
  struct evtchn_alloc_unbound alloc
      = { .dom = DOMID_SELF, .remote_dom = (domid_t)(pv_start->domid + 1) };
  if (pv_event_channel_op (EVTCHNOP_alloc_unbound, &alloc) < 0)
    pv_panic ("no event channel");
  pv_event_set_handler (alloc.port, nothing, NULL);
  for (;;) {
    pv_event_send (alloc.port);
    pv_event_dispatch ();
    relax ();
  }
}

static void __attribute__ ((noreturn)) write_console (void)
{
  for (uint32_t i = 0;; i++, relax ())
    pv_printf ("line %u of a console that nobody can read as fast as it is written to\n", i);
}

static long
pin (uint32_t cmd)
{
  struct mmuext_op op = { .cmd = cmd, .arg1.mfn = pv_frame_of (tables) };
  return pv_mmuext_op (&op, 1, NULL);
}

/* All 1024 entries of four tables, again and again. */
static void __attribute__ ((noreturn)) make_tables (void)
{
  static struct mmu_update updates[64];
  uint32_t frame = pv_frame_of (tables) << PV_PAGE_SHIFT, mapped = pv_frame_of (page) << PV_PAGE_SHIFT;
  for (;;) {
    for (uint32_t i = 0; i < 1024; i++)
      tables[i] = mapped | PV_L2_RO;
    if (pv_update_va_mapping ((uint32_t)tables, frame | PV_L2_RO, UVMF_INVLPG) < 0
        || pin (PV_MMUEXT_PIN_TABLES) < 0)
      pv_panic ("the tables are not taken");
    for (uint32_t i = 0; i < 1024; i++) {
      updates[i % 64].ptr = frame + i * 4;
      updates[i % 64].val = (i & 1) != 0 ? 0 : mapped | PV_L2_RW;
      if (i % 64 == 63 && pv_mmu_update (updates, 64, NULL) < 0)
        pv_panic ("the entries are not taken");
      if (i % 64 == 63)
        relax ();
    }
    if (pin (MMUEXT_UNPIN_TABLE) < 0
        || pv_update_va_mapping ((uint32_t)tables, frame | PV_L2_RW, UVMF_INVLPG) < 0)
      pv_panic ("the tables are not given back");
  }
}

/* With itself, which goes the same way as with others. */
static void __attribute__ ((noreturn)) use_grants (void)
{
  static char other[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
  for (;;) {
    uint32_t reference = pv_grant_give (pv_start->domid, page, false);
    struct gnttab_copy copy = { .source = { .u.ref = reference, .domid = (domid_t)pv_start->domid },
                                .dest = { .u.gmfn = pv_frame_of (other), .domid = DOMID_SELF },
                                .len = PV_PAGE_SIZE,
                                .flags = GNTCOPY_source_gref };
    void *mapped;
    pv_hypercall3 (__HYPERVISOR_grant_table_op, GNTTABOP_copy, (uint32_t)&copy, 1);
    if (copy.status != GNTST_okay)
      pv_panic ("the copy is refused: %d", copy.status);
    if (pv_grant_map (pv_start->domid, &reference, 1, false, &mapped) == 0)
      pv_grant_unmap (&mapped, 1);
    pv_grant_end (reference);
    relax ();
  }
}

static void
idle (void *data)
{
  (void)data;
  for (;; relax ())
    pv_sched_op (SCHEDOP_yield, NULL);
}

static void __attribute__ ((noreturn)) start_vcpus (void)
{
  for (uint32_t vcpu = 1; vcpu < pv_start->vcpus; vcpu++)
    if (pv_vcpu_start (vcpu, idle, NULL) < 0)
      pv_panic ("vCPU %u does not start", vcpu);
  for (;;)
    for (uint32_t vcpu = 1; vcpu < pv_start->vcpus; vcpu++) {
      pv_hypercall2 (__HYPERVISOR_vcpu_op, VCPUOP_down, vcpu);
      pv_hypercall2 (__HYPERVISOR_vcpu_op, VCPUOP_up, vcpu);
      relax ();
    }
}

void
pv_main (const struct pv_start_info *info)
{
  const char *noise = info->command_line;
  if (strcmp (noise, "flood") == 0)
    flood (info->domid - 1);
  if (strcmp (noise, "answer") == 0)
    answer ();
  if (strcmp (noise, "console") == 0)
    write_console ();
  if (strcmp (noise, "tables") == 0)
    make_tables ();
  if (strcmp (noise, "grants") == 0)
    use_grants ();
  if (strcmp (noise, "vcpus") == 0)
    start_vcpus ();
  pv_panic ("no such noise: %s", noise);
}
