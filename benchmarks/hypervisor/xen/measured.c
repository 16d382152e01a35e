/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures Xen's elementary operations from inside a domain of its own. Under QEMU's instruction
 * counter a tick of the 62.5 MHz counter is 16 instructions. */
#include "xen.h"

#define INSTRUCTIONS_PER_TICK 16u

void loop_version (uint32_t turns);
void loop_yield (uint32_t turns);
void loop_send (uint32_t turns, const struct evtchn_send *send);
void domain_main (void);
void *memset (void *to, int byte, size_t length);
void *memcpy (void *to, const void *from, size_t length);

void *
memset (void *to, int byte, size_t length)
{
  for (size_t i = 0; i < length; i++)
    ((volatile char *)to)[i] = (char)byte;
  return to;
}

void *
memcpy (void *to, const void *from, size_t length)
{
  for (size_t i = 0; i < length; i++)
    ((volatile char *)to)[i] = ((const char *)from)[i];
  return to;
}

static uint64_t
now (void)
{
  uint32_t low, high;
  asm volatile("isb\n\tmrrc p15, 1, %0, %1, c14" : "=r"(low), "=r"(high));
  return (uint64_t)high << 32 | low;
}

static void
print (const char *text)
{
  uint32_t length = 0;
  while (text[length])
    length++;
  xen_call (__HYPERVISOR_console_io, CONSOLEIO_write, length, text);
}

static void
figure (const char *name, uint64_t start, uint32_t turns, uint32_t overhead)
{
  char text[80] = "figure: ", digits[12];
  uint32_t at = 8, count = 0;
  uint32_t total = (uint32_t)(now () - start) * INSTRUCTIONS_PER_TICK;
  uint32_t each = (total - turns * overhead + turns / 2) / turns;
  while (*name)
    text[at++] = *name++;
  text[at++] = ' ';
  do
    digits[count++] = (char)('0' + each % 10);
  while ((each /= 10) > 0);
  while (count > 0)
    text[at++] = digits[--count];
  text[at++] = '\n';
  text[at] = 0;
  print (text);
}

static evtchn_port_t
offer_port (void)
{
  struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = PEER };
  if (event_op (EVTCHNOP_alloc_unbound, &alloc) < 0)
    print ("no port\n");
  return alloc.port;
}

static void
grants (void)
{
  static char page[4096] __attribute__ ((aligned (4096))),
      other[4096] __attribute__ ((aligned (4096)));
  struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = 1 };
  struct grant_entry_v1 *table = (struct grant_entry_v1 *)(GRANT_FRAME << 12);
  xen_pfn_t frames[1];
  const grant_ref_t ref = 8;
  set_xen_guest_handle_raw (setup.frame_list, frames);
  xen_call (__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, &setup, 1);
  if (add_to_physmap (XENMAPSPACE_grant_table, GRANT_FRAME) < 0)
    print ("no grant table\n");
  table[ref].domid = MEASURED;
  table[ref].frame = (uint32_t)page >> 12;
  table[ref].flags = GTF_permit_access;

  uint64_t start = now ();
  for (uint32_t i = 0; i < TURNS; i++) {
    struct gnttab_map_grant_ref map = {
      .host_addr = (uint64_t)MAP_FRAME << 12, .flags = GNTMAP_host_map, .ref = ref, .dom = MEASURED
    };
    xen_call (__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref, &map, 1);
    struct gnttab_unmap_grant_ref unmap = { .host_addr = map.host_addr, .handle = map.handle };
    xen_call (__HYPERVISOR_grant_table_op, GNTTABOP_unmap_grant_ref, &unmap, 1);
    if (map.status != 0 || unmap.status != 0) {
      print ("grant refused\n");
      return;
    }
  }
  figure ("grant-map", start, TURNS, 0);
  start = now ();
  for (uint32_t i = 0; i < TURNS; i++) {
    struct gnttab_copy copy = { .source = { .u.ref = ref, .domid = MEASURED },
                                .dest = { .u.gmfn = (uint32_t)other >> 12, .domid = DOMID_SELF },
                                .len = 4096,
                                .flags = GNTCOPY_source_gref };
    xen_call (__HYPERVISOR_grant_table_op, GNTTABOP_copy, &copy, 1);
    if (copy.status != 0) {
      print ("copy refused\n");
      return;
    }
  }
  figure ("grant-copy", start, TURNS, 0);
}

static void
ping_pong (evtchn_port_t port)
{
  uint64_t start = 0;
  for (uint32_t i = 0; i < TURNS + WARM_UP; i++) {
    if (i == WARM_UP)
      start = now ();
    clear (port);
    send (port);
    poll_port (port);
  }
  figure ("ping-pong", start, TURNS, 0);
}

void
domain_main (void)
{
  evtchn_port_t port = offer_port (), idle = offer_port ();
  struct evtchn_send silent = { .port = idle };
  if (add_to_physmap (XENMAPSPACE_shared_info, SHARED_FRAME) < 0)
    print ("no shared info\n");
  poll_port (port); /* the peer is there */
  clear (port);
  for (uint32_t i = 0; i < 1000; i++) /* and waits */
    loop_yield (1);

  uint64_t start = now ();
  loop_version (TURNS);
  figure ("hypercall", start, TURNS, 2);
  start = now ();
  loop_send (TURNS, &silent);
  figure ("event-send", start, TURNS, 3);
  grants ();
  ping_pong (port);
  loop_yield (WARM_UP); /* after the last answer the peer yields */
  start = now ();
  loop_yield (TURNS);
  figure ("domain-switch", start, TURNS * 2, 2);
  print ("done\n");
}
