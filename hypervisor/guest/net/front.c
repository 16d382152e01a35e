/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "front.h"

#include "device.h"
#include "grant.h"
#include "ring.h"
#include <xen/io/netif.h>

#define TX_BUFFERS 32 /* bits of a word */
#define RX_BUFFERS 64

static uint8_t tx_page[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
static uint8_t rx_page[PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
static uint8_t tx_buffers[TX_BUFFERS][PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));
static uint8_t rx_buffers[RX_BUFFERS][PV_PAGE_SIZE] __attribute__ ((aligned (PV_PAGE_SIZE)));

static struct {
  const struct front_user *user;
  struct pv_front *device; /* NULL: not connected */
  bool connected;
  netif_tx_front_ring_t tx;
  netif_rx_front_ring_t rx;
  uint32_t tx_refs[TX_BUFFERS], rx_refs[RX_BUFFERS];
  uint32_t tx_free; /* bit n: tx_buffers[n] is free */
} front;

static void
offer (uint16_t id)
{
  *RING_GET_REQUEST (&front.rx, front.rx.req_prod_pvt)
      = (struct netif_rx_request){ .id = id, .gref = front.rx_refs[id] };
  front.rx.req_prod_pvt++;
}

static void
notify (bool wanted)
{
  if (wanted)
    pv_front_notify (front.device);
}

/* Grants `count` pages; -> whether all could be. */
static bool
give (uint8_t (*pages)[PV_PAGE_SIZE], uint32_t *refs, uint32_t count, bool readonly)
{
  bool all = true;
  for (uint32_t i = 0; i < count; i++) {
    refs[i] = pv_grant_give (front.device->back->backend_id, pages[i], readonly);
    all = all && refs[i] != PV_GRANT_NONE;
  }
  return all;
}

static void
take_back (uint32_t *refs, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (refs[i] != PV_GRANT_NONE)
      pv_grant_end (refs[i]);
}

static bool
connect (struct pv_front *device)
{
  if (front.device)
    return false; /* one interface is enough here */
  XEN_FRONT_RING_INIT (&front.tx, (netif_tx_sring_t *)(void *)tx_page, PV_PAGE_SIZE);
  XEN_FRONT_RING_INIT (&front.rx, (netif_rx_sring_t *)(void *)rx_page, PV_PAGE_SIZE);
  front.device = device;
  bool granted = give (tx_buffers, front.tx_refs, TX_BUFFERS, true);
  granted = give (rx_buffers, front.rx_refs, RX_BUFFERS, false) && granted;
  if (!granted || !pv_front_give_ring (device, 0, tx_page)
      || !pv_front_give_ring (device, 1, rx_page) || !pv_front_open_port (device))
    return false;
  front.tx_free = UINT32_MAX;
  for (uint32_t i = 0; i < RX_BUFFERS; i++)
    offer ((uint16_t)i);
  RING_PUSH_REQUESTS (&front.rx);
  return true;
}

static void
connected (struct pv_front *device)
{
  uint8_t mac[6];
  memcpy (mac, device->back->u.net.mac, sizeof mac);
  front.connected = true;
  front.user->connected (mac);
}

static void
lost (struct pv_front *device)
{
  if (device != front.device)
    return;
  front.device = NULL;
  take_back (front.tx_refs, TX_BUFFERS);
  take_back (front.rx_refs, RX_BUFFERS);
  if (front.connected)
    front.user->disconnected ();
  front.connected = false;
}

/* Takes back the buffers that were sent. */
static void
reclaim (void)
{
  struct netif_tx_response response;
  int more;
  do {
    RING_IDX end = front.tx.sring->rsp_prod;
    xen_rmb ();
    if (RING_RESPONSE_PROD_OVERFLOW (&front.tx, end))
      return;
    while (front.tx.rsp_cons != end) {
      RING_COPY_RESPONSE (&front.tx, front.tx.rsp_cons, &response);
      front.tx.rsp_cons++;
      front.tx_free |= 1u << (response.id % TX_BUFFERS);
    }
    RING_FINAL_CHECK_FOR_RESPONSES (&front.tx, more);
  } while (more);
}

bool
front_send (const void *frame, uint32_t length)
{
  int wanted;
  if (!front.connected || length > PV_PAGE_SIZE)
    return false;
  if (front.tx_free == 0)
    reclaim ();
  if (front.tx_free == 0)
    return false;
  uint32_t id = (uint32_t)__builtin_ctz (front.tx_free);
  front.tx_free &= ~(1u << id);
  memcpy (tx_buffers[id], frame, length);
  *RING_GET_REQUEST (&front.tx, front.tx.req_prod_pvt) = (struct netif_tx_request){
    .gref = front.tx_refs[id], .id = (uint16_t)id, .size = (uint16_t)length
  };
  front.tx.req_prod_pvt++;
  RING_PUSH_REQUESTS_AND_CHECK_NOTIFY (&front.tx, wanted);
  notify (wanted);
  return true;
}

static void
receive (void)
{
  struct netif_rx_response response;
  int more, wanted;
  do {
    RING_IDX end = front.rx.sring->rsp_prod;
    xen_rmb ();
    if (RING_RESPONSE_PROD_OVERFLOW (&front.rx, end))
      return;
    for (; front.rx.rsp_cons != end; front.rx.rsp_cons++) {
      RING_COPY_RESPONSE (&front.rx, front.rx.rsp_cons, &response);
      uint32_t id = response.id % RX_BUFFERS;
      if (response.status > 0 && response.offset <= PV_PAGE_SIZE
          && response.status <= (int32_t)(PV_PAGE_SIZE - response.offset))
        front.user->receive (rx_buffers[id] + response.offset, (uint32_t)response.status);
      offer ((uint16_t)id);
    }
    RING_FINAL_CHECK_FOR_RESPONSES (&front.rx, more);
  } while (more);
  RING_PUSH_REQUESTS_AND_CHECK_NOTIFY (&front.rx, wanted);
  notify (wanted);
}

static void
event (struct pv_front *device)
{
  (void)device;
  reclaim ();
  receive ();
}

void
front_register (const struct front_user *user)
{
  static const struct pv_front_driver driver = {
    .type = PV_DEVICE_NET, .connect = connect, .connected = connected, .event = event, .lost = lost
  };
  front.user = user;
  pv_front_register (&driver);
}
