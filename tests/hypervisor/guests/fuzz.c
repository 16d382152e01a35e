/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes hypercalls with hostile arguments, chosen at random from a seed in its command line: every
 * call that there is, most of the time with structures that are nearly right. It may well destroy
 * itself; nobody else may notice. Where the domain has several vCPUs, all of them do.
 */
#include <pv/hypervisor.h>
#include "test.h"
#include <xen/memory.h>

#define CALLS 100000

static uint32_t states[PV_VCPUS_MAX];

static uint32_t
draw (void)
{
  uint32_t *state = &states[pv_vcpu_id ()];
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static uint32_t
below (uint32_t end)
{
  return draw () % end;
}

/* What calls read and write; on a page border, so that structures may end behind it. All vCPUs have the same
   one: what a call has checked may be something else by the time it is used. */
static uint8_t buffer[8192] __attribute__ ((aligned (4096)));

/* Mostly one of the pages that this kernel can do without. */
static uint32_t
own_page (void)
{
  if (below (32768) == 0)
    return below (pv_start->max_pages);
  return pv_start->first_free + below (pv_start->max_pages - pv_start->first_free);
}

static uint32_t
own_va (void)
{
  return PV_KERNEL_START + own_page () * PV_PAGE_SIZE;
}

static uint32_t
own_frame (void)
{
  return ((const uint32_t *)(uintptr_t)pv_start->p2m)[own_page ()];
}

/* The first page of tables, which maps the kernel and much of what is free. */
static uint32_t
table_frame (void)
{
  uint32_t page = (pv_start->p2m - PV_KERNEL_START) / PV_PAGE_SIZE
                  + (pv_start->max_pages * 4 + PV_PAGE_SIZE - 1) / PV_PAGE_SIZE;
  return ((const uint32_t *)(uintptr_t)pv_start->p2m)[page];
}

static uint32_t
directory_frame (void)
{
  return ((const uint32_t *)(uintptr_t)
              pv_start->p2m)[(pv_start->directory - PV_KERNEL_START) / PV_PAGE_SIZE];
}

/* Numbers that have a meaning somewhere are likelier to do harm than any others. */
static uint32_t
frame (void)
{
  switch (below (10)) {
  case 0:
    return table_frame ();
  case 1:
    return directory_frame () + below (5) - 1;
  case 2:
    return own_frame () + below (64) - 32; /* perhaps a neighbour's */
  case 3:
    return below (2) ? 0x48000 + below (8192) : 0x10000 + below (512); /* SRAM, devices */
  case 4:
    return draw ();
  default:
    return own_frame ();
  }
}

static uint32_t
address (void)
{
  switch (below (8)) {
  case 0:
    return PV_HYPERVISOR_START + below (0u - PV_HYPERVISOR_START);
  case 1:
    return PV_HYPERVISOR_START - below (64);
  case 2:
    return 0u - below (64);
  case 3:
    return draw ();
  case 4:
    return pv_start->directory + below (PV_DIRECTORY_SIZE);
  default:
    return (uint32_t)buffer + below (sizeof buffer);
  }
}

static uint32_t
small (void)
{
  return below (16) == 0 ? draw () : below (40);
}

static uint32_t
l2_entry (void)
{
  static const uint32_t attributes[] = { PV_L2_RW, PV_L2_RW | PV_L2_XN, PV_L2_RO, PV_L2_RO | PV_L2_XN,
                                         0, 0, 1, 0xd77, 0xc7e & ~0x20, 0x47e };
  uint32_t bits = below (12) == 0 ? below (4096) : attributes[below (10)];
  return frame () << PV_PAGE_SHIFT | bits;
}

static uint32_t
l1_entry (void)
{
  static const uint32_t attributes[]
      = { PV_L1_KERNEL, PV_L1_USER, PV_L1_KERNEL | 0x400, PV_L1_USER | 0xc00, 0, PV_L1_TABLE,
          PV_L1_TABLE | PV_L1_DOMAIN (3), 0xc0e, 0x40c02, 3 };
  return frame () << PV_PAGE_SHIFT | attributes[below (10)];
}

/* ---- one call of each kind ---- */

static void
mmu_update (void)
{
  struct mmu_update *updates = (struct mmu_update *)(void *)buffer;
  uint32_t count = 1 + below (6);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t where = below (6);
    /* Entries of what this kernel can do without, or of user addresses. */
    uint32_t free_entry = (pv_start->first_free + below (1024 - pv_start->first_free)) * 4;
    updates[i].ptr = where < 3 ? table_frame () << PV_PAGE_SHIFT | free_entry
                     : where < 5
                         ? (directory_frame () << PV_PAGE_SHIFT) + below (0xc00) * 4
                         : (uint64_t)(below (64) ? own_frame () : frame ()) << PV_PAGE_SHIFT
                               | (below (1024) * 4 + below (5) / 4);
    updates[i].val = where < 3 ? l2_entry () : l1_entry ();
    if (below (200) == 0)
      updates[i].val |= (uint64_t)draw () << 32;
  }
  pv_hypercall4 (__HYPERVISOR_mmu_update, below (64) ? (uint32_t)buffer : address (),
                 below (64) ? count : small (), below (4) ? 0 : address (),
                 below (64) ? DOMID_SELF : small ());
}

