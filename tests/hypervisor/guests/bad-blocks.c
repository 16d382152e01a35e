/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest whose front end for disks breaks every rule there is, and looks at what comes of it.
 * Others use their disks meanwhile.
 */
#include "ring.h"

#include <pv/device.h>
#include <xen/errno.h>
#include <xen/io/blkif.h>
#include "grant.h"
#include "test.h"

static uint8_t ring_page[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
static uint8_t buffer[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
static blkif_front_ring_t ring;
static volatile struct pv_device *slot;
static uint32_t ring_ref, buffer_ref, port;

static void
on_event (uint32_t at, void *data)
{
  (void)at;
  (void)data;
}

static void
set_state (uint32_t state)
{
  __atomic_store_n (&slot->front.state, state, __ATOMIC_RELEASE);
  pv_event_send (pv_start->device_port);
}

static bool
wait_for_state (uint32_t state)
{
  uint64_t deadline = pv_time_ns () + TEST_PATIENCE_NS;
  while (__atomic_load_n (&slot->back.state, __ATOMIC_ACQUIRE) != state) {
    if (pv_time_ns () > deadline)
      return false;
    pv_event_wait (deadline);
  }
  return true;
}

/* Offers a ring; -> whether the back end answers with `state`. */
static bool
offer (uint32_t reference, uint32_t event_channel, uint32_t state)
{
  set_state (XenbusStateInitialising);
  if (!wait_for_state (XenbusStateInitWait))
    return false;
  slot->front.ring_ref[0] = reference;
  slot->front.event_channel = event_channel;
  set_state (XenbusStateInitialised);
  return wait_for_state (state);
}

static bool
connect (void)
{
  XEN_FRONT_RING_INIT (&ring, (blkif_sring_t *)(void *)ring_page, PV_PAGE_SIZE);
  if (!offer (ring_ref, port, XenbusStateConnected))
    return false;
  set_state (XenbusStateConnected);
  return true;
}

static bool
is_in_use (uint32_t reference)
{
  const volatile struct grant_entry_v1 *table
      = (const volatile struct grant_entry_v1 *)(uintptr_t)pv_start->grant_table;
  return (table[reference].flags & (GTF_reading | GTF_writing)) != 0;
}

static void
push (const blkif_request_t *request)
{
  *RING_GET_REQUEST (&ring, ring.req_prod_pvt) = *request;
  ring.req_prod_pvt++;
  RING_PUSH_REQUESTS (&ring);
}

/* -> the answer's status, or 99: none came, or another's. */
static int
ask (blkif_request_t request)
{
  static uint64_t id = 0xdeadbeef00000000ull;
  uint64_t deadline = pv_time_ns () + TEST_PATIENCE_NS;
  request.id = ++id;
  push (&request);
  pv_event_send (port);
  while (*(volatile RING_IDX *)&ring.sring->rsp_prod == ring.rsp_cons) {
    if (pv_time_ns () > deadline)
      return 99;
    ring.sring->rsp_event = ring.rsp_cons + 1;
    pv_event_wait (deadline);
  }
  const blkif_response_t *answer = RING_GET_RESPONSE (&ring, ring.rsp_cons++);
  return answer->id == id && answer->operation == request.operation ? answer->status : 99;
}

static blkif_request_t
good (void)
{
  return (blkif_request_t){ .operation = BLKIF_OP_READ,
                            .nr_segments = 1,
                            .seg = { { .gref = buffer_ref, .last_sect = 7 } } };
}

static void
bad_connections (void)
{
  uint32_t readonly = pv_grant_give (0, ring_page, true);
  uint32_t foreign = pv_grant_give (1, ring_page, false);
  check (offer (700, port, XenbusStateClosed) && slot->back.error == -XEN_EACCES,
         "a ring that was not given");
  check (offer (0xffffffff, port, XenbusStateClosed), "the largest reference as a ring");
  check (offer (readonly, port, XenbusStateClosed), "a ring that can only be read");
  check (offer (foreign, port, XenbusStateClosed), "a ring that was given to somebody else");
  check (offer (ring_ref, 0, XenbusStateClosed), "event port 0");
  check (offer (ring_ref, 99999, XenbusStateClosed), "an event port that there is not");
  check (offer (ring_ref, PV_PORT_CONSOLE, XenbusStateClosed), "the port of the console");
  check (offer (ring_ref, PV_PORT_DEVICE, XenbusStateClosed), "the port of the device page");
  check (!is_in_use (ring_ref), "and nothing of ours is in use after all that");
}

static void
bad_requests (void)
{
  static uint32_t tables[PV_PAGE_SIZE / 4] __attribute__ ((aligned (PV_PAGE_SIZE)));
  uint64_t sectors = slot->back.u.block.sectors;
  blkif_request_t request;
  check (ask (good ()) == BLKIF_RSP_OKAY, "a good request");
  request = good (), request.operation = 77;
  check (ask (request) == BLKIF_RSP_EOPNOTSUPP, "an operation that there is not");
  request = good (), request.operation = BLKIF_OP_INDIRECT;
  check (ask (request) == BLKIF_RSP_EOPNOTSUPP, "indirect segments");
  request = good (), request.nr_segments = 0;
  check (ask (request) == BLKIF_RSP_ERROR, "a read of nothing");
  request = good (), request.nr_segments = 12;
  check (ask (request) == BLKIF_RSP_ERROR, "twelve segments");
  request = good (), request.nr_segments = 255;
  check (ask (request) == BLKIF_RSP_ERROR, "255 segments");
  request = good (), request.seg[0].first_sect = 5, request.seg[0].last_sect = 4;
  check (ask (request) == BLKIF_RSP_ERROR, "a segment that ends before it begins");
  request = good (), request.seg[0].last_sect = 8;
  check (ask (request) == BLKIF_RSP_ERROR, "a segment past its page");
  request = good (), request.seg[0].first_sect = 255, request.seg[0].last_sect = 255;
  check (ask (request) == BLKIF_RSP_ERROR, "a segment far from its page");
  request = good (), request.sector_number = sectors - 7;
  check (ask (request) == BLKIF_RSP_ERROR, "a read across the end of the disk");
  request = good (), request.sector_number = UINT64_MAX - 3;
  check (ask (request) == BLKIF_RSP_ERROR, "sectors that wrap");
  request = good (), request.seg[0].gref = 701;
  check (ask (request) == BLKIF_RSP_ERROR, "a page that was not given");
  request = good (), request.seg[0].gref = 0x80000000;
  check (ask (request) == BLKIF_RSP_ERROR, "a reference far past the table");
  request = good (), request.seg[0].gref = pv_grant_give (0, buffer, true);
  check (ask (request) == BLKIF_RSP_ERROR, "a read into a page that can only be read");
  request.operation = BLKIF_OP_WRITE;
  check (ask (request) == BLKIF_RSP_OKAY, "a write from it is fine");
  pv_update_va_mapping ((uint32_t)tables, pv_frame_of (tables) << PV_PAGE_SHIFT | PV_L2_RO,
                        UVMF_INVLPG);
  struct mmuext_op pin = { .cmd = PV_MMUEXT_PIN_TABLES, .arg1.mfn = pv_frame_of (tables) };
  pv_mmuext_op (&pin, 1, NULL);
  request = good (), request.seg[0].gref = pv_grant_give (0, tables, false);
  check (ask (request) == BLKIF_RSP_ERROR, "a read into a page table");
  request = good (), request.nr_segments = 11;
  for (uint32_t i = 1; i < 11; i++)
    request.seg[i] = request.seg[0];
  check (ask (request) == BLKIF_RSP_OKAY, "one page eleven times");
  request.seg[10].gref = 702;
  check (ask (request) == BLKIF_RSP_ERROR && !is_in_use (buffer_ref),
         "ten good pages and a bad one leave none in use");
  check (ask (good ()) == BLKIF_RSP_OKAY, "and a good request is still answered");
}

static void
bad_ring (uint32_t ahead, const char *what)
{
  ring.sring->req_prod = ring.req_prod_pvt + ahead;
  pv_event_send (port);
  check (wait_for_state (XenbusStateClosed) && slot->back.error == -XEN_EINVAL
             && !is_in_use (ring_ref),
         "%s closes the device", what);
  check (connect () && ask (good ()) == BLKIF_RSP_OKAY, "which may be opened again");
}

/* Leaves while the disk works on its pages. */
static void
leave_at_work (void)
{
  for (uint32_t i = 0; i < 32; i++) {
    blkif_request_t request = good ();
    request.sector_number = i * 8;
    push (&request);
  }
  pv_event_send (port);
  set_state (XenbusStateClosing);
  check (wait_for_state (XenbusStateClosed) && !is_in_use (ring_ref) && !is_in_use (buffer_ref),
         "closing with 32 requests under way waits for them");
  check (connect () && ask (good ()) == BLKIF_RSP_OKAY, "and the device opens again");
  for (uint32_t i = 0; i < 200; i++)
    set_state (i % 7);
  set_state (XenbusStateClosed);
  check (connect () && ask (good ()) == BLKIF_RSP_OKAY, "also after 200 changes of state");
}

void
pv_main (const struct pv_start_info *info)
{
  struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = 0 };
  slot = &((struct pv_device_page *)(uintptr_t)info->device_page)->slot[0];
  pv_event_channel_op (EVTCHNOP_alloc_unbound, &alloc);
  port = alloc.port;
  pv_event_set_handler (port, on_event, NULL);
  pv_event_set_handler (info->device_port, on_event, NULL);
  ring_ref = pv_grant_give (0, ring_page, false);
  buffer_ref = pv_grant_give (0, buffer, false);
  bad_connections ();
  check (connect (), "a good connection");
  bad_requests ();
  bad_ring (33, "one request more than the ring holds");
  bad_ring (0x7fffffff, "a wild index");
  bad_ring (0xffffffff, "an index that goes back");
  leave_at_work ();
  pv_printf ("done\n");
  pv_shutdown (SHUTDOWN_poweroff);
}
