/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest whose network front end breaks every rule: first one by one, then, when a key is typed,
 * by sending as much as it can to everybody; at last its ring makes no sense any more.
 */
#include "device.h"
#include "grant.h"
#include "ring.h"
#include "test.h"
#include <xen/io/netif.h>

#define S        1000000000ull
#define FLOOD_NS (3 * S)

static uint8_t tx_page[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
static uint8_t rx_page[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
static uint8_t frame[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
static uint8_t room[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));

static netif_tx_front_ring_t tx;
static netif_rx_front_ring_t rx;
static struct pv_front *device;
static bool is_connected, is_lost;

static bool
connect (struct pv_front *front)
{
  XEN_FRONT_RING_INIT (&tx, (netif_tx_sring_t *)(void *)tx_page, PV_PAGE_SIZE);
  XEN_FRONT_RING_INIT (&rx, (netif_rx_sring_t *)(void *)rx_page, PV_PAGE_SIZE);
  device = front;
  return pv_front_give_ring (front, 0, tx_page) && pv_front_give_ring (front, 1, rx_page)
         && pv_front_open_port (front);
}

static void
connected (struct pv_front *front)
{
  (void)front;
  is_connected = true;
}

static void
event (struct pv_front *front)
{
  (void)front;
}

static void
lost (struct pv_front *front)
{
  (void)front;
  is_lost = true;
}

static void
on_event (uint32_t port, void *data)
{
  (void)port;
  (void)data;
}

/* Waits until `condition` of the rings holds; handlers run meanwhile. */
#define wait_until(condition)                                                                      \
  ({                                                                                               \
    uint64_t deadline = pv_time_ns () + TEST_PATIENCE_NS;                                                    \
    while (!(condition) && pv_time_ns () < deadline)                                               \
      pv_event_wait (pv_time_ns () + S / 100);                                                     \
    (condition);                                                                                   \
  })

/* Sends one request; -> the status of its answer, or 1: there was none. */
static int
request (struct netif_tx_request wish)
{
  struct netif_tx_response answer;
  static uint16_t id;
  wish.id = ++id;
  *RING_GET_REQUEST (&tx, tx.req_prod_pvt) = wish;
  tx.req_prod_pvt++;
  tx.sring->rsp_event = tx.rsp_cons + 1;
  RING_PUSH_REQUESTS (&tx);
  pv_front_notify (device);
  if (!wait_until (*(volatile RING_IDX *)&tx.sring->rsp_prod != tx.rsp_cons))
    return 1;
  RING_COPY_RESPONSE (&tx, tx.rsp_cons, &answer);
  tx.rsp_cons++;
  return answer.id == id ? answer.status : 1;
}

static int
send (uint32_t reference, uint32_t offset, uint32_t size, uint32_t flags)
{
  return request ((struct netif_tx_request){ .gref = reference,
                                             .offset = (uint16_t)offset,
                                             .size = (uint16_t)size,
                                             .flags = (uint16_t)flags });
}

/* Who has 10.0.2.2? Whoever has answers to us alone. */
static void
write_question (const uint8_t from[6])
{
  static const uint8_t arp[] = { 0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 0x06, 0x04, 0x00, 0x01 };
  memset (frame, 0, 64);
  memset (frame, 0xff, 6);
  memcpy (frame + 6, from, 6);
  memcpy (frame + 12, arp, sizeof arp);
  memcpy (frame + 22, from, 6);
  memcpy (frame + 28, (const uint8_t[]){ 10, 0, 2, 99 }, 4);
  memcpy (frame + 38, (const uint8_t[]){ 10, 0, 2, 2 }, 4);
}

static void
requests (uint32_t good)
{
  uint32_t ours = pv_grant_give (pv_start->domid, frame, true);
  check (send (good, 0, 42, 0) == NETIF_RSP_OKAY, "a good frame");
  check (send (good, 0, 0, 0) == NETIF_RSP_ERROR, "an empty frame");
  check (send (good, 0, 13, 0) == NETIF_RSP_ERROR, "a frame shorter than its header");
  check (send (good, 0, 1515, 0) == NETIF_RSP_ERROR, "a frame too long");
  check (send (good, 0, 65535, 0) == NETIF_RSP_ERROR, "a frame much too long");
  check (send (good, 4090, 42, 0) == NETIF_RSP_ERROR, "a frame across the end of its page");
  check (send (good, 65535, 1000, 0) == NETIF_RSP_ERROR, "a frame behind its page");
  check (send (good, 0, 42, NETTXF_more_data) == NETIF_RSP_ERROR, "a piece of a frame");
  check (send (good, 0, 42, NETTXF_extra_info) == NETIF_RSP_ERROR, "a frame with extras");
  check (send (7, 0, 42, 0) == NETIF_RSP_ERROR, "a reference that is not given");
  check (send (0xffffffff, 0, 42, 0) == NETIF_RSP_ERROR, "a reference that cannot be");
  check (send (ours, 0, 42, 0) == NETIF_RSP_ERROR, "a page given to somebody else");
  check (send (good, 0, 42, 0) == NETIF_RSP_OKAY, "and a good frame again");
  pv_grant_end (ours);
}

/* One buffer; -> the status of what comes into it after the question was asked, or 0: nothing. */
static int
receive (uint32_t reference, uint32_t question)
{
  struct netif_rx_response answer;
  *RING_GET_REQUEST (&rx, rx.req_prod_pvt) = (struct netif_rx_request){ .gref = reference };
  rx.req_prod_pvt++;
  RING_PUSH_REQUESTS (&rx);
  send (question, 0, 42, 0);
  if (!wait_until (*(volatile RING_IDX *)&rx.sring->rsp_prod != rx.rsp_cons))
    return 0;
  RING_COPY_RESPONSE (&rx, rx.rsp_cons, &answer);
  rx.rsp_cons++;
  return answer.status;
}

static void
buffers (uint32_t question)
{
  uint32_t readonly = pv_grant_give (device->back->backend_id, room, true);
  uint32_t good = pv_grant_give (device->back->backend_id, room, false);
  /* What waited for a buffer since the frames before comes first, into buffers as bad as these. */
  check (receive (9999, question) == NETIF_RSP_ERROR, "a buffer that is none");
  check (receive (readonly, question) == NETIF_RSP_ERROR, "a buffer that may only be read");
  /* Frames to everybody may have waited, too. */
  int status = receive (good, question);
  for (uint32_t tries = 0; tries < 40 && status > 0 && room[0] == 0xff; tries++)
    status = receive (good, question);
  check (status >= 42 && memcmp (room, (const uint8_t *)device->back->u.net.mac, 6) == 0
             && room[12] == 0x08 && room[21] == 2,
         "a good buffer gets the answer");
}

static void
flood (uint32_t reference)
{
  uint64_t end = pv_time_ns () + FLOOD_NS;
  uint32_t count = 0;
  while (pv_time_ns () < end) {
    while (!RING_FULL (&tx)) {
      *RING_GET_REQUEST (&tx, tx.req_prod_pvt)
          = (struct netif_tx_request){ .gref = reference, .size = 1514 };
      tx.req_prod_pvt++;
      count++;
    }
    RING_PUSH_REQUESTS (&tx);
    pv_front_notify (device);
    tx.rsp_cons = *(volatile RING_IDX *)&tx.sring->rsp_prod;
  }
  pv_printf ("flooded: %u frames\n", count);
}

static bool
typed (void)
{
  char byte;
  return pv_console_read (&byte, 1) > 0;
}

void
pv_main (const struct pv_start_info *info)
{
  static const struct pv_front_driver driver = {
    .type = PV_DEVICE_NET, .connect = connect, .connected = connected, .event = event, .lost = lost
  };
  uint8_t mac[6], stranger[6] = { 2, 1, 2, 3, 4, 5 };
  pv_event_set_handler (info->console_port, on_event, NULL);
  pv_front_register (&driver);
  pv_devices_start ();
  check (wait_until (is_connected), "the interface is there");
  uint32_t good = pv_grant_give (device->back->backend_id, frame, true);
  memcpy (mac, (const uint8_t *)device->back->u.net.mac, sizeof mac);
  write_question (stranger);
  requests (good); /* under a wrong address: they are taken, and go nowhere */
  write_question (mac);
  buffers (good);
  pv_printf ("ready\n");
  while (!typed ())
    pv_event_wait (0);
  flood (good);
  tx.sring->req_prod = tx.sring->rsp_prod + 100000;
  pv_front_notify (device);
  is_connected = false;
  check (wait_until (is_lost), "a ring that makes no sense is given up");
  check (wait_until (is_connected) && send (good, 0, 42, 0) == NETIF_RSP_OKAY,
         "with a new one it goes on");
  pv_printf ("done\n");
  for (;;)
    pv_event_wait (0);
}
