/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vif.h"

#include "grant.h"
#include <pv/io.h>

/* One grant_table_op does this many. */
#define DELIVERIES 64

static struct delivery {
  struct vif *vif;
  struct packet *packet;
  uint16_t id; /* of the guest's buffer */
} deliveries[DELIVERIES];
static struct gnttab_copy copies[DELIVERIES];
static uint32_t pending;

long
vif_connect (struct vif *vif)
{
  const struct device *device = vif->device;
  long error
      = pv_grant_map (device->guest, device->front.ring_ref, PV_DEVICE_RINGS, false, vif->pages);

  if (error != 0) {
    return error;
  }
  BACK_RING_INIT (&vif->tx, (netif_tx_sring_t *)vif->pages[0], PV_PAGE_SIZE);
  BACK_RING_INIT (&vif->rx, (netif_rx_sring_t *)vif->pages[1], PV_PAGE_SIZE);
  vif->broken = vif->told = false;
  vif->connected = true;
  return 0;
}

void
vif_disconnect (struct vif *vif)
{
  if (vif->connected) {
    pv_grant_unmap (vif->pages, PV_DEVICE_RINGS);
  }
  for (; vif->queued > 0; vif->queued--) {
    packet_release (vif->queue[vif->queue_first++ % VIF_QUEUE]);
  }
  vif->connected = false;
}

static void
count_frame (struct vif *vif, const struct packet *packet)
{
  vif->device->requests++;
  vif->device->bytes += packet->length;
}

/* ---- from the guest ---- */

static void
answer_tx (struct vif *vif, uint16_t id, int16_t status)
{
  *RING_GET_RESPONSE (&vif->tx, vif->tx.rsp_prod_pvt)
      = (struct netif_tx_response){ .id = id, .status = status };
  vif->tx.rsp_prod_pvt++;
}

static void
push_tx (struct vif *vif)
{
  int notify;

  RING_PUSH_RESPONSES_AND_CHECK_NOTIFY (&vif->tx, notify);
  vif->told = vif->told || notify;
}

/* A frame of one request, which is what was agreed on: neither a chain nor one with extras. */
static bool
is_frame (const struct netif_tx_request *request)
{
  return (request->flags & (NETTXF_more_data | NETTXF_extra_info | NETTXF_csum_blank)) == 0
         && request->size >= PV_IO_FRAME_MIN && request->size <= PV_IO_FRAME_MAX
         && request->offset <= PV_PAGE_SIZE - request->size;
}

/* Reads the next requests and prepares the copy of each; a bad one is answered at once. */
static uint32_t
read_requests (struct vif *vif,
               uint16_t ids[VIF_QUOTA],
               struct packet *packets[VIF_QUOTA],
               struct gnttab_copy ops[VIF_QUOTA])
{
  RING_IDX end = vif->tx.sring->req_prod;
  struct netif_tx_request request;
  uint32_t count = 0;

  xen_rmb ();
  if (RING_REQUEST_PROD_OVERFLOW (&vif->tx, end)) {
    vif->broken = true;
    return 0;
  }
  for (uint32_t read = 0; read < VIF_QUOTA && vif->tx.req_cons != end; read++) {
    struct packet *packet;

    RING_COPY_REQUEST (&vif->tx, vif->tx.req_cons, &request);
    packet = is_frame (&request) ? packet_take () : NULL;
    if (packet == NULL && is_frame (&request)) {
      break; /* when others have let packets go */
    }
    vif->tx.req_cons++;
    if (packet == NULL) {
      vif->device->errors++;
      answer_tx (vif, request.id, NETIF_RSP_ERROR);
      continue;
    }
    packet->length = request.size;
    ops[count] = (struct gnttab_copy){
      .source
      = { .u.ref = request.gref, .domid = (domid_t)vif->device->guest, .offset = request.offset },
      .dest = { .u.gmfn = pv_frame_of (packet->data),
                .domid = DOMID_SELF,
                .offset = (uint16_t)((uintptr_t)packet->data % PV_PAGE_SIZE) },
      .len = request.size,
      .flags = GNTCOPY_source_gref,
      .status = GNTST_general_error,
    };
    packets[count] = packet;
    ids[count++] = request.id;
  }
  return count;
}