static void
update_va_mapping (void)
{
  uint32_t va = below (8) ? own_va () : below (PV_KERNEL_START);
  if (below (32) == 0)
    va = address ();
  /* To unmap its own text would only end the run early. */
  if (va >= PV_KERNEL_START && va < PV_KERNEL_START + pv_start->first_free * PV_PAGE_SIZE
      && below (4096) != 0)
    va = own_va ();
  pv_hypercall3 (__HYPERVISOR_update_va_mapping, va, l2_entry (), below (4));
}

static void
mmuext_op (void)
{
  struct mmuext_op *ops = (struct mmuext_op *)(void *)buffer;
  static const uint32_t commands[] = { 0, 0, 1, 1, 4, 4, 5, 6, 7 };
  uint32_t count = 1 + below (3);
  for (uint32_t i = 0; i < count; i++) {
    ops[i].cmd = below (32) ? commands[below (9)] : draw ();
    ops[i].arg1.mfn = ops[i].cmd == MMUEXT_NEW_BASEPTR && below (256) ? directory_frame () : frame ();
  }
  pv_hypercall4 (__HYPERVISOR_mmuext_op, below (64) ? (uint32_t)buffer : address (),
                 below (64) ? count : small (), 0, below (64) ? DOMID_SELF : small ());
}

static void
memory_op (void)
{
  struct xen_memory_reservation *argument = (struct xen_memory_reservation *)(void *)buffer;
  xen_pfn_t *list = (xen_pfn_t *)(void *)(buffer + 512);
  static const uint32_t commands[] = { 1, 1, 6, 6, 3, 4, 0, 2 };
  uint32_t count = 1 + below (8), command = commands[below (8)];
  for (uint32_t i = 0; i < count; i++)
    list[i] = command == 1 ? frame () : own_page ();
  memset (argument, 0, sizeof *argument);
  set_xen_guest_handle_raw (argument->extent_start, below (32) ? list : (xen_pfn_t *)(uintptr_t)address ());
  argument->nr_extents = below (32) ? count : draw ();
  argument->extent_order = below (8) ? 0 : below (4);
  argument->domid = below (16) ? DOMID_SELF : (domid_t)small ();
  pv_hypercall2 (__HYPERVISOR_memory_op, below (32) ? command : draw (),
                 below (64) ? (uint32_t)buffer : address ());
}

static void
grant_entry (void)
{
  struct grant_entry_v1 *table = (struct grant_entry_v1 *)(uintptr_t)pv_start->grant_table;
  struct grant_entry_v1 *entry = &table[below (64)];
  entry->frame = frame ();
  entry->domid = (domid_t)(below (4) ? pv_start->domid : below (6));
  entry->flags = (uint16_t)(below (8) ? GTF_permit_access | (below (3) ? 0 : GTF_readonly) : draw ());
}

static void
grant_table_op (void)
{
  static const uint32_t commands[] = { 0, 0, 0, 1, 1, 5, 5, 2, 6, 10, 4, 3 };
  uint32_t command = commands[below (12)];
  uint32_t self = below (4) ? pv_start->domid : below (6);
  grant_entry ();
  memset (buffer, 0, 128);
  if (command == GNTTABOP_map_grant_ref) {
    struct gnttab_map_grant_ref *map = (struct gnttab_map_grant_ref *)(void *)buffer;
    map->flags = below (8) ? GNTMAP_host_map | (below (2) ? GNTMAP_readonly : 0)
                                 | (below (2) ? GNTMAP_contains_pte : 0)
                           : draw ();
    map->host_addr = (map->flags & GNTMAP_contains_pte) != 0
                         ? (uint64_t)table_frame () << PV_PAGE_SHIFT | below (1024) * 4
                         : own_va ();
    map->ref = below (70);
    map->dom = (domid_t)self;
  } else if (command == GNTTABOP_unmap_grant_ref) {
    struct gnttab_unmap_grant_ref *unmap = (struct gnttab_unmap_grant_ref *)(void *)buffer;
    unmap->host_addr = own_va ();
    unmap->handle = below (140);
  } else if (command == GNTTABOP_copy) {
    struct gnttab_copy *copy = (struct gnttab_copy *)(void *)buffer;
    copy->source.domid = copy->dest.domid = (domid_t)(below (3) ? DOMID_SELF : self);
    copy->source.u.ref = copy->source.domid == DOMID_SELF ? frame () : below (70);
    copy->dest.u.ref = copy->dest.domid == DOMID_SELF ? own_frame () : below (70);
    copy->source.offset = (uint16_t)below (4100);
    copy->dest.offset = (uint16_t)below (4100);
    copy->len = (uint16_t)below (4100);
    copy->flags = (uint16_t)below (4);
  } else {
    for (uint32_t i = 0; i < 8; i++)
      ((uint32_t *)(void *)buffer)[i] = below (2) ? small () : address ();
  }
  pv_hypercall3 (__HYPERVISOR_grant_table_op, command, below (64) ? (uint32_t)buffer : address (),
                 below (32) ? 1 : small ());
}

