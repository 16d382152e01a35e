/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uplink.h"

#include "pv.h"

/* Marks the id of a packet that was sent; the rest is its number. */
#define ID_SENT 0x10000u

static bool present;
static struct pv_io_net_info info;
static uint32_t posted, under_way; /* buffers that wait for frames; frames that are being sent */
static struct pv_io_buffer waiting[PV_IO_BATCH];
static uint32_t waits;

static struct pv_io_buffer
buffer_of (const struct packet *packet, uint32_t length, uint32_t flag)
{
  return (struct pv_io_buffer){ .id = packet_number (packet) | flag,
                                .address = (uint32_t)packet->data,
                                .length = length };
}

/* As many empty packets as the device takes. */
static void
post (void)
{
  struct pv_io_buffer buffers[PV_IO_BATCH];
  struct packet *packets[PV_IO_BATCH];
  uint32_t count = 0;
  long taken;

  while (count < PV_IO_BATCH && posted + count < info.post_depth
         && (packets[count] = packet_take ()) != NULL) {
    buffers[count] = buffer_of (packets[count], PACKET_ROOM, 0);
    count++;
  }
  taken = count > 0 ? pv_io_op (PV_IO_NET_POST, buffers, count) : 0;
  if (taken < 0) {
    taken = 0;
  }
  posted += (uint32_t)taken;
  while (count > (uint32_t)taken) {
    packet_release (packets[--count]);
  }
}

bool
uplink_start (void)
{
  present = pv_io_op (PV_IO_NET_QUERY, &info, 0) == 0;
  if (present) {
    post ();
  }
  return present;
}

bool
uplink_send (struct packet *packet)
{
  if (!present || waits == PV_IO_BATCH || under_way + waits >= info.send_depth) {
    return false;
  }
  packet_use (packet);
  waiting[waits++] = buffer_of (packet, packet->length, ID_SENT);
  return true;
}

void
uplink_flush (void)
{
  long taken = waits > 0 ? pv_io_op (PV_IO_NET_SEND, waiting, waits) : 0;

  if (taken < 0) {
    taken = 0;
  }
  under_way += (uint32_t)taken;
  while (waits > (uint32_t)taken) {
    packet_release (packet_by_number ((uint32_t)waiting[--waits].id & ~ID_SENT));
  }
  waits = 0;
}

uint32_t
uplink_receive (struct packet **packets, uint32_t room)
{
  struct pv_io_completion done[PV_IO_BATCH];
  uint32_t received = 0;
  long count;

  if (!present) {
    return 0;
  }
  count = pv_io_op (PV_IO_NET_COLLECT, done, room < PV_IO_BATCH ? room : PV_IO_BATCH);
  for (long i = 0; i < count; i++) {
    struct packet *packet = packet_by_number ((uint32_t)done[i].id & ~ID_SENT);

    if (done[i].id & ID_SENT) {
      under_way--;
      packet_release (packet);
      continue;
    }
    posted--;
    packet->length = done[i].length;
    if (done[i].status == 0 && packet->length >= PV_IO_FRAME_MIN
        && packet->length <= PV_IO_FRAME_MAX) {
      packets[received++] = packet;
    } else {
      packet_release (packet);
    }
  }
  post ();
  return received;
}