uint32_t
vif_take (struct vif *vif, struct packet *packets[VIF_QUOTA], bool *more)
{
  struct gnttab_copy ops[VIF_QUOTA];
  uint16_t ids[VIF_QUOTA];
  RING_IDX before = vif->tx.rsp_prod_pvt;
  uint32_t count = read_requests (vif, ids, packets, ops), good = 0;
  int again;

  if (count > 0) {
    pv_grant_table_op (GNTTABOP_copy, ops, count);
  }
  for (uint32_t i = 0; i < count; i++) {
    bool copied = ops[i].status == GNTST_okay;

    answer_tx (vif, ids[i], copied ? NETIF_RSP_OKAY : NETIF_RSP_ERROR);
    if (copied) {
      count_frame (vif, packets[i]);
      packets[good++] = packets[i];
    } else {
      vif->device->errors++;
      packet_release (packets[i]);
    }
  }
  if (vif->tx.rsp_prod_pvt != before) {
    push_tx (vif);
  }
  again = false;
  if (!vif->broken) {
    RING_FINAL_CHECK_FOR_REQUESTS (&vif->tx, again);
  }
  *more = *more || again;
  return good;
}

/* ---- to the guest ---- */

/* The guest's next buffer; false: it offers none. */
static bool
next_buffer (struct vif *vif, struct netif_rx_request *request)
{
  RING_IDX end = vif->rx.sring->req_prod;

  xen_rmb ();
  vif->broken = vif->broken || RING_REQUEST_PROD_OVERFLOW (&vif->rx, end);
  if (vif->broken || vif->rx.req_cons == end) {
    return false;
  }
  RING_COPY_REQUEST (&vif->rx, vif->rx.req_cons, request);
  vif->rx.req_cons++;
  return true;
}

/* Prepares the copy into the buffer; the packet stays in use until it is made. */
static void
deliver (struct vif *vif, struct packet *packet, const struct netif_rx_request *request)
{
  if (pending == DELIVERIES) {
    vif_flush_all ();
  }
  copies[pending] = (struct gnttab_copy){
    .source = { .u.gmfn = pv_frame_of (packet->data),
                .domid = DOMID_SELF,
                .offset = (uint16_t)((uintptr_t)packet->data % PV_PAGE_SIZE) },
    .dest = { .u.ref = request->gref, .domid = (domid_t)vif->device->guest },
    .len = (uint16_t)packet->length,
    .flags = GNTCOPY_dest_gref,
    .status = GNTST_general_error,
  };
  deliveries[pending++] = (struct delivery){ .vif = vif, .packet = packet, .id = request->id };
}

void
vif_give (struct vif *vif, struct packet *packet)
{
  struct netif_rx_request request;

  if (vif->queued == 0 && next_buffer (vif, &request)) {
    packet_use (packet);
    deliver (vif, packet, &request);
  } else if (vif->queued < VIF_QUEUE && packets_free () > VIF_RESERVE && !vif->broken) {
    packet_use (packet);
    vif->queue[(vif->queue_first + vif->queued++) % VIF_QUEUE] = packet;
  } else {
    vif->device->dropped++;
  }
}

void
vif_resume (struct vif *vif)
{
  struct netif_rx_request request;
  int more = true;

  while (vif->queued > 0 && more) {
    while (vif->queued > 0 && next_buffer (vif, &request)) {
      deliver (vif, vif->queue[vif->queue_first++ % VIF_QUEUE], &request);
      vif->queued--;
    }
    more = false;
    if (vif->queued > 0 && !vif->broken) { /* it tells us of the next buffer */
      RING_FINAL_CHECK_FOR_REQUESTS (&vif->rx, more);
    }
  }
}

static void
answer_rx (struct vif *vif, uint16_t id, int16_t status)
{
  int notify;

  *RING_GET_RESPONSE (&vif->rx, vif->rx.rsp_prod_pvt)
      = (struct netif_rx_response){ .id = id, .status = status };
  vif->rx.rsp_prod_pvt++;
  RING_PUSH_RESPONSES_AND_CHECK_NOTIFY (&vif->rx, notify);
  vif->told = vif->told || notify;
}

void
vif_flush_all (void)
{
  if (pending > 0) {
    pv_grant_table_op (GNTTABOP_copy, copies, pending);
  }
  for (uint32_t i = 0; i < pending; i++) {
    struct vif *vif = deliveries[i].vif;
    struct packet *packet = deliveries[i].packet;

    if (copies[i].status == GNTST_okay) {
      count_frame (vif, packet);
      answer_rx (vif, deliveries[i].id, (int16_t)packet->length);
    } else {
      vif->device->errors++;
      answer_rx (vif, deliveries[i].id, NETIF_RSP_ERROR);
    }
    packet_release (packet);
  }
  pending = 0;
}

void
vif_notify (struct vif *vif)
{
  if (vif->told && vif->connected) {
    device_notify (vif->device);
  }
  vif->told = false;
}