/* Commands whose structures are a few words. */
static void
words (uint32_t number, uint32_t command)
{
  for (uint32_t i = 0; i < 24; i++)
    ((uint32_t *)(void *)buffer)[i] = below (3) ? small () : below (2) ? address () : frame ();
  pv_hypercall4 (number, command, below (32) ? (uint32_t)buffer : address (), below (4) ? small () : address (),
                 small ());
}

static void
event_channel_op (void)
{
  words (__HYPERVISOR_event_channel_op, below (14));
}

static void
other (void)
{
  switch (below (16)) {
  case 0:
    words (__HYPERVISOR_vcpu_op, below (16));
    break;
  case 1:
    words (__HYPERVISOR_console_io, below (4) == 0 ? draw () : 1);
    break;
  case 2:
    pv_hypercall2 (__HYPERVISOR_set_timer_op, draw (), below (4) ? 0 : draw ());
    break;
  case 3:
    words (__HYPERVISOR_domctl, (uint32_t)buffer);
    break;
  case 4:
    words (__HYPERVISOR_sysctl, (uint32_t)buffer);
    break;
  case 5:
    words (PV_HYPERVISOR_hid_op, below (8));
    break;
  case 6:
    words (PV_HYPERVISOR_io_op, below (14));
    break;
  case 7:
    words (PV_HYPERVISOR_channel_op, below (6));
    break;
  case 8:
    words (PV_HYPERVISOR_debug_op, small ());
    break;
  case 9:
    words (__HYPERVISOR_xen_version, below (12));
    break;
  case 10:
    pv_hypercall2 (__HYPERVISOR_set_segment_base, below (4), draw ());
    break;
  case 11:
    pv_hypercall1 (__HYPERVISOR_fpu_taskswitch, below (3));
    break;
  case 12:
    pv_hypercall1 (__HYPERVISOR_stack_switch, below (8) ? (uint32_t)buffer + 4096 : address ());
    break;
  case 13:
    pv_hypercall1 (__HYPERVISOR_set_trap_table, PV_HYPERVISOR_START + below (4096));
    break;
  case 14: /* what ends or suspends it is left out */
    pv_hypercall2 (__HYPERVISOR_sched_op, below (4) ? SCHEDOP_yield : 16 + small (), address ());
    break;
  default:
    words (draw (), draw ());
  }
}

static void
multicall (void)
{
  struct multicall_entry *calls = (struct multicall_entry *)(void *)buffer;
  static const uint8_t numbers[] = { 0, 1, 3, 5, 12, 13, 14, 15, 17, 18, 20, 23, 24, 25, 26, 32, 35, 36, 50 };
  uint32_t count = 1 + below (6);
  for (uint32_t i = 0; i < count; i++) {
    calls[i].op = below (64) ? numbers[below (sizeof numbers)] : draw ();
    for (uint32_t j = 0; j < 4; j++)
      calls[i].args[j] = below (4) == 0 ? l2_entry () : below (2) ? address () : small ();
    if (calls[i].op == __HYPERVISOR_set_trap_table || calls[i].op == __HYPERVISOR_update_va_mapping)
      calls[i].args[0] = own_va ();
  }
  pv_hypercall2 (__HYPERVISOR_multicall, below (64) ? (uint32_t)buffer : address (),
                 below (64) ? count : draw ());
}

static void (*const kinds[]) (void)
    = { mmu_update,     mmu_update,     update_va_mapping, update_va_mapping, mmuext_op,
        mmuext_op,      memory_op,      memory_op,         grant_table_op,    grant_table_op,
        grant_table_op, grant_table_op, event_channel_op,  multicall,         other, other };

static void __attribute__ ((noreturn)) hammer (void *data)
{
  (void)data;
  for (uint32_t i = 0; i < CALLS; i++) {
    if (below (1000) == 0 && pv_start->vcpus > 1) /* who was taken down, by itself perhaps */
      for (uint32_t vcpu = 0; vcpu < pv_start->vcpus; vcpu++)
        pv_hypercall2 (__HYPERVISOR_vcpu_op, VCPUOP_up, vcpu);
    kinds[below (sizeof kinds / sizeof kinds[0])]();
  }
  pv_shutdown (SHUTDOWN_poweroff);
}

void
pv_main (const struct pv_start_info *info)
{
  uint32_t seed = 2463534242u;
  for (const char *at = info->command_line; *at; at++)
    seed = seed * 31 + (uint8_t)*at;
  for (uint32_t vcpu = 0; vcpu < info->vcpus; vcpu++)
    states[vcpu] = seed + vcpu * 0x9e3779b9u;
  for (uint32_t vcpu = 1; vcpu < info->vcpus; vcpu++)
    pv_vcpu_start (vcpu, hammer, NULL);
  hammer (NULL);
}
